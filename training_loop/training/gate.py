"""Whether a candidate may serve: a rule on two models' results on one hold-out, without I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from training_loop.training.bootstrap import interval
from training_loop.training.example_result import ExampleResult
from training_loop.training.slices import Pair, Slice, Sliced, SliceKind, paired, sliced


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRules:
    """How much worse is too much.

    Over all, not a single held-out example fewer may be right. An intent, an entity or a group is
    worse when its share that is right (an entity's F1) fell by more than its margin with
    `confidence`, from a bootstrap over speakers. Nothing is said about parts with fewer than
    `least_examples` of fewer than `least_speakers`, and a hold-out with fewer than
    `least_of_whole` examples lets nothing pass.
    """

    overall_margin: float = 0.0
    intent_margin: float = 0.05
    entity_margin: float = 0.05
    entities_margin: float = 0.01
    """Of all entities together."""
    group_margin: float = 0.02
    confidence: float = 0.95
    least_examples: int = 5
    least_speakers: int = 5
    least_of_whole: int = 30
    latency_p95_ms: float = 20.0
    """Of processor time a request, on the machine that compares."""
    slower_by: float | None = None
    """The p95 may be so many times that of the model in service; None asks nothing."""
    size_bytes: int = 200_000_000
    resamples: int = 10_000
    seed: int = 0

    def margin(self, kind: SliceKind) -> float:
        return {
            SliceKind.OVERALL: self.overall_margin,
            SliceKind.ENTITIES: self.entities_margin,
            SliceKind.INTENT: self.intent_margin,
            SliceKind.ENTITY: self.entity_margin,
            SliceKind.GROUP: self.group_margin,
        }[kind]


class Change(Enum):
    BETTER = "better"
    """Surely, by any amount."""
    NOT_WORSE = "not worse"
    """Not surely worse by more than the margin."""
    WORSE = "worse"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One part of the hold-out before and after, from 0 to 1, with what it rests on.

    The change is above `low` and below `high`, each with the confidence of the rules.
    """

    part: Slice
    before: float
    after: float
    low: float
    high: float
    examples: int
    speakers: int
    change: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a candidate passed; `reasons` say in words why not, and are empty when it did.

    `doubts` say in words what nobody could tell; they refuse nothing.
    """

    reasons: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    measured: tuple[Measured, ...] = ()
    latency_p95_ms: float = 0.0
    size_bytes: int = 0

    @property
    def passed(self) -> bool:
        return not self.reasons


def judge(
    candidate: Sequence[ExampleResult],
    serving: Sequence[ExampleResult],
    rules: GateRules | None = None,
    *,
    size_bytes: int = 0,
) -> Verdict:
    """Compares a candidate of `size_bytes` with the model in service on the same hold-out.

    The same results and rules give the same verdict.
    """
    rules = rules or GateRules()
    pairs, alone = paired(serving, candidate)
    if len(pairs) < rules.least_of_whole:
        return Verdict(reasons=(_too_few(len(pairs), rules),), size_bytes=size_bytes)
    measured = tuple(_measured(sliced(pairs), rules))
    p95 = _p95(pair.after for pair in pairs)
    doubts = [_doubt(one) for one in measured if _looks_worse(one, rules)]
    if alone:
        doubts.append(f"{alone} results were left out: only one model has them.")
    return Verdict(
        reasons=(
            *(_reason(one, pairs, rules) for one in measured if one.change is Change.WORSE),
            *_over_budget(p95, _p95(pair.before for pair in pairs), size_bytes, rules),
        ),
        doubts=tuple(doubts),
        measured=measured,
        latency_p95_ms=p95,
        size_bytes=size_bytes,
    )


def _measured(parts: Sliced, rules: GateRules) -> Iterator[Measured]:
    before, after = parts.tallies.values()
    bounds = interval(
        parts.tallies, confidence=rules.confidence, resamples=rules.resamples, seed=rules.seed
    )
    for column, part in enumerate(parts.slices):
        one = Measured(
            part=part,
            before=float(before[column]),
            after=float(after[column]),
            low=float(bounds.low[column]),
            high=float(bounds.high[column]),
            examples=parts.examples[column],
            speakers=parts.speakers[column],
            change=Change.CANNOT_TELL,
        )
        yield _decided(one, rules)


def _decided(one: Measured, rules: GateRules) -> Measured:
    few = one.examples < rules.least_examples or one.speakers < rules.least_speakers
    if one.part.kind is SliceKind.OVERALL:
        worse = one.after < one.before - rules.overall_margin
    elif few:
        return one
    else:
        worse = one.high < -rules.margin(one.part.kind)
    change = Change.WORSE if worse else Change.BETTER if one.low > 0 else Change.NOT_WORSE
    return replace(one, change=change)


def _looks_worse(one: Measured, rules: GateRules) -> bool:
    fell = one.before - one.after
    return one.change is Change.CANNOT_TELL and fell > rules.margin(one.part.kind)


def _too_few(examples: int, rules: GateRules) -> str:
    return (
        f"Nobody can tell from {examples} held-out examples whether it is better;"
        f" {rules.least_of_whole} are the least."
    )


def _doubt(one: Measured) -> str:
    return (
        f"{_name(one.part)} looks worse, {one.before:.1%} to {one.after:.1%}, but {one.examples}"
        f" held-out examples of {one.speakers} speakers are too few to tell."
    )


def _reason(one: Measured, pairs: Sequence[Pair], rules: GateRules) -> str:
    if one.part.kind is SliceKind.OVERALL:
        return _whole_is_worse(one, pairs)
    margin = rules.margin(one.part.kind)
    of = "held-out examples"
    if any(pair.after.words for pair in pairs):
        entities = one.part.kind in (SliceKind.ENTITY, SliceKind.ENTITIES)
        of = "clips, heard whole" if entities else "clips' words"
    return (
        f"{_name(one.part)} is clearly worse: {one.before:.1%} to {one.after:.1%} of"
        f" {one.examples} {of}, and by more than {-one.high:.1%} with"
        f" {rules.confidence:.0%} confidence; {margin:.1%} may be lost."
    )


def _whole_is_worse(one: Measured, pairs: Sequence[Pair]) -> str:
    if any(pair.after.words for pair in pairs):
        errors = (1 - one.before, 1 - one.after)
        return f"Word errors rose from {errors[0]:.2%} to {errors[1]:.2%} on {len(pairs)} clips."
    fewer = sum(pair.before.right for pair in pairs) - sum(pair.after.right for pair in pairs)
    return (
        f"Intent accuracy fell from {one.before:.1%} to {one.after:.1%}: {fewer} fewer of"
        f" {len(pairs)} held-out requests are understood."
    )


def _p95(results: Iterable[ExampleResult]) -> float:
    return float(np.quantile([result.took_ms for result in results], 0.95))


def _over_budget(
    p95_ms: float, serving_ms: float, size_bytes: int, rules: GateRules
) -> Iterator[str]:
    if p95_ms > rules.latency_p95_ms:
        yield (
            f"It is too slow: 95 % of requests take up to {p95_ms:.1f} ms,"
            f" {rules.latency_p95_ms:.1f} ms are allowed."
        )
    if rules.slower_by is not None and p95_ms > rules.slower_by * serving_ms:
        yield (
            f"It is too slow: 95 % of requests take up to {p95_ms:.0f} ms, {serving_ms:.0f} ms with"
            f" the model in service; {rules.slower_by:g} times that is allowed."
        )
    if size_bytes > rules.size_bytes:
        yield (
            f"It is too big: {size_bytes / 1e6:.0f} MB, {rules.size_bytes / 1e6:.0f} MB are"
            " allowed."
        )


def _name(part: Slice) -> str:
    if part.kind is SliceKind.ENTITIES:
        return "Entity F1 over all"
    if part.kind is SliceKind.GROUP:
        name, _, value = part.name.partition("=")
        return f"The group with {name.replace('_', ' ')} {value}"
    return part.name if part.kind is SliceKind.INTENT else f"The entity {part.name}"
