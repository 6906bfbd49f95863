"""Whether a candidate may serve: a rule on two evaluations, without I/O."""

from __future__ import annotations

from dataclasses import dataclass

from training_loop.errors import InvalidArgument
from training_loop.training.evaluation import Evaluation, Score


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRules:
    """How much worse is too much.

    Intent accuracy over all may not fall at all. Entities may lose `entity_f1_margin`. A single
    intent is clearly worse when its F1 falls by more than `intent_f1_margin` and at least
    `intent_min_errors` more of its held-out examples are missed: with few examples an intent,
    one miss moves F1 far and says little.
    """

    entity_f1_margin: float = 0.01
    intent_f1_margin: float = 0.15
    intent_min_errors: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a candidate passed; `reasons` say in words why not, and are empty when it did."""

    reasons: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.reasons


def judge(candidate: Evaluation, serving: Evaluation, rules: GateRules | None = None) -> Verdict:
    """Compares a candidate with the model in service on the same held-out split.

    Raises InvalidArgument when the two were evaluated on different splits.
    """
    if candidate.hold_out != serving.hold_out:
        raise InvalidArgument("The two models were evaluated on different held-out splits.")
    rules = rules or GateRules()
    return Verdict(
        reasons=(
            *_intent_accuracy(candidate, serving),
            *_entities(candidate, serving, rules),
            *_single_intents(candidate, serving, rules),
        )
    )


def _intent_accuracy(candidate: Evaluation, serving: Evaluation) -> tuple[str, ...]:
    before, after = _correct(serving), _correct(candidate)
    if after >= before:
        return ()
    return (
        f"Intent accuracy fell from {serving.intent_accuracy:.1%} to"
        f" {candidate.intent_accuracy:.1%}: {before - after} fewer of {serving.examples}"
        " held-out requests are understood.",
    )


def _correct(evaluation: Evaluation) -> int:
    return round(evaluation.intent_accuracy * evaluation.examples)


def _entities(candidate: Evaluation, serving: Evaluation, rules: GateRules) -> tuple[str, ...]:
    if serving.entity_f1 is None:
        return ()
    after = candidate.entity_f1 or 0.0
    if after >= serving.entity_f1 - rules.entity_f1_margin:
        return ()
    return (
        f"Entity F1 fell from {serving.entity_f1:.3f} to {after:.3f}, more than the"
        f" {rules.entity_f1_margin:.3f} that may be lost.",
    )


def _single_intents(
    candidate: Evaluation, serving: Evaluation, rules: GateRules
) -> tuple[str, ...]:
    worse = []
    for name, before in serving.intents.items():
        after = candidate.intents.get(name)
        f1, missed = (after.f1, _missed(after)) if after else (0.0, before.support)
        fell = before.f1 - f1
        more = missed - _missed(before)
        if fell > rules.intent_f1_margin and more >= rules.intent_min_errors:
            worse.append(
                f"{name} is clearly worse: F1 {before.f1:.2f} to {f1:.2f},"
                f" {more} more of {before.support} missed."
            )
    return tuple(worse)


def _missed(score: Score) -> int:
    return score.support - round(score.recall * score.support)
