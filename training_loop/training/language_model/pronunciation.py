"""How words sound, in the phones of the CMU Pronouncing Dictionary without stress.

First the dictionary, then the dictionary with an ending, then the letters.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

from training_loop.training.language_model import cmu_dictionary
from training_loop.training.language_model.alignment import Pronunciation
from training_loop.training.language_model.letter_to_sound import LetterToSound

MOST = 3
"""Pronunciations of one word at most."""

GUESSES = 2
"""Pronunciations that are guessed from letters; a second one raises what is recognised."""

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*")
_LETTERS = re.compile(r"[a-z]{3,}")
_ANOTHER_WAY = re.compile(r"\(\d+\)$")
_NO_STRESS = str.maketrans("", "", "012")
_HISSING = frozenset({"S", "Z", "SH", "ZH", "CH", "JH"})
_VOICELESS = frozenset({"P", "T", "K", "F", "TH"})
_REVISION = 1


class Pronouncer:
    """`cache` is a directory for the letters' model, which takes about a minute to learn once."""

    def __init__(self, cache: Path) -> None:
        self.file = cache / f"letter-to-sound-{_REVISION}-{cmu_dictionary.edition()}.json.gz"
        """Of the letters' model, there or not."""
        self._letters: LetterToSound | None = None

    def pronounce(self, word: str) -> tuple[Pronunciation, ...]:
        """Some pronunciations, best first; none for what is not written in English letters."""
        if _WORD.fullmatch(word) is None:
            return ()
        if found := dictionary().get(word):
            return found[:MOST]
        if word.endswith("'s"):
            stems = self.pronounce(word[:-2])
            return tuple((*stem, *_possessive(stem[-1])) for stem in stems)
        return self.letters().pronounce(word.replace("'", ""), most=GUESSES)

    def letters(self) -> LetterToSound:
        """Learns and keeps the model unless it is there. Raises OSError when it cannot be kept."""
        if self._letters is None:
            try:
                self._letters = LetterToSound.load(self.file)
            except (OSError, ValueError, KeyError, TypeError):
                self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                LetterToSound.learn(entries()).save(self.file)
                self._letters = LetterToSound.load(self.file)
        return self._letters


def entries() -> list[tuple[str, Pronunciation]]:
    """Words and first pronunciations to learn from, always in the same mixed order."""
    known = [(word, said[0]) for word, said in dictionary().items() if _LETTERS.fullmatch(word)]
    return sorted(known, key=lambda entry: sha256(entry[0].encode()).digest())


@cache
def dictionary() -> Mapping[str, tuple[Pronunciation, ...]]:
    """Of every word, without stress."""
    found: dict[str, list[Pronunciation]] = defaultdict(list)
    for line in cmu_dictionary.lines():
        entry, _, phones = line.partition(" ")
        said = tuple(phones.translate(_NO_STRESS).split())
        ways = found[_ANOTHER_WAY.sub("", entry) if entry.endswith(")") else entry]
        if said not in ways:
            ways.append(said)
    return {word: tuple(ways) for word, ways in found.items()}


def _possessive(last: str) -> Pronunciation:
    if last in _HISSING:
        return ("IH", "Z")
    return ("S",) if last in _VOICELESS else ("Z",)
