"""What a language model is made from: examples with slots, and what may stand in them.

"turn on the [kettle](appliance)" is a phrase with one slot. New names that people say are heard
in every phrase that has a slot of their kind, not only in those they were said in.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from training_loop.review.annotation import AnnotationFault, parse
from training_loop.training.language_model.ngram import Sentence
from training_loop.utterance import NamedEntity

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BULLET = re.compile(r"^\s*-\s+", re.MULTILINE)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*'?")
MAX_WORDS = 60

Slot = tuple[str, str]
"""An entity's name and role."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Phrase:
    """Pieces in order: words, or a slot with the words that stood in it."""

    pieces: tuple[tuple[Sentence, Slot], ...] = field(repr=False)

    @property
    def words(self) -> Sentence:
        return tuple(word for words, _ in self.pieces for word in words)


_NO_SLOT: Slot = ("", "")


def phrase(text: str, entities: Iterable[NamedEntity] = ()) -> Phrase | None:
    """None for a text that is empty, very long, or has signs that nobody says."""
    pieces: list[tuple[Sentence, Slot]] = []
    end = 0
    for entity in sorted(entities, key=lambda entity: entity.start):
        if entity.start >= end:
            pieces.append((_words(text[end : entity.start]), _NO_SLOT))
            pieces.append((_words(text[entity.start : entity.end]), (entity.name, entity.role)))
            end = entity.end
    pieces.append((_words(text[end:]), _NO_SLOT))
    found = Phrase(pieces=tuple(piece for piece in pieces if piece[0]))
    said = all(_WORD.fullmatch(word) for word in found.words)
    return found if said and 0 < len(found.words) <= MAX_WORDS else None


def _words(text: str) -> Sentence:
    return tuple(text.lower().replace("\u2019", "'").split())


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseTexts:
    """The examples of an NLU project, and the names its lookup tables hold by entity."""

    phrases: tuple[Phrase, ...] = field(repr=False)
    names: Mapping[str, tuple[Sentence, ...]] = field(repr=False)

    @staticmethod
    def read(examples: Path) -> BaseTexts:
        """All `*.yml` under `examples`, in Rasa's form; what cannot be read is left out."""
        phrases: list[Phrase] = []
        names: dict[str, list[Sentence]] = defaultdict(list)
        for path in sorted(examples.rglob("*.yml")):
            content = yaml.load(path.read_text(), Loader=_LOADER) or {}  # noqa: S506
            for entry in content.get("nlu", ()):
                lines = _lines(entry.get("examples", ""))
                if "intent" in entry:
                    phrases += (found for line in lines if (found := _marked(line)) is not None)
                elif "lookup" in entry:
                    names[entry["lookup"]] += (p.words for line in lines if (p := phrase(line)))
        return BaseTexts(
            phrases=tuple(phrases), names={name: tuple(all_) for name, all_ in names.items()}
        )


def _lines(examples: object) -> list[str]:
    if isinstance(examples, str):
        return [line for line in _BULLET.split(examples) if line.strip()]
    return []


def _marked(line: str) -> Phrase | None:
    try:
        annotated = parse(line.strip())
    except AnnotationFault:
        return None
    return phrase(annotated.text, annotated.entities)


class Fillers:
    """What may stand in each slot: every different filling once."""

    def __init__(
        self, phrases: Iterable[Phrase], names: Mapping[str, Sequence[Sentence]] | None = None
    ) -> None:
        by_slot: dict[Slot, set[Sentence]] = defaultdict(set)
        for one in phrases:
            for words, slot in one.pieces:
                if slot != _NO_SLOT:
                    by_slot[slot].add(words)
        for slot, found in by_slot.items():
            found.update((names or {}).get(slot[0], ()))
        self._by_slot = {slot: sorted(found) for slot, found in by_slot.items()}

    def vary(self, one: Phrase, chance: random.Random) -> Sentence:
        """The phrase with each slot filled anew."""
        words: list[str] = []
        for said, slot in one.pieces:
            fillings = self._by_slot.get(slot, ())
            words += chance.choice(fillings) if fillings else said
        return tuple(words)


def variations(
    phrases: Sequence[Phrase], fillers: Fillers, *, times: int, seed: int
) -> Iterator[Sentence]:
    """Each phrase as it stands, and `times` more if it has slots.

    The same phrases in another order give the same sentences: they are sorted before chance.
    """
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    for one in sorted(phrases):
        yield one.words
        if any(slot != _NO_SLOT for _, slot in one.pieces):
            for _ in range(times):
                yield fillers.vary(one, chance)
