"""Names of people: those the account is known to have, those on a list, those said as names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from training_loop.deidentify.finding import Finding, Kind
from training_loop.deidentify.lexicon import Names, OpenLexicon, Vocabulary
from training_loop.deidentify.tokens import Token, bare, root, word_set

_CALLING: Final = word_set(
    "call phone ring dial text message email invite tell ask remind telephone meet"
)
_SENDERS: Final = word_set("message messages call calls text texts email emails letter")
_TITLES: Final = word_set(
    "mister mr missus mrs miss ms doctor dr professor prof aunt auntie uncle granny "
    "grandma grandpa reverend sergeant captain"
)
_INTRODUCTIONS: Final = (
    ("my", "name", "is"),
    ("my", "name's"),
    ("her", "name", "is"),
    ("his", "name", "is"),
    ("i", "am", "called"),
    ("i'm", "called"),
)
_FUNCTION: Final = word_set(
    "a an the this that these those my your his her its our their me you him it us them i he she "
    "we they to of in on at by for from with about into and or but not no yes is are was were be "
    "am do does did have has had will would can could shall should may might must now then there "
    "here what when where who why how all any some every again please back up "
    "down off out home"
)
_IN_PLACE: Final = frozenset({"in", "near"})
_LONGEST_INTRODUCED = 3
_FUZZY_FROM = 5


class NameFinder:
    """Rules, from the surest to the least:

    1. What the account is known to be called, also with one letter another way.
    2. A given name that is no word of the open lexicon. It makes no difference how many accounts
       said it, except for a place ("weather in austin").
    3. A given name that is a word as well ("mark", "grace"), or a common surname, where a name is
       expected: after "call", after a title, behind another name, after "my name is".
    """

    def __init__(self, names: Names, lexicon: OpenLexicon) -> None:
        self._names = names
        self._lexicon = lexicon

    def find(
        self, tokens: Sequence[Token], own: frozenset[str], vocabulary: Vocabulary
    ) -> Iterator[Finding]:
        yield from own_names(tokens, own)
        yield from _introduced(tokens)
        named_before = False
        for index, token in enumerate(tokens):
            word = root(token.word)
            named = (
                bool(word)
                and word not in _FUNCTION
                and (
                    self._is_given_name(tokens, index, word, vocabulary)
                    or self._is_surname(tokens, index, word, named_before=named_before)
                )
            )
            if named:
                yield Finding(kind=Kind.NAME, first=index, last=index + 1)
            named_before = named

    def _is_given_name(
        self, tokens: Sequence[Token], index: int, word: str, vocabulary: Vocabulary
    ) -> bool:
        if word not in self._names.given:
            return False
        if self._lexicon.known(word):
            return _expects_name(tokens, index)
        return not (_word(tokens, index - 1) in _IN_PLACE and vocabulary.known(word))

    def _is_surname(
        self, tokens: Sequence[Token], index: int, word: str, *, named_before: bool
    ) -> bool:
        if _word(tokens, index - 1) in _TITLES:
            return not self._lexicon.known(word) or word in self._names.surnames
        if not named_before:
            return False
        if self._lexicon.known(word):
            return word in self._names.common_surnames
        return True


def own_names(tokens: Sequence[Token], own: frozenset[str]) -> Iterator[Finding]:
    """Where a name known to the account is said."""
    parts = {root(bare(part)) for name in own for part in name.split()} - _FUNCTION - {""}
    for index, token in enumerate(tokens):
        word = root(token.word)
        if word in parts or any(_almost(word, part) for part in parts):
            yield Finding(kind=Kind.NAME, first=index, last=index + 1)


def _introduced(tokens: Sequence[Token]) -> Iterator[Finding]:
    words = [token.word for token in tokens]
    for index in range(len(words)):
        for phrase in _INTRODUCTIONS:
            behind = index + len(phrase)
            if tuple(words[index:behind]) != phrase:
                continue
            end = behind
            limit = min(len(words), behind + _LONGEST_INTRODUCED)
            while end < limit and words[end] not in _FUNCTION:
                end += 1
            if end > behind:
                yield Finding(kind=Kind.NAME, first=behind, last=end)


def _expects_name(tokens: Sequence[Token], index: int) -> bool:
    before, earlier = _word(tokens, index - 1), _word(tokens, index - 2)
    return (
        before in _CALLING
        or before in _TITLES
        or (before == "from" and earlier in _SENDERS)
        or (before == "to" and earlier in _SENDERS)
    )


def _word(tokens: Sequence[Token], index: int) -> str:
    return tokens[index].word if 0 <= index < len(tokens) else ""


def _almost(word: str, name: str) -> bool:
    """One letter added, left out or exchanged; only for words of five letters and more."""
    if min(len(word), len(name)) < _FUZZY_FROM or abs(len(word) - len(name)) > 1 or word == name:
        return False
    same = 0
    while same < min(len(word), len(name)) and word[same] == name[same]:
        same += 1
    return (
        word[same + 1 :] == name[same + 1 :]
        or word[same:] == name[same + 1 :]
        or word[same + 1 :] == name[same:]
    )
