"""What somebody who waits for a trial is told: requests of those that are wanted, and time left."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from training_loop.commands.watching import counts_of, in_words, time_left, trial_bars
from training_loop.registry.course import Course, Phase, TrialPlan
from training_loop.registry.pointer import Stage
from training_loop.registry.trial_board import CANARY as ARM
from training_loop.registry.trial_board import COMPARED, TURNS, Trial, TrialState

PLAN = TrialPlan(
    shadow_for_s=600.0, canary_for_s=3600.0, least_compared=50, least_turns=100, longest=10.0
)
SHADOW = Course(phase=Phase.SHADOW, since_s=1000.0)
CANARY = Course(phase=Phase.CANARY, since_s=2000.0)


def _state(*, compared: int, turns: int = 0) -> TrialState:
    trial = Trial(trial="t", model="nlu-1", stage=Stage.SHADOW, canary_share=0.05, shadow_share=1.0)
    return TrialState(trial=trial, counts={COMPARED: compared, f"{ARM}:{TURNS}": turns})


def test_a_stage_counts_what_it_is_judged_by() -> None:
    state = _state(compared=12, turns=34)
    assert counts_of(Phase.SHADOW, PLAN, state) == (12, 50)
    assert counts_of(Phase.CANARY, PLAN, state) == (34, 100)
    assert counts_of(Phase.SHADOW, PLAN, None) == (0, 50)


@pytest.mark.parametrize(
    ("course", "now_s", "enough", "said"),
    [
        (SHADOW, 1000.0, False, "10 min left"),
        (SHADOW, 1555.0, True, "45 s left"),
        (CANARY, 2000.0 + 1800, False, "30 min left"),
        (SHADOW, 1600.0, True, "about to end"),
        (SHADOW, 1600.0, False, "too few requests: it goes on for 1.5 h at most"),
        (CANARY, 2000.0 + 3600, False, "too few requests: it goes on for 9.0 h at most"),
        (SHADOW, 99_999.0, False, "too few requests: it goes on for 0 s at most"),
    ],
)
def test_the_time_left_is_until_a_stage_may_end_or_must(
    course: Course, now_s: float, enough: bool, said: str
) -> None:
    assert time_left(course, PLAN, now_s, enough=enough) == said


def test_the_stage_that_a_trial_is_in_has_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also with more requests than were wanted."""
    screen = io.StringIO()
    terminal = Console(file=screen, force_terminal=True, width=120)
    monkeypatch.setattr("training_loop.commands.watching.err", terminal)
    with trial_bars(PLAN, clock=lambda: 1300.0) as tell:
        tell(SHADOW, None)
        tell(SHADOW, _state(compared=12))
        tell(CANARY, _state(compared=60, turns=400))
        tell(Course(phase=Phase.SERVING), None)
    assert "100/100" in screen.getvalue()
    assert "72 min left" in screen.getvalue()


def test_times_are_as_coarse_as_it_matters() -> None:
    assert [in_words(one) for one in (45, 720, 12_600)] == ["45 s", "12 min", "3.5 h"]
