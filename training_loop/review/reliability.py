"""How far reviewers agree beyond chance: Krippendorff's alpha.

What was said is personal and must not outlive an erasure, so no opinion is kept for this. Of each
clip that two people reviewed only tokens stay, one for each text and meaning: equal tokens mean
equal words. They are made under a key that nothing but the running process ever holds; once it
ends, nobody can tell which words a token stood for, or make it again. Tokens of different
processes are never equal, so that chance agreement is judged a little low after a restart.

Source: K. Krippendorff, "Content Analysis", 4th ed., chapter 12; nominal, two observers.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from training_loop.review.agreement import Judgement

PAIRS_KEPT = 5000
"""The latest ones."""
FEWEST_PAIRS = 10
"""Below that alpha says nothing."""

_SEPARATOR = "|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two reviewers on one clip, as tokens."""

    meanings: tuple[str, str]
    texts: tuple[str, str]

    def written(self) -> str:
        return _SEPARATOR.join((*self.meanings, *self.texts))

    @staticmethod
    def read(value: str) -> Pair:
        one, other, text, other_text = value.split(_SEPARATOR)
        return Pair(meanings=(one, other), texts=(text, other_text))


@dataclass(frozen=True, slots=True)
class Tokens:
    """Makes tokens, for as long as this process lives."""

    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def of(self, *said: object) -> str:
        """Raises TypeError for anything but plain values: their own `repr` might hide a part."""
        content = json.dumps(said).encode()
        return hashlib.blake2b(content, key=self._key, digest_size=9).hexdigest()

    def pair(self, one: Judgement, other: Judgement) -> Pair:
        """A clip set aside is a value of its own: to agree on that is to agree."""
        return Pair(
            meanings=(self._meaning(one), self._meaning(other)),
            texts=(self._text(one), self._text(other)),
        )

    def _meaning(self, said: Judgement) -> str:
        return self.of("meaning", said.set_aside, said.meaning.intent, said.meaning.slots)

    def _text(self, said: Judgement) -> str:
        return self.of("text", said.set_aside, said.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """1 is perfect agreement, 0 what chance would give; None where there is too little to say."""

    intent_alpha: float | None
    text_alpha: float | None


def reliability(pairs: Iterable[Pair]) -> Reliability:
    """Takes up to a second the first time; a thread is the place for it."""
    pairs = tuple(pairs)
    return Reliability(
        intent_alpha=nominal_alpha(pair.meanings for pair in pairs),
        text_alpha=nominal_alpha(pair.texts for pair in pairs),
    )


def nominal_alpha(units: Iterable[tuple[str, str]]) -> float | None:
    """None below FEWEST_PAIRS, and where everybody always said one and the same thing: then there
    is no chance to compare with."""
    from nltk.metrics.agreement import AnnotationTask  # takes a second: not at every start

    ratings = [
        (observer, number, value)
        for number, unit in enumerate(units)
        for observer, value in enumerate(unit)
    ]
    if len(ratings) < 2 * FEWEST_PAIRS or len({value for _, _, value in ratings}) < 2:
        return None
    return float(AnnotationTask(data=ratings).alpha())
