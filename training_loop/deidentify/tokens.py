"""The words of a transcript with their places in the text and, where known, in the audio."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from training_loop.utterance import SpokenWord

_WORD = re.compile(r"\S+")
_EDGES = "\"'`.,;:!?()[]{}<>*_~|\\«»…-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """`word` is the lower-case text without punctuation around it; empty for punctuation."""

    text: str = field(repr=False)
    word: str = field(repr=False)
    start: int
    end: int
    """Characters of the text that it came from."""
    start_ms: int | None = None
    end_ms: int | None = None
    confidence: float = 1.0
    """Of the recogniser, where the times are known."""

    @property
    def timed(self) -> bool:
        return self.start_ms is not None and self.end_ms is not None


def tokens_of(text: str, words: Sequence[SpokenWord] = ()) -> tuple[Token, ...]:
    """Split at white space. Times are given where `words` are the words of the text, one by one
    and in order; where they are not, no token has any."""
    found = list(_WORD.finditer(text))
    timed = [bare(match.group()) for match in found] == [bare(word.text) for word in words]
    return tuple(
        Token(
            text=match.group(),
            word=bare(match.group()),
            start=match.start(),
            end=match.end(),
            start_ms=words[index].start_ms if timed else None,
            end_ms=words[index].end_ms if timed else None,
            confidence=words[index].confidence if timed else 1.0,
        )
        for index, match in enumerate(found)
    )


def bare(text: str) -> str:
    """Lower case, composed, with plain apostrophes, without punctuation at the edges."""
    composed = unicodedata.normalize("NFKC", text).replace("\u2019", "'").casefold()
    visible = "".join(c for c in composed if unicodedata.category(c) not in ("Cf", "Cc"))
    return visible.strip(_EDGES)


def root(word: str) -> str:
    """Without a possessive ending."""
    return word.removesuffix("'s").removesuffix("s'") if "'" in word else word


def word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())
