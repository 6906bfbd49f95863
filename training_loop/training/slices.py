"""What two models are compared in: the whole, each intent, entity and group. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import Enum

import numpy as np

from training_loop.datasets.gold import UNKNOWN, Group
from training_loop.training.bootstrap import Tallies
from training_loop.training.example_result import EntityCount, ExampleResult


class SliceKind(Enum):
    OVERALL = "overall"
    ENTITIES = "entities"
    """All of them together."""
    INTENT = "intent"
    ENTITY = "entity"
    GROUP = "group"


@dataclass(frozen=True, slots=True, order=True)
class Slice:
    """A part of the hold-out; `name` is empty for the whole, "noise=loud" for a group."""

    kind: SliceKind
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What the model in service and the candidate made of one example."""

    before: ExampleResult
    after: ExampleResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Sliced:
    """The slices with their tallies, as columns, and how much each rests on."""

    slices: tuple[Slice, ...]
    tallies: Tallies
    examples: tuple[int, ...]
    speakers: tuple[int, ...]


def paired(
    before: Sequence[ExampleResult], after: Sequence[ExampleResult]
) -> tuple[tuple[Pair, ...], int]:
    """Examples that both models were tried on, and how many only one was: consent to an example may
    have gone in between."""
    known = {result.example: result for result in before}
    pairs = tuple(
        Pair(before=known[result.example], after=result)
        for result in after
        if result.example in known
    )
    return pairs, len(before) + len(after) - 2 * len(pairs)


def sliced(pairs: Sequence[Pair]) -> Sliced:
    """Speakers are those of the candidate's results: names of speakers change with each read."""
    rows = {name: row for row, name in enumerate(sorted({pair.after.speaker for pair in pairs}))}
    cells: dict[Slice, list[tuple[int, tuple[float, float, float, float]]]] = defaultdict(list)
    told_apart = _told_apart(pairs)
    for pair in pairs:
        for part, cell in _cells(pair, told_apart):
            cells[part].append((rows[pair.after.speaker], cell))
    slices = tuple(sorted(cells, key=lambda part: (list(SliceKind).index(part.kind), part.name)))
    sums = np.zeros((4, len(rows), len(slices)))
    for column, part in enumerate(slices):
        for row, cell in cells[part]:
            sums[:, row, column] += cell
    return Sliced(
        slices=slices,
        tallies=Tallies(
            right_before=sums[0], of_before=sums[1], right_after=sums[2], of_after=sums[3]
        ),
        examples=tuple(len(cells[part]) for part in slices),
        speakers=tuple(len({row for row, _ in cells[part]}) for part in slices),
    )


def _cells(
    pair: Pair, told_apart: frozenset[str]
) -> Iterator[tuple[Slice, tuple[float, float, float, float]]]:
    """The slices an example is in, and right and of, before and after."""
    whole = (*_measure(pair.before), *_measure(pair.after))
    yield Slice(SliceKind.OVERALL), whole
    if pair.after.intent:
        yield Slice(SliceKind.INTENT, pair.after.intent), whole
    for name, value in _group(pair.after.group):
        if name in told_apart and value != UNKNOWN:
            yield Slice(SliceKind.GROUP, f"{name}={value}"), whole
    before, after = pair.before.entities, pair.after.entities
    for entity in sorted({*before, *after}):
        cell = (*_f1_parts(before, entity), *_f1_parts(after, entity))
        yield Slice(SliceKind.ENTITY, entity), cell
        yield Slice(SliceKind.ENTITIES), cell


def _measure(result: ExampleResult) -> tuple[float, float]:
    """Words that were right where words are recognised, else whether the intent was."""
    if result.words:
        return result.words - result.word_errors, result.words
    return float(result.right), 1.0


def _f1_parts(entities: Mapping[str, EntityCount], name: str) -> tuple[float, float]:
    count = entities.get(name, EntityCount())
    return 2 * count.right, 2 * count.right + count.wrong + count.missed


def _told_apart(pairs: Sequence[Pair]) -> frozenset[str]:
    """What groups really differ in: one locale for everybody is no group."""
    values: dict[str, set[str]] = defaultdict(set)
    for pair in pairs:
        for name, value in _group(pair.after.group):
            values[name].add(value)
    return frozenset(name for name, found in values.items() if len(found) > 1)


def _group(group: Group) -> Iterator[tuple[str, str]]:
    for one in fields(group):
        yield one.name, getattr(group, one.name)
