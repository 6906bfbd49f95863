"""The phones of an acoustic model: which of its numbers is which sound, at which place in a word.

Models come with `graph/phones.txt` ("AH_B 6": AH that begins a word), or without it; then the
numbers are told apart by words whose sound is known.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from training_loop.training.language_model.alignment import Pronunciation
from training_loop.training.language_model.errors import NewWordsUnsupported

_NAME = re.compile(r"(?P<sound>[A-Z]{1,3})(?P<stress>[0-2]?)(?:_(?P<place>[BIES]))?")
_PLACES = {"begin": "B", "internal": "I", "end": "E", "singleton": "S"}
_AGREEING = 0.6
"""The part of the words that must agree on what sound a number is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneSet:
    """Numbers by sound and place; the place is "" in models whose phones have none."""

    numbers: Mapping[tuple[str, str], int] = field(repr=False)

    @staticmethod
    def named(phones: Mapping[str, int]) -> PhoneSet:
        """From the content of `phones.txt`. Of sounds with stress the unstressed is taken."""
        found: dict[tuple[str, str], tuple[str, int]] = {}
        for name, number in phones.items():
            if (match := _NAME.fullmatch(name)) is not None:
                key = (match["sound"], match["place"] or "")
                found[key] = min(found.get(key, ("9", 0)), (match["stress"], number))
        return PhoneSet(numbers={key: number for key, (_, number) in found.items()})

    @staticmethod
    def inferred(
        said: Iterable[tuple[str, tuple[int, ...]]],
        known: Mapping[str, tuple[Pronunciation, ...]],
        boundaries: Mapping[int, str],
    ) -> PhoneSet:
        """From words as a graph says them, as a dictionary does, and `word_boundary.int`.

        Raises NewWordsUnsupported when they do not agree.
        """
        votes: dict[int, Counter[str]] = defaultdict(Counter)
        for word, numbers in said:
            for phones in known.get(word, ()):
                if len(phones) == len(numbers):
                    for number, phone in zip(numbers, phones, strict=True):
                        votes[number][phone] += 1
        found: dict[tuple[str, str], int] = {}
        strength: Counter[tuple[str, str]] = Counter()
        for number, counts in sorted(votes.items()):
            sound, agreeing = max(counts.items(), key=lambda pair: (pair[1], pair[0]))
            key = (sound, _PLACES.get(boundaries.get(number, ""), ""))
            if agreeing >= _AGREEING * counts.total() and agreeing > strength[key]:
                found[key], strength[key] = number, agreeing
        if not found:
            raise NewWordsUnsupported("The model does not tell what its phones are.")
        return PhoneSet(numbers=found)

    def write(self, pronunciation: Pronunciation) -> tuple[int, ...] | None:
        """The model's numbers for a word's sounds, or None where it lacks one."""
        last = len(pronunciation) - 1
        numbers: list[int] = []
        for at, phone in enumerate(pronunciation):
            place = "S" if not last else "B" if at == 0 else "E" if at == last else "I"
            number = self.numbers.get((phone, place), self.numbers.get((phone, "")))
            if number is None:
                return None
            numbers.append(number)
        return tuple(numbers)
