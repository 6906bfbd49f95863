"""The way of a candidate into service: shadow, canary, serving, or out. No I/O and no clock."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum

from training_loop.registry.live_signals import LiveRules, Regression, Tally, regressions

ENOUGH_COMPARED = 50
ENOUGH_TURNS = 100
LONGEST = 10.0


class Phase(Enum):
    CANDIDATE = "candidate"
    SHADOW = "shadow"
    CANARY = "canary"
    SERVING = "serving"
    """Tried enough: it is to be put into service."""
    ENDED = "ended"
    """It is to be taken out, and never served."""


class Ending(Enum):
    """Why a candidate was taken out."""

    WORSE = "worse"
    DISAGREES = "disagrees"
    DIED = "died"
    CONSENT_ENDED = "consent_ended"
    SERVING_CHANGED = "serving_changed"
    """The model it was compared with no longer serves: it stays a candidate."""
    TOO_FEW = "too_few"
    """Too few requests came to judge it: it stays a candidate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialPlan:
    """How a candidate is tried. A stage of 0 seconds is left out.

    At the end of its time a stage that has seen too little goes on until it has seen enough, for
    `longest` times the planned time in all. Then the trial ends, undecided.
    """

    shadow_for_s: float = 3600.0
    canary_for_s: float = 3600.0
    canary_share: float = 0.05
    """Of the sessions, 0 to 1."""
    shadow_share: float = 1.0
    """Of the turns that a shadow may see, 0 to 1."""
    least_agreement: float = 0.6
    """A shadow that agrees less with the model in service does not become a canary."""
    least_compared: int = ENOUGH_COMPARED
    """Requests that a shadow must have been compared in, words for a language model."""
    least_turns: int = ENOUGH_TURNS
    """Turns that a canary must have answered."""
    longest: float = LONGEST
    rules: LiveRules = field(default_factory=LiveRules)

    def __post_init__(self) -> None:
        shares = (self.canary_share, self.shadow_share, self.least_agreement)
        if min(self.shadow_for_s, self.canary_for_s) < 0 or not all(
            0 <= one <= 1 for one in shares
        ):
            raise ValueError("TrialPlan needs times of at least 0 and shares from 0 to 1.")
        if min(self.least_compared, self.least_turns) < 0 or self.longest < 1:
            raise ValueError("TrialPlan needs counts of at least 0 and longest of at least 1.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known at a moment. Counts are those of the whole trial, over all servers."""

    now_s: float
    consented: bool = True
    """To everything that the candidate learned from."""
    parent_serves: bool = True
    failure: str = ""
    """Stable word: what a server could not do with it."""
    compared: int = 0
    """Requests, or words of a language model, that were compared in the shadow."""
    agreed: int = 0
    serving: Tally = field(default_factory=Tally)
    candidate: Tally = field(default_factory=Tally)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Where a candidate is, since when, and why it ended where it did."""

    phase: Phase = Phase.CANDIDATE
    since_s: float = 0.0
    ending: Ending | None = None
    reasons: tuple[str, ...] = ()
    regressions: tuple[Regression, ...] = ()

    @property
    def over(self) -> bool:
        return self.phase in (Phase.SERVING, Phase.ENDED)


def advance(course: Course, plan: TrialPlan, seen: Seen) -> Course:
    """The next state. A course that is over stays; none goes back, none skips what is planned."""
    if course.over:
        return course
    if (ended := _ended(course, plan, seen)) is not None:
        return ended
    if course.phase is Phase.CANDIDATE:
        return _enter(Phase.SHADOW, course, plan, seen)
    shadow = course.phase is Phase.SHADOW
    lasts_s = plan.shadow_for_s if shadow else plan.canary_for_s
    lasted_s = seen.now_s - course.since_s
    if lasted_s < lasts_s:
        return course
    came, wanted = (
        (seen.compared, plan.least_compared) if shadow else (seen.candidate.turns, plan.least_turns)
    )
    if came >= wanted:
        return _enter(Phase.CANARY if shadow else Phase.SERVING, course, plan, seen)
    if lasted_s < plan.longest * lasts_s:
        return course
    told = (
        f"As a {course.phase.value} it had {came} requests in {_in_words(lasted_s)}: too few to "
        f"judge it, {wanted} are wanted. It stays a candidate."
    )
    return _end(course, seen, Ending.TOO_FEW, told)


def _enter(phase: Phase, course: Course, plan: TrialPlan, seen: Seen) -> Course:
    if phase is Phase.SHADOW and not plan.shadow_for_s:
        phase = Phase.CANARY
    if phase is Phase.CANARY and not (plan.canary_for_s and plan.canary_share):
        phase = Phase.SERVING
    return replace(course, phase=phase, since_s=seen.now_s)


def _ended(course: Course, plan: TrialPlan, seen: Seen) -> Course | None:
    if not seen.consented:
        return _end(course, seen, Ending.CONSENT_ENDED, "Something it learned from was withdrawn.")
    if not seen.parent_serves:
        told = "The model it was compared with no longer serves."
        return _end(course, seen, Ending.SERVING_CHANGED, told)
    if seen.failure:
        return _end(
            course, seen, Ending.DIED, f"A server lost it while it was tried: {seen.failure}."
        )
    if course.phase is Phase.SHADOW and _agreement_is_judged(course, plan, seen):
        agreement = seen.agreed / seen.compared
        if agreement < plan.least_agreement:
            told = (
                f"As a shadow it agreed in {agreement:.1%}, {plan.least_agreement:.1%} are wanted."
            )
            return _end(course, seen, Ending.DISAGREES, told)
    if course.phase is Phase.CANARY:
        worse = regressions(seen.serving, seen.candidate, plan.rules)
        if worse:
            ended = _end(course, seen, Ending.WORSE, *(one.text for one in worse))
            return replace(ended, regressions=worse)
    return None


def _agreement_is_judged(course: Course, plan: TrialPlan, seen: Seen) -> bool:
    """Before a shadow's time is over only where enough was compared; then whatever came."""
    if seen.now_s - course.since_s < plan.shadow_for_s:
        return seen.compared >= ENOUGH_COMPARED
    return seen.compared >= max(1, plan.least_compared)


def _end(course: Course, seen: Seen, ending: Ending, *reasons: str) -> Course:
    return replace(course, phase=Phase.ENDED, since_s=seen.now_s, ending=ending, reasons=reasons)


def _in_words(lasted_s: float) -> str:
    if lasted_s < 120:
        return f"{lasted_s:.0f} seconds"
    return f"{lasted_s / 60:.0f} minutes" if lasted_s < 7200 else f"{lasted_s / 3600:.0f} hours"
