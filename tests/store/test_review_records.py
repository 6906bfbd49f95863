"""Shifts and records of reviewers in a real store: counted once, by its clock, bounded."""

from __future__ import annotations

import asyncio

import pytest

from training_loop.loop import Loop
from training_loop.review.checks import SAME_IN_A_ROW
from training_loop.review.reviewer_record import ReviewerRecords
from training_loop.review.settlement import AnsweredCheck, Settlement, Voice
from training_loop.review.shift import Act, Admission, BreakNotOver, ShiftLimits
from training_loop.review.shifts import Shifts
from training_loop.review.task import Opinion, Verdict, VerdictOutcome
from training_loop.store import keys

RIGHT = Opinion(text="ten minutes", intent="set_timer")
WRONG = Opinion(text="tin minutes", intent="set_timer")


def _settlement(name: str, one: Opinion, other: Opinion, by: Opinion | None = None) -> Settlement:
    outcome = VerdictOutcome.ADJUDICATED if by else VerdictOutcome.AGREED
    if not by and one != other:
        outcome = VerdictOutcome.DISAGREED
    truth = by or (one if outcome is VerdictOutcome.AGREED else None)
    return Settlement(
        settlement=name,
        reviewers=(Voice(staff="stf_a", opinion=one), Voice(staff="stf_b", opinion=other)),
        adjudicator=Voice(staff="stf_c", opinion=by) if by else None,
        verdict=Verdict(outcome=outcome, opinion=truth),
    )


async def test_a_settlement_told_again_counts_once(loop: Loop) -> None:
    records = ReviewerRecords(loop.store)
    for _ in range(3):
        await records.settled(_settlement("one", RIGHT, RIGHT))
    one, other = await records.all()
    assert (one.compared, one.agreed, other.agreed) == (1, 1, 1)
    assert len(await records.pairs()) == 1


async def test_who_was_right_is_counted_when_it_is_known(loop: Loop) -> None:
    records = ReviewerRecords(loop.store)
    await records.settled(_settlement("one", RIGHT, WRONG))
    assert (await records.of("stf_a")).compared == 0
    await records.settled(_settlement("one", RIGHT, WRONG, by=RIGHT))
    assert (await records.of("stf_a")).agreement == 1.0
    assert (await records.of("stf_b")).agreement == 0.0
    (pair,) = await records.pairs()
    assert pair.texts[0] != pair.texts[1]
    assert pair.meanings[0] == pair.meanings[1]


async def test_a_reviewer_who_fails_the_checks_is_held_until_released(loop: Loop) -> None:
    records = ReviewerRecords(loop.store)
    for number in range(5):
        check = AnsweredCheck(
            check=f"check-{number}", voice=Voice(staff="stf_a", opinion=WRONG), truth=RIGHT
        )
        assert not (await records.of("stf_a")).held
        await records.checked(check)
        await records.checked(check)
    held = await records.of("stf_a")
    assert (held.checks, held.check_accuracy, held.held) == (5, 0.0, True)
    released = await records.release("stf_a")
    assert (released.checks, released.held) == (5, False)


async def test_one_text_for_everything_is_held_whatever_comes_then(loop: Loop) -> None:
    shifts, records = Shifts(loop.store, ShiftLimits()), ReviewerRecords(loop.store)
    await shifts.start("stf_a")
    for number in range(SAME_IN_A_ROW):
        assert not (await records.of("stf_a")).held
        await shifts.acted("stf_a", f"task-{number}", Act.DONE, said=records.said(RIGHT))
    await shifts.acted("stf_a", "task-last", Act.DONE, said=records.said(WRONG))
    assert (await records.of("stf_a")).held


async def test_different_texts_are_not_held(loop: Loop) -> None:
    shifts, records = Shifts(loop.store, ShiftLimits()), ReviewerRecords(loop.store)
    for number in range(2 * SAME_IN_A_ROW):
        said = records.said(RIGHT if number % 3 else WRONG)
        await shifts.acted("stf_a", f"task-{number}", Act.DONE, said=said)
    assert not (await records.of("stf_a")).held


async def test_nothing_that_was_said_is_in_any_record(loop: Loop) -> None:
    shifts, records = Shifts(loop.store, ShiftLimits()), ReviewerRecords(loop.store)
    await shifts.acted("stf_a", "task", Act.DONE, said=records.said(RIGHT))
    await records.settled(_settlement("one", RIGHT, WRONG))
    for key in await loop.store.keys("*"):
        dumped = bytes(await loop.store.dump(key) or b"")
        assert b"minutes" not in dumped
        assert b"set_timer" not in dumped


async def test_a_shift_caps_what_is_done_and_starting_again_does_not_help(loop: Loop) -> None:
    shifts = Shifts(loop.store, ShiftLimits(clips=3))
    assert (await shifts.now("stf_a")).admission is Admission.NO_SHIFT
    assert (await shifts.start("stf_a")).admission is Admission.ADMITTED
    for number, act in enumerate((Act.DONE, Act.SKIPPED, Act.REPORTED)):
        await shifts.lent("stf_a")
        await shifts.acted("stf_a", f"task-{number}", act)
        await shifts.acted("stf_a", f"task-{number}", act)
    assert (await shifts.start("stf_a")).admission is Admission.CAP_REACHED
    await shifts.undone("stf_a", "task-1")
    await shifts.undone("stf_a", "task-1")
    after = await shifts.now("stf_a")
    assert (after.shift.done, after.shift.skipped, after.shift.reported) == (1, 0, 1)
    assert after.admission is Admission.ADMITTED
    assert (await shifts.now("stf_b")).admission is Admission.NO_SHIFT


async def test_a_break_cannot_be_cut_short(loop: Loop) -> None:
    shifts = Shifts(loop.store, ShiftLimits(work_s=0.001, break_s=600))
    await shifts.start("stf_a", text_first=True)
    async with asyncio.timeout(60):
        while (await shifts.now("stf_a")).admission is not Admission.BREAK_DUE:  # noqa: ASYNC110
            await asyncio.sleep(0)
    with pytest.raises(BreakNotOver):
        await shifts.start("stf_a")
    assert (await shifts.now("stf_a")).shift.text_first


async def test_a_shift_goes_when_it_is_over(loop: Loop) -> None:
    shifts = Shifts(loop.store, ShiftLimits(length_s=700))
    await shifts.start("stf_a")
    await shifts.lent("stf_a")
    await shifts.acted("stf_a", "task", Act.DONE)
    assert len((await shifts.now("stf_a")).shift.paces_ms) == 1
    assert 0 < await loop.store.ttl(keys.review_shift("stf_a")) <= 700


async def test_a_member_who_leaves_takes_the_record_along(loop: Loop) -> None:
    shifts, records = Shifts(loop.store, ShiftLimits()), ReviewerRecords(loop.store)
    await shifts.start("stf_a")
    await shifts.acted("stf_a", "task", Act.DONE)
    await records.forget("stf_a")
    assert await records.all() == ()
    assert not await loop.store.exists(keys.review_shift("stf_a"))
