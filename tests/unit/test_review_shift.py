"""Nobody listens for longer than the limits of a shift allow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training_loop.errors import InvalidArgument
from training_loop.review.shift import Admission, Shift, ShiftLimits

LIMITS = ShiftLimits(clips=3, work_s=50, break_s=10, length_s=1000)
NOW = 1_000_000


def _shift(*, last_ms: int = NOW, done: int = 0, skipped: int = 0, reported: int = 0) -> Shift:
    return Shift(
        start_ms=NOW,
        stretch_ms=NOW,
        last_ms=last_ms,
        done=done,
        skipped=skipped,
        reported=reported,
    )


def test_without_a_shift_nothing_is_lent() -> None:
    assert Shift().admission(NOW, LIMITS) is Admission.NO_SHIFT
    assert _shift().admission(NOW + 1_000_000, LIMITS) is Admission.NO_SHIFT
    assert _shift().admission(NOW, LIMITS) is Admission.ADMITTED


@given(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3))
def test_every_clip_counts_whatever_became_of_it(done: int, skipped: int, reported: int) -> None:
    shift = _shift(done=done, skipped=skipped, reported=reported)
    full = done + skipped + reported >= LIMITS.clips
    assert (shift.admission(NOW, LIMITS) is Admission.CAP_REACHED) == full
    assert shift.left(LIMITS) == max(0, 3 - done - skipped - reported)


def test_a_break_is_due_after_a_stretch_and_begins_with_the_last_clip() -> None:
    shift = _shift(last_ms=NOW + 48_000)
    assert shift.until_break_s(NOW + 49_000, LIMITS) == 1
    assert shift.break_left_s(NOW + 49_000, LIMITS) == 0
    assert shift.admission(NOW + 50_000, LIMITS) is Admission.BREAK_DUE
    assert shift.break_left_s(NOW + 50_000, LIMITS) == 8
    assert shift.admission(NOW + 58_000, LIMITS) is Admission.ADMITTED


def test_who_rested_by_themselves_begins_a_new_stretch() -> None:
    shift = _shift(last_ms=NOW)
    assert shift.until_break_s(NOW + 10_000, LIMITS) == LIMITS.work_s


@given(st.integers(0, 200_000), st.integers(0, 60_000))
def test_a_break_is_due_exactly_where_no_work_is_left(at: int, last: int) -> None:
    shift = _shift(last_ms=NOW + last)
    now = NOW + last + at
    if shift.break_left_s(now, LIMITS) > 0:
        assert shift.until_break_s(now, LIMITS) == 0
        assert not shift.rested(now, LIMITS)


def test_the_pace_is_the_median_and_is_not_shown_in_a_repr() -> None:
    shift = Shift.read({"start_ms": "1", "paces_ms": "1000 9000 2000", "text_first": "1"})
    assert (shift.median_s, shift.text_first) == (2.0, True)
    assert "9000" not in repr(shift)
    assert Shift().median_s is None


def test_limits_that_protect_nobody_are_refused() -> None:
    for clips, work_s, break_s in ((0, 50, 10), (3, 0, 10), (3, 50, 0), (3, 50, 1000)):
        with pytest.raises(InvalidArgument):
            ShiftLimits(clips=clips, work_s=work_s, break_s=break_s, length_s=1000)
