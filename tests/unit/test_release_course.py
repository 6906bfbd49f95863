"""A candidate goes from shadow to canary to serving, or out: never back, never too far."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training_loop.registry.course import Course, Ending, Phase, Seen, TrialPlan, advance
from training_loop.registry.live_signals import Signal, Tally

PLAN = TrialPlan(shadow_for_s=10, canary_for_s=20, canary_share=0.1)
ORDER = [Phase.CANDIDATE, Phase.SHADOW, Phase.CANARY, Phase.SERVING, Phase.ENDED]
MOMENTS = st.builds(
    Seen,
    now_s=st.floats(0, 100),
    consented=st.booleans(),
    parent_serves=st.booleans(),
    failure=st.sampled_from(["", "MODEL_REFUSED"]),
    compared=st.integers(0, 200),
    agreed=st.integers(0, 200),
    serving=st.builds(lambda n: Tally(turns=200, bad={Signal.FALLBACK: n}), st.integers(0, 200)),
    candidate=st.builds(lambda n: Tally(turns=200, bad={Signal.FALLBACK: n}), st.integers(0, 200)),
)


def at(now_s: float) -> Seen:
    return Seen(now_s=now_s, compared=100, agreed=95, candidate=Tally(turns=100))


def phases(*seen: Seen, plan: TrialPlan = PLAN) -> list[Phase]:
    course, passed = Course(), []
    for moment in seen:
        course = advance(course, plan, moment)
        passed.append(course.phase)
    return passed


def test_a_sound_candidate_goes_through_each_stage_for_as_long_as_planned() -> None:
    assert phases(at(0), at(9.9), at(10), at(29.9), at(30), at(99)) == [
        *(Phase.SHADOW, Phase.SHADOW, Phase.CANARY, Phase.CANARY, Phase.SERVING, Phase.SERVING),
    ]


def test_a_stage_of_no_time_is_left_out() -> None:
    at_once = TrialPlan(shadow_for_s=0, canary_for_s=0)
    assert phases(at(0), plan=at_once) == [Phase.SERVING]
    assert phases(at(0), at(5), plan=replace(PLAN, shadow_for_s=0)) == [Phase.CANARY] * 2


@pytest.mark.parametrize(
    ("phase", "few", "enough"),
    [
        (Phase.SHADOW, Seen(now_s=0, compared=49, agreed=49), Phase.CANARY),
        (Phase.CANARY, Seen(now_s=0, candidate=Tally(turns=99)), Phase.SERVING),
    ],
)
def test_a_stage_that_saw_too_little_goes_on_and_ends_undecided(
    phase: Phase, few: Seen, enough: Phase
) -> None:
    plan = TrialPlan(shadow_for_s=60, canary_for_s=60, canary_share=0.1, longest=3)
    stage = Course(phase=phase, since_s=10)
    assert advance(stage, plan, replace(few, now_s=70)) == stage
    assert advance(stage, plan, replace(few, now_s=189)) == stage
    assert advance(stage, plan, at(69)) == stage
    assert advance(stage, plan, at(150)).phase is enough
    ended = advance(stage, plan, replace(few, now_s=190))
    assert ended.ending is Ending.TOO_FEW
    came, wanted = (49, 50) if phase is Phase.SHADOW else (99, 100)
    assert ended.reasons == (
        f"As a {phase.value} it had {came} requests in 3 minutes: too few to judge it, {wanted} "
        "are wanted. It stays a candidate.",
    )


def test_a_plan_may_want_no_requests_at_all() -> None:
    plan = replace(PLAN, least_compared=0, least_turns=0)
    nothing = [Seen(now_s=now_s) for now_s in (0, 10, 30)]
    assert phases(*nothing, plan=plan) == [Phase.SHADOW, Phase.CANARY, Phase.SERVING]


@pytest.mark.parametrize(
    ("fault", "ending"),
    [
        ({"consented": False}, Ending.CONSENT_ENDED),
        ({"parent_serves": False}, Ending.SERVING_CHANGED),
        ({"failure": "CONNECTION_LOST"}, Ending.DIED),
    ],
)
def test_it_ends_at_once_in_every_stage(fault: dict[str, object], ending: Ending) -> None:
    for reached in ([], [at(0)], [at(0), at(10)]):
        course = Course()
        for moment in reached:
            course = advance(course, PLAN, moment)
        ended = advance(course, PLAN, replace(at(11), **fault))  # type: ignore[arg-type]
        assert ended.phase is Phase.ENDED
        assert ended.ending is ending
        assert ended.reasons


def test_a_shadow_that_disagrees_never_answers_anybody() -> None:
    shadow = advance(Course(), PLAN, at(0))
    ended = advance(shadow, PLAN, replace(at(10), agreed=40))
    assert ended.ending is Ending.DISAGREES
    assert ended.reasons == ("As a shadow it agreed in 40.0%, 60.0% are wanted.",)


@pytest.mark.parametrize("compared", [4, 49])
def test_a_shadow_of_few_requests_that_disagrees_never_answers_anybody(compared: int) -> None:
    plan = replace(PLAN, least_compared=4)
    shadow = advance(Course(), plan, at(0))
    few = Seen(now_s=plan.shadow_for_s - 1, compared=compared)
    assert advance(shadow, plan, few) == shadow
    ended = advance(shadow, plan, replace(few, now_s=plan.shadow_for_s))
    assert (ended.phase, ended.ending) == (Phase.ENDED, Ending.DISAGREES)


def test_a_canary_that_is_clearly_worse_is_taken_out_before_its_time() -> None:
    canary = Course(phase=Phase.CANARY)
    worse = replace(
        at(1),
        serving=Tally(turns=900, bad={Signal.CORRECTION: 9}),
        candidate=Tally(turns=100, bad={Signal.CORRECTION: 25}),
    )
    ended = advance(canary, PLAN, worse)
    assert ended.ending is Ending.WORSE
    assert "people correct it more often: 25.0%" in ended.reasons[0]


@given(st.lists(MOMENTS, max_size=12))
def test_no_course_goes_back_or_past_a_stage_and_what_is_over_stays(moments: list[Seen]) -> None:
    course = Course()
    for moment in sorted(moments, key=lambda seen: seen.now_s):
        following = advance(course, PLAN, moment)
        if course.over:
            assert following == course
        step = ORDER.index(following.phase) - ORDER.index(course.phase)
        assert following.phase is Phase.ENDED or 0 <= step <= 1
        assert (following.ending is not None) == (following.phase is Phase.ENDED)
        if not moment.consented:
            assert following.phase is Phase.ENDED or course.phase is Phase.SERVING
        course = following


def test_a_plan_that_cannot_be_followed_is_refused() -> None:
    with pytest.raises(ValueError, match="TrialPlan needs"):
        TrialPlan(canary_share=1.5)
    with pytest.raises(ValueError, match="TrialPlan needs"):
        TrialPlan(least_turns=-1)
    with pytest.raises(ValueError, match="TrialPlan needs"):
        TrialPlan(longest=0.5)
