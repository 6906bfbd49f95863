"""Which words are open: everybody's words, which tell nothing about who said them."""

from __future__ import annotations

import io
from functools import lru_cache
from importlib.resources import files
from typing import Final, Protocol

from spylls.hunspell import Dictionary, readers
from spylls.hunspell.readers.file_reader import BaseReader

from training_loop.deidentify.tokens import root, word_set


class Vocabulary(Protocol):
    """What reviewers may read."""

    def known(self, word: str) -> bool:
        """Whether the lower-case word is in an open lexicon, or enough accounts have said it."""
        ...


class OpenLexicon:
    """The English dictionary of Hunspell (SCOWL, en_US) as far as it writes words in lower case.

    A recogniser knows names; this does not: what a dictionary only has with a capital is not
    known, but for months, days, languages and countries. British spellings are.
    """

    def __init__(self) -> None:
        self._dictionary = _dictionary()
        self._looked_up = lru_cache(maxsize=20_000)(self._look_up)

    def known(self, word: str) -> bool:
        return self._looked_up(word)

    def _look_up(self, word: str) -> bool:
        if len(word) > _LONGEST or not word:
            return False
        return (
            word in _CAPITALISED
            or root(word) in _CAPITALISED
            or any(self._dictionary.lookup(spelling) for spelling in _spellings(word))
        )


class Names:
    """Given names and surnames of the United States census of 1990 (package `names`)."""

    def __init__(self) -> None:
        self.given: Final = _listed("dist.male.first") | _listed("dist.female.first")
        surnames = _listed_in_order("dist.all.last")
        self.surnames: Final = frozenset(surnames)
        self.common_surnames: Final = frozenset(surnames[:_COMMON])


_LONGEST = 40
_COMMON = 2000


class _Lines(BaseReader):  # type: ignore[misc]  # spylls has no types
    """One of the package's files, closed once it is read; spylls' own reader leaves it open."""

    def __init__(self, name: str) -> None:
        path = files("spylls").joinpath("hunspell", "data", "en", name)
        super().__init__(io.StringIO(path.read_text(encoding="utf-8")))

    def reset_encoding(self, encoding: str) -> None:
        """The files of en_US are UTF-8."""


def _dictionary() -> Dictionary:
    aff, context = readers.read_aff(_Lines("en_US.aff"))
    return Dictionary(aff, readers.read_dic(_Lines("en_US.dic"), aff=aff, context=context))


def _listed(name: str) -> frozenset[str]:
    return frozenset(_listed_in_order(name))


def _listed_in_order(name: str) -> list[str]:
    lines = files("names").joinpath(name).read_text(encoding="utf-8").splitlines()
    return [line.split()[0].lower() for line in lines if line.strip()]


def _spellings(word: str) -> tuple[str, ...]:
    """The word and its American spelling, should it be British."""
    american = word
    for british, other in _BRITISH:
        if british in word:
            american = american.replace(british, other)
    return (word,) if american == word else (word, american)


_BRITISH: Final = (
    ("our", "or"), ("ise", "ize"), ("ising", "izing"), ("isation", "ization"), ("lled", "led"),
    ("lling", "ling"), ("ller", "ler"), ("llous", "lous"), ("tre", "ter"), ("ence", "ense"),
    ("ogue", "og"), ("yse", "yze"),
)  # fmt: skip

_CAPITALISED: Final = word_set(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june
    july august september october november december christmas easter halloween thanksgiving
    i i'm i'd i'll i've there'll nevermind ok tv tvs uk usa us eu fm am pm a.m p.m wifi wi-fi
    bluetooth celsius fahrenheit unmute audiobook audiobooks podcast podcasts playlist playlists
    app apps email emails et cetera alexa jarvis siri google spotify youtube netflix bbc npr unmuted
    english french german spanish italian portuguese dutch chinese japanese korean hindi arabic
    russian turkish polish greek latin swedish danish norwegian finnish hungarian czech ukrainian
    british american european indian african asian mexican canadian australian irish scottish welsh
    america england britain scotland wales ireland france germany spain italy portugal netherlands
    belgium austria switzerland sweden denmark norway finland poland hungary greece turkey russia
    ukraine iceland europe asia africa india pakistan china japan korea indonesia thailand vietnam
    australia canada mexico brazil argentina egypt nigeria kenya israel iran iraq
    """
)
