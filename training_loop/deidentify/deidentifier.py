"""The one entry: an utterance becomes what a reviewer may see and hear of it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from training_loop.deidentify.disguise import Strength
from training_loop.deidentify.errors import ClipTooLong
from training_loop.deidentify.finding import Kind
from training_loop.deidentify.level import Level, Obstacle, Step, Treatment
from training_loop.deidentify.lexicon import Names, OpenLexicon, Vocabulary
from training_loop.deidentify.redaction import Redactor
from training_loop.deidentify.sound import RATE_HZ, Span
from training_loop.deidentify.time_warp import TimeWarp
from training_loop.deidentify.transcript import ShownTranscript, ShownWord, shown_transcript
from training_loop.deidentify.voice import CannotAlter, Margins, altered_sound
from training_loop.utterance import NamedEntity, Reading, Utterance

REFUSED_OVER_S: Final = 300.0
_SEED_BITS: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class DeidentifySettings:
    margins: Margins = field(default_factory=Margins)
    strength: Strength = field(default_factory=Strength)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeidentifiedClip:
    """What a reviewer may see and hear. Not anonymous; `treatment` says what was done.

    Times count from the beginning of `pcm`; without sound there are none. Holds no account,
    device, time of day or id; `repr` shows nothing that was said.
    """

    pcm: bytes = field(repr=False)
    """16 kHz, one channel, signed 16-bit little-endian; empty when transcript-only."""
    text: str = field(repr=False)
    words: tuple[ShownWord, ...] = field(repr=False)
    readings: tuple[Reading, ...] = field(repr=False)
    entities: tuple[NamedEntity, ...] = field(repr=False)
    template: str = field(repr=False)
    treatment: Treatment
    hidden: Mapping[Kind, int]
    """How many stretches were hidden, by kind."""


class Deidentifier:
    """Blocking: run it in a process of its own, about 30 ms for each second of sound. Makes its
    lexicon once, in a few seconds."""

    def __init__(
        self,
        settings: DeidentifySettings | None = None,
        *,
        lexicon: OpenLexicon | None = None,
        names: Names | None = None,
    ) -> None:
        self._settings = settings or DeidentifySettings()
        self.lexicon: Final = lexicon or OpenLexicon()
        self._redactor = Redactor(self.lexicon, names or Names())

    def deidentify(
        self,
        utterance: Utterance,
        *,
        names: frozenset[str],
        vocabulary: Vocabulary,
        chance: random.Random,
    ) -> DeidentifiedClip:
        """`names` are those known to the account; `vocabulary` decides which words may be read.

        `chance` draws the voice. Use `random.SystemRandom()` where it matters: what it drew is
        not kept, so the alteration can't be undone from a seed. Raises ClipTooLong over five
        minutes or 4,000 characters.
        """
        if len(utterance.pcm) > REFUSED_OVER_S * RATE_HZ * 2:
            raise ClipTooLong("the recording is too long to be reviewed")
        shown = shown_transcript(utterance, self._redactor, names, vocabulary)
        try:
            return self._with_sound(utterance.pcm, shown, chance)
        except CannotAlter as refusal:
            treatment = Treatment(level=Level.TRANSCRIPT_ONLY, obstacle=refusal.obstacle)
            return _clip(b"", shown, _untimed(shown.words), treatment)

    def _with_sound(
        self, pcm: bytes, shown: ShownTranscript, chance: random.Random
    ) -> DeidentifiedClip:
        if not pcm:
            raise CannotAlter(Obstacle.NO_AUDIO)
        if any(word.start_ms is None or word.end_ms is None for word in shown.words):
            raise CannotAlter(Obstacle.NO_WORD_TIMES)
        sound = altered_sound(
            pcm,
            shown=[_span(word) for word in shown.words if word.kind is None],
            hidden=[_span(word) for word in shown.words if word.kind is not None],
            margins=self._settings.margins,
            strength=self._settings.strength,
            chance=np.random.default_rng(chance.getrandbits(_SEED_BITS)),
        )
        steps = [step for step in Step if step is not Step.REDACTIONS_TONED or shown.hidden]
        treatment = Treatment(level=Level.ALTERED, steps=tuple(steps))
        return _clip(sound.pcm, shown, _moved(shown.words, sound.warp), treatment)


def _clip(
    pcm: bytes, shown: ShownTranscript, words: tuple[ShownWord, ...], treatment: Treatment
) -> DeidentifiedClip:
    return DeidentifiedClip(
        pcm=pcm,
        text=shown.text,
        words=words,
        readings=shown.readings,
        entities=shown.entities,
        template=shown.template,
        treatment=treatment,
        hidden=shown.hidden,
    )


def _span(word: ShownWord) -> Span:
    start_ms, end_ms = word.start_ms or 0, word.end_ms or 0
    return Span(start_s=start_ms / 1000, end_s=max(start_ms, end_ms) / 1000)


def _moved(words: tuple[ShownWord, ...], warp: TimeWarp) -> tuple[ShownWord, ...]:
    return tuple(
        replace(
            word,
            start_ms=round(warp.forward((word.start_ms or 0) / 1000) * 1000),
            end_ms=round(warp.forward((word.end_ms or 0) / 1000) * 1000),
        )
        for word in words
    )


def _untimed(words: tuple[ShownWord, ...]) -> tuple[ShownWord, ...]:
    """The pace of speech tells something too."""
    return tuple(replace(word, start_ms=None, end_ms=None) for word in words)
