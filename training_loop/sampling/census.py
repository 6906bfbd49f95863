"""How many accounts said a word, and how many said a request of the same shape.

Lives in memory alone and holds no word: each is a digest under a key that is drawn when the
process starts and never leaves it. It counts accounts, never items, so nobody becomes many by
repeating.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections import Counter
from collections.abc import AsyncIterable, Container
from dataclasses import dataclass, field
from enum import Enum

from training_loop.sampling.words import Kind, parts_of, root_of, words_of

MOST_ITEMS = 500_000
"""Items beyond are not counted: then too few accounts seem alike, and less is offered."""

_NUMBER, _UNHEARD = 0, 1
"""Stand among the digests; a digest of eight bytes is one of them once in 10^19."""


class Likeness(Enum):
    """How a request compares with what other accounts said."""

    UNCOUNTED = "uncounted"
    """It is not in the census, or was not when its items were counted."""
    NOTHING_HEARD = "nothing_heard"
    NOTHING_LEFT = "nothing_left"
    """Numbers and rare words are all there is."""
    RARE = "rare"
    """It has words that too few accounts said, and too few said the rest of it alike."""
    KNOWN_WORDS = "known_words"
    ALIKE = "alike"
    """Enough accounts said the same but for numbers and rare words."""


@dataclass(slots=True)
class _Account:
    items: dict[int, tuple[int, ...]] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)


class Census:
    """Words are told apart by keyed digests. One reader at a time; `known_to_all` is a lexicon of
    words that say nothing about who uses them."""

    def __init__(self, known_to_all: Container[str], *, accounts_alike: int) -> None:
        """`accounts_alike` is k: so many accounts make a word or a shape common."""
        self._lexicon = known_to_all
        self._k = accounts_alike
        self._key = secrets.token_bytes(32)
        self._accounts: dict[int, _Account] = {}
        self._open_words: set[int] = set()
        self._other_words: set[int] = set()
        self._words: Counter[int] = Counter()
        self._shapes: Counter[int] = Counter()

    @property
    def items(self) -> int:
        return sum(len(account.items) for account in self._accounts.values())

    @property
    def accounts(self) -> int:
        return len(self._accounts)

    async def update(self, said: AsyncIterable[tuple[str, str, str]]) -> None:
        """Takes in (account, item, heard) of everything that is there now, and forgets the rest.

        What was counted stays in force until all of it has been read: a listing that breaks off
        raises and changes no count. Items that were seen before cost one digest.
        """
        for account in self._accounts.values():
            account.seen.clear()
        left = MOST_ITEMS
        async for name, item, heard in said:
            if left > 0:
                left -= 1
                self._note(name, item, heard)
        self._forget()
        await asyncio.to_thread(self._count)

    def likeness(self, account: str, item: str) -> Likeness:
        entry = self._accounts.get(self._digest("account", account))
        words = entry.items.get(self._digest("item", item)) if entry else None
        if words is None:
            return Likeness.UNCOUNTED
        if not words:
            return Likeness.NOTHING_HEARD
        if not any(self._common(word) for word in words):
            return Likeness.NOTHING_LEFT
        if self._shapes[self._shape(words)] >= self._k:
            return Likeness.ALIKE
        rare = any(word != _NUMBER and not self._common(word) for word in words)
        return Likeness.RARE if rare else Likeness.KNOWN_WORDS

    def accounts_saying(self, word: str) -> int:
        return self._words[self._digest("word", word.lower())]

    def __contains__(self, word: object) -> bool:
        """Whether a word is known: in the open lexicon, or said by enough accounts."""
        if not isinstance(word, str):
            return False
        plain = word.lower()
        return self._is_open(plain) or self.said_by_enough(plain)

    def said_by_enough(self, word: str) -> bool:
        return self.accounts_saying(word) >= self._k or (
            root_of(word) != word and self.accounts_saying(root_of(word)) >= self._k
        )

    def said_words(self, account: str, item: str) -> frozenset[int]:
        """Digests of an item's words, to compare two items of one account."""
        entry = self._accounts.get(self._digest("account", account))
        return frozenset(entry.items.get(self._digest("item", item), ())) if entry else frozenset()

    def _note(self, name: str, item: str, heard: str) -> None:
        account = self._accounts.setdefault(self._digest("account", name), _Account())
        key = self._digest("item", item)
        account.seen.add(key)
        if key not in account.items:
            account.items[key] = self._digested(heard)

    def _digested(self, heard: str) -> tuple[int, ...]:
        """A run of numbers counts as one."""
        found: list[int] = []
        for kind, word in words_of(heard):
            match kind:
                case Kind.NUMBER:
                    if not found or found[-1] != _NUMBER:
                        found.append(_NUMBER)
                case Kind.PLAIN:
                    digest = self._digest("word", word)
                    if digest not in self._open_words and digest not in self._other_words:
                        (self._open_words if self._is_open(word) else self._other_words).add(digest)
                    found.append(digest)
                case _:
                    found.append(_UNHEARD)
        return tuple(found)

    def _is_open(self, word: str) -> bool:
        return (
            word in self._lexicon
            or root_of(word) in self._lexicon
            or ("-" in word and all(part in self._lexicon for part in parts_of(word)))
        )

    def _forget(self) -> None:
        for key, account in list(self._accounts.items()):
            gone = account.items.keys() - account.seen
            for item in gone:
                del account.items[item]
            if not account.items:
                del self._accounts[key]

    def _count(self) -> None:
        words: Counter[int] = Counter()
        for account in self._accounts.values():
            words.update({word for item in account.items.values() for word in item})
        self._words = words
        self._open_words &= words.keys()
        self._other_words &= words.keys()
        shapes: Counter[int] = Counter()
        for account in self._accounts.values():
            shapes.update({self._shape(item) for item in account.items.values()})
        self._shapes = shapes

    def _common(self, word: int) -> bool:
        return word > _UNHEARD and (word in self._open_words or self._words[word] >= self._k)

    def _shape(self, words: tuple[int, ...]) -> int:
        """The same for requests that differ in numbers and rare words alone."""
        return hash(
            tuple(word if word == _NUMBER or self._common(word) else _UNHEARD for word in words)
        )

    def _digest(self, kind: str, value: str) -> int:
        digest = hashlib.blake2b(
            value.encode(), key=self._key, digest_size=8, person=kind.encode()
        ).digest()
        return int.from_bytes(digest, "big")
