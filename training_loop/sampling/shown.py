"""From what de-identification makes to what is offered: the same clip in the words of reviews."""

from __future__ import annotations

from training_loop.deidentify import deidentifier as made
from training_loop.deidentify.level import Level as MadeLevel
from training_loop.deidentify.placeholders import has_placeholders
from training_loop.deidentify.transcript import ShownWord as MadeWord
from training_loop.review.task import DeidentifiedClip, Level, ShownWord
from training_loop.utterance import NamedEntity

_LEVELS = {
    MadeLevel.ALTERED: Level.ALTERED_VOICE,
    MadeLevel.TRANSCRIPT_ONLY: Level.TRANSCRIPT_ONLY,
}


def offered_clip(clip: made.DeidentifiedClip, intent: str) -> DeidentifiedClip:
    """Hidden entities go; words without times get 0."""
    return DeidentifiedClip(
        pcm=clip.pcm,
        level=_LEVELS[clip.treatment.level],
        text=clip.text,
        words=tuple(_word(word) for word in clip.words),
        readings=_readings(clip),
        intent=intent,
        entities=tuple(entity for entity in clip.entities if not _is_hidden(entity)),
        template=clip.template,
        redactions={kind.value: count for kind, count in clip.hidden.items()},
    )


def _word(word: MadeWord) -> ShownWord:
    return ShownWord(
        text=word.text,
        start_ms=word.start_ms or 0,
        end_ms=word.end_ms or 0,
        redacted=word.kind is not None,
        confidence=word.confidence,
    )


def _readings(clip: made.DeidentifiedClip) -> tuple[str, ...]:
    """Best first, without the one that the text is."""
    best_first = sorted(clip.readings, key=lambda reading: -reading.confidence)
    return tuple(reading.text for reading in best_first if reading.text != clip.text)


def _is_hidden(entity: NamedEntity) -> bool:
    return entity.start == entity.end or has_placeholders(f"{entity.text} {entity.value}")
