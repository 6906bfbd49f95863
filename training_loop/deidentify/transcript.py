"""What a reviewer may read of an utterance: its words, its other readings, its entities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from training_loop.deidentify.errors import ClipTooLong
from training_loop.deidentify.finding import Finding, Kind, merged
from training_loop.deidentify.lexicon import Vocabulary
from training_loop.deidentify.redaction import Redacted, Redactor, carried_over, sure_findings
from training_loop.deidentify.tokens import Token, tokens_of
from training_loop.utterance import NamedEntity, Reading, Utterance

MAX_CHARACTERS: Final = 4000
MAX_READINGS: Final = 10
MAX_ENTITIES: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownWord:
    """A word, or the placeholder of hidden ones; times are None where they are not known.
    `confidence` is that of the least sure word, and 1 for hidden ones: of them nothing is told."""

    text: str = field(repr=False)
    kind: Kind | None
    start_ms: int | None
    end_ms: int | None
    confidence: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTranscript:
    """Times count from the beginning of the utterance's own audio."""

    text: str = field(repr=False)
    words: tuple[ShownWord, ...] = field(repr=False)
    readings: tuple[Reading, ...] = field(repr=False)
    entities: tuple[NamedEntity, ...] = field(repr=False)
    template: str = field(repr=False)
    hidden: Mapping[Kind, int]
    """How many stretches were hidden, by kind."""


def shown_transcript(
    utterance: Utterance, redactor: Redactor, names: frozenset[str], vocabulary: Vocabulary
) -> ShownTranscript:
    """Raises ClipTooLong for a text of more than 4,000 characters.

    What another reading, or the correction of the account holder, shows to be a number, an
    address or one of the account's names is hidden in the best reading as well, where it says
    something else at that place: the audio there holds the same.
    """
    text = utterance.heard
    if len(text) > MAX_CHARACTERS:
        raise ClipTooLong("the transcript is too long to be reviewed")
    tokens = tokens_of(text, utterance.words)
    best = redactor.redact(text, tokens, names, vocabulary)
    best = replace(
        best, findings=merged([*best.findings, *_from_other_texts(utterance, tokens, names)])
    )
    return ShownTranscript(
        text=best.text,
        words=tuple(_word(*piece) for piece in best.pieces()),
        readings=_readings(utterance, redactor, names, vocabulary),
        entities=tuple(
            shown
            for entity in utterance.entities[:MAX_ENTITIES]
            for shown in [_entity(entity, best, redactor, names, vocabulary)]
        ),
        template=best.template,
        hidden=MappingProxyType(dict(Counter(finding.kind for finding in best.findings))),
    )


def _from_other_texts(
    utterance: Utterance, tokens: tuple[Token, ...], names: frozenset[str]
) -> list[Finding]:
    others = [reading.text for reading in utterance.alternatives[:MAX_READINGS]]
    if utterance.correction and utterance.correction.text:
        others.append(utterance.correction.text)
    carried: list[Finding] = []
    for text in others:
        if len(text) <= MAX_CHARACTERS:
            theirs = tokens_of(text)
            carried += carried_over(sure_findings(text, theirs, names), theirs, tokens)
    return carried


def _word(text: str, kind: Kind | None, span: tuple[Token, ...]) -> ShownWord:
    return ShownWord(
        text=text,
        kind=kind,
        start_ms=span[0].start_ms,
        end_ms=span[-1].end_ms,
        confidence=1.0 if kind else min(token.confidence for token in span),
    )


def _readings(
    utterance: Utterance, redactor: Redactor, names: frozenset[str], vocabulary: Vocabulary
) -> tuple[Reading, ...]:
    """Each text once, with the confidence of its surest reading."""
    shown: dict[str, float] = {}
    for reading in utterance.alternatives[:MAX_READINGS]:
        if len(reading.text) > MAX_CHARACTERS:
            continue
        text = redactor.redact(reading.text, tokens_of(reading.text), names, vocabulary).text
        shown[text] = max(reading.confidence, shown.get(text, 0.0))
    return tuple(Reading(text=text, confidence=sure) for text, sure in shown.items())


def _entity(
    entity: NamedEntity,
    best: Redacted,
    redactor: Redactor,
    names: frozenset[str],
    vocabulary: Vocabulary,
) -> NamedEntity:
    """The entity in the redacted text: what touches something hidden is hidden whole."""
    place = 0
    start = end = None
    kinds: list[Kind] = []
    for text, kind, span in best.pieces():
        if span[0].start < entity.end and entity.start < span[-1].end:
            start = place if start is None else start
            end = place + len(text)
            if kind is not None:
                kinds.append(kind)
        place += len(text) + 1
    if start is None or end is None:
        return _hidden(entity, Kind.RARE, 0, 0)
    if kinds:
        return _hidden(entity, kinds[0], start, end)
    value = redactor.redact(entity.value, tokens_of(entity.value), names, vocabulary)
    return replace(
        entity,
        text=best.text[start:end],
        value=value.text,
        start=start,
        end=end,
    )


def _hidden(entity: NamedEntity, kind: Kind, start: int, end: int) -> NamedEntity:
    return replace(entity, text=kind.placeholder, value=kind.placeholder, start=start, end=end)
