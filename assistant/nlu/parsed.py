"""From Rasa's words to an `Interpretation`, the same for every way to reach Rasa."""

from __future__ import annotations

from collections.abc import Iterable

from assistant.nlu.interpreter import IntentScore, Interpretation
from training_loop.utterance import NamedEntity

_UNSURE = "nlu_fallback"
"""The intent that Rasa's FallbackClassifier puts first when it is unsure."""


def interpretation(
    text: str, ranking: Iterable[IntentScore], entities: Iterable[NamedEntity]
) -> Interpretation:
    """`ranking` best first. Unsure gives an empty intent with the best one's confidence."""
    scores = tuple(ranking)
    named = tuple(score for score in scores if score.name != _UNSURE)
    unsure = not named or scores[0].name == _UNSURE
    return Interpretation(
        text=text,
        intent="" if unsure else named[0].name,
        confidence=named[0].confidence if named else 0.0,
        entities=_without_overlaps(entities),
        ranking=named,
    )


def _without_overlaps(entities: Iterable[NamedEntity]) -> tuple[NamedEntity, ...]:
    """Where several extractors found something in the same words, the surest stays."""
    kept: list[NamedEntity] = []
    for entity in sorted(entities, key=lambda e: (-e.confidence, e.start)):
        if all(entity.end <= other.start or other.end <= entity.start for other in kept):
            kept.append(entity)
    return tuple(sorted(kept, key=lambda entity: entity.start))
