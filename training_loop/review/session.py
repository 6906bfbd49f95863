"""One review of one utterance: plain state, no I/O, no clock."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum

from training_loop.errors import InvalidArgument
from training_loop.review.annotation import Annotated, check_text, parse, write
from training_loop.review.ontology import Ontology
from training_loop.utterance import NamedEntity, Utterance


class Outcome(Enum):
    CONFIRMED = "confirmed"
    SKIPPED = "skipped"
    """Back in the queue, without a reason asked for."""
    FLAGGED = "flagged"
    """Deleted."""
    WITHDRAWN = "withdrawn"
    """Its speaker took it back while it was open."""


class ReviewOver(InvalidArgument):
    """The review has ended; nothing about it can change any more."""

    code = "REVIEW_OVER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the reviewer believes was said and meant."""

    text: str = field(repr=False)
    intent: str = field(repr=False)
    entities: tuple[NamedEntity, ...] = field(default=(), repr=False)

    @property
    def marked(self) -> str:
        """The text with its entities in the inline form."""
        return write(self.text, self.entities)


class ReviewSession:
    """Starts from what was recognised; every correction is checked against the ontology.

    After `confirm`, `skip`, `flag` or `withdraw` it has an outcome and refuses changes with
    ReviewOver. Corrections raise AnnotationFault or InvalidArgument and then change nothing.
    """

    def __init__(self, utterance: Utterance, ontology: Ontology) -> None:
        self._ontology = ontology
        self._outcome: Outcome | None = None
        self._draft = first_draft(utterance, ontology)

    @property
    def draft(self) -> Draft:
        return self._draft

    @property
    def outcome(self) -> Outcome | None:
        return self._outcome

    def correct_text(self, marked: str) -> None:
        """Takes a text with or without marks.

        Without any, entities whose words still stand in the text keep their marks.
        """
        self._require_open()
        corrected = parse(marked.strip())
        self._ontology.check_entities(corrected.entities)
        if not corrected.entities:
            corrected = _carry_over(corrected.text, self._draft.entities)
        self._draft = replace(self._draft, text=corrected.text, entities=corrected.entities)

    def annotate(self, marked: str) -> None:
        """Takes the text with exactly the marks it shall have; none removes them all."""
        self._require_open()
        annotated = parse(marked.strip())
        self._ontology.check_entities(annotated.entities)
        self._draft = replace(self._draft, text=annotated.text, entities=annotated.entities)

    def choose_intent(self, intent: str) -> None:
        self._require_open()
        self._draft = replace(self._draft, intent=self._ontology.check_intent(intent.strip()))

    def confirm(self) -> Draft:
        """Ends the review with its draft as the truth."""
        self._require_open()
        check_text(self._draft.text)
        self._ontology.check_intent(self._draft.intent)
        self._ontology.check_entities(self._draft.entities)
        self._outcome = Outcome.CONFIRMED
        return self._draft

    def skip(self) -> None:
        self._end(Outcome.SKIPPED)

    def flag(self) -> None:
        self._end(Outcome.FLAGGED)

    def withdraw(self) -> None:
        """The speaker took the clip back: the draft is forgotten as well."""
        self._end(Outcome.WITHDRAWN)
        self._draft = Draft(text="", intent="")

    def _end(self, outcome: Outcome) -> None:
        self._require_open()
        self._outcome = outcome

    def _require_open(self) -> None:
        if self._outcome is not None:
            raise ReviewOver("This review has ended.")


def first_draft(utterance: Utterance, ontology: Ontology) -> Draft:
    """What was recognised, as far as the ontology knows it and it stands in the text."""
    entities: list[NamedEntity] = []
    end = 0
    for entity in sorted(utterance.entities, key=lambda entity: entity.start):
        in_place = utterance.heard[entity.start : entity.end] == entity.text != ""
        roles = ontology.entities.get(entity.name)
        if in_place and entity.start >= end and roles is not None:
            role = entity.role if entity.role in roles else ""
            entities.append(replace(entity, role=role))
            end = entity.end
    intent = utterance.intent if utterance.intent in ontology.intents else ""
    return Draft(text=utterance.heard, intent=intent, entities=tuple(entities))


def _carry_over(text: str, entities: tuple[NamedEntity, ...]) -> Annotated:
    """Finds each entity's words again, in order, at word borders."""
    kept: list[NamedEntity] = []
    end = 0
    for entity in entities:
        start = _find_words(text, entity.text, end)
        if start is not None:
            end = start + len(entity.text)
            kept.append(replace(entity, start=start, end=end))
    return Annotated(text=text, entities=tuple(kept))


def _find_words(text: str, words: str, begin: int) -> int | None:
    start = text.find(words, begin)
    while start >= 0:
        end = start + len(words)
        if not text[start - 1 : start].isalnum() and not text[end : end + 1].isalnum():
            return start
        start = text.find(words, start + 1)
    return None
