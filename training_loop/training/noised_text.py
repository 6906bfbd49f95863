"""Training texts as the recogniser would have written them, learned from what it did write.

From gold comes what was said beside what was heard. Stretches of up to three words that the
recogniser took for others, in the speech of at least two speakers, are put into other texts of the
same training data: what one person alone was misheard in is spread to nobody.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from training_loop.training.alignment import differences
from training_loop.utterance import NamedEntity

NOISED_SHARE = 0.25
"""Noised texts of an intent are at most this part of its other texts."""

LEAST_SPEAKERS = 2
MAX_WORDS = 3
"""Longer stretches are no confusion of words but another sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What one speaker said, and what was heard."""

    speaker: str
    said: str = field(repr=False)
    heard: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedText:
    """A training example: a text with its meaning."""

    text: str = field(repr=False)
    intent: str = field(repr=False)
    entities: tuple[NamedEntity, ...] = field(default=(), repr=False)


Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Confusions:
    """What the recogniser writes for a phrase, with how many speakers it did. Never empty words on
    the side of what was said."""

    by_phrase: Mapping[Phrase, tuple[tuple[Phrase, int], ...]] = field(repr=False)

    @staticmethod
    def learn(pairs: Iterable[Heard]) -> Confusions:
        """The same pairs give the same confusions, in whatever order they come."""
        speakers: dict[tuple[Phrase, Phrase], set[str]] = defaultdict(set)
        for pair in pairs:
            if not pair.heard:
                continue
            for found in differences(pair.said.lower().split(), pair.heard.lower().split()):
                if 0 < len(found.said) <= MAX_WORDS and len(found.heard) <= MAX_WORDS:
                    speakers[found.said, found.heard].add(pair.speaker)
        kept: dict[Phrase, list[tuple[Phrase, int]]] = defaultdict(list)
        for (said, heard), by in sorted(speakers.items(), key=lambda item: item[0]):
            if len(by) >= LEAST_SPEAKERS:
                kept[said].append((heard, len(by)))
        return Confusions({said: tuple(heard) for said, heard in kept.items()})


def noised(
    examples: Sequence[MarkedText], confusions: Confusions, *, seed: int
) -> tuple[MarkedText, ...]:
    """Further examples, at most `NOISED_SHARE` of each intent's.

    Entities stay as they are: words are only exchanged between them. Chance depends on the seed and
    each text alone, so that what one example becomes does not change with the others.
    """
    by_intent: dict[str, list[MarkedText]] = defaultdict(list)
    for example in examples:
        by_intent[example.intent].append(example)
    known = {example.text for example in examples}
    made: list[MarkedText] = []
    for _, own in sorted(by_intent.items()):
        most = int(len(own) * NOISED_SHARE)
        ranked = sorted(own, key=lambda example: _chance(seed, example.text))
        for example in ranked:
            if most == 0:
                break
            other = _noise(example, confusions, random.Random(_chance(seed, example.text)))  # noqa: S311
            if other is not None and other.text not in known:
                known.add(other.text)
                made.append(other)
                most -= 1
    return tuple(made)


def as_heard(example: MarkedText, heard: str) -> MarkedText | None:
    """The example in the words that were heard; None where an entity was misheard, since nobody has
    marked it there, or nothing was."""
    entities: list[NamedEntity] = []
    at = 0
    for entity in sorted(example.entities, key=lambda entity: entity.start):
        start = _find_words(heard, entity.text, at)
        if start < 0:
            return None
        at = start + len(entity.text)
        entities.append(replace(entity, start=start, end=at))
    if not heard.strip() or heard == example.text:
        return None
    return MarkedText(text=heard, intent=example.intent, entities=tuple(entities))


def _find_words(text: str, words: str, start: int) -> int:
    """Where whole words stand in a text, -1 for nowhere."""
    found = f" {text} ".find(f" {words} ", start)
    return found if found >= start else -1


def _chance(seed: int, text: str) -> int:
    return int.from_bytes(sha256(f"{seed} {text}".encode()).digest()[:8])


def _noise(example: MarkedText, confusions: Confusions, chance: random.Random) -> MarkedText | None:
    """One confusion put in at one place outside the entities, if any fits."""
    places = list(_places(example, confusions))
    if not places:
        return None
    start, end, instead = places[chance.randrange(len(places))]
    heard, weights = zip(*instead, strict=True)
    (words,) = chance.choices(heard, weights)
    written = " ".join(words)
    # Nothing heard: one of the two spaces around it goes as well.
    if not written:
        end, start = (end + 1, start) if end < len(example.text) else (end, max(0, start - 1))
    text = example.text[:start] + written + example.text[end:]
    shift = len(text) - len(example.text)
    moved = tuple(
        replace(one, start=one.start + shift, end=one.end + shift) if one.start >= end else one
        for one in example.entities
    )
    return MarkedText(text=text, intent=example.intent, entities=moved) if text.strip() else None


def _places(
    example: MarkedText, confusions: Confusions
) -> Iterator[tuple[int, int, tuple[tuple[Phrase, int], ...]]]:
    """Start and end in characters of each stretch of words that is known to be misheard."""
    words = example.text.split(" ")
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word) + 1)
    for first in range(len(words)):
        for last in range(first + 1, min(first + MAX_WORDS, len(words)) + 1):
            start, end = starts[first], starts[last] - 1
            instead = confusions.by_phrase.get(tuple(word.lower() for word in words[first:last]))
            if instead and all(one.end <= start or end <= one.start for one in example.entities):
                yield start, end, instead
