"""Reviewing over the wire: lent within limits, refused with clear codes, ended by an opt-out."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
import pytest

from tests.fixtures.services import bearer, refusal, refused
from tests.fixtures.store import opt_out
from tests.wire.review_console import UNDO_LONG_MS, ReviewDesk, Seat, limited
from training_loop.access import Kind
from training_loop.review.checks import CheckRate
from training_loop.review.settings import ReviewSettings
from training_loop.v1 import review_pb2 as pb

SAID = "set a timer for ten minutes"
ALWAYS = ReviewSettings(checks=CheckRate(usual=1, early=1))


def _lent(answer: Any) -> Any:
    assert answer.outcome == pb.LeaseTaskResponse.LENT, answer.outcome
    return answer.task


async def test_two_who_agree_make_gold_that_the_lap_reads(review_desk: ReviewDesk) -> None:
    await review_desk.clips([SAID])
    one, other = await review_desk.seat(), await review_desk.seat()
    duration = pb.MarkedEntity(name="duration", start=16, end=27)
    await one.review(SAID, entities=[duration])
    await other.review(
        "Set a timer for 10 minutes.", entities=[pb.MarkedEntity(name="duration", start=16, end=26)]
    )
    await review_desk.settled(1)
    (gold,) = [item async for item in review_desk.loop.queue.reviewed()]
    assert (gold.review.text, gold.review.intent) == (SAID, "set_timer")
    assert [entity.value for entity in gold.review.entities] == ["ten minutes"]


async def test_who_disagree_are_settled_by_an_adjudicator_who_sees_both(
    review_desk: ReviewDesk,
) -> None:
    await review_desk.clips([SAID])
    one, other = await review_desk.seat(), await review_desk.seat()
    adjudicator = await review_desk.seat(Kind.ADJUDICATOR)
    assert (await adjudicator.lease()).outcome == pb.LeaseTaskResponse.NOTHING_WAITS
    await one.review(SAID)
    await other.review("set a timer for two minutes")
    await review_desk.settled(1)
    task = _lent(await adjudicator.lease())
    assert task.stage == pb.REVIEW_STAGE_ADJUDICATION
    assert sorted(opinion.text for opinion in task.opinions) == [
        SAID,
        "set a timer for two minutes",
    ]
    assert one.who.pseudonym not in str(task)
    await adjudicator.submit(task.task, SAID)
    await review_desk.settled(1)
    (gold,) = [item async for item in review_desk.loop.queue.reviewed()]
    assert gold.review.text == SAID
    engineer = await review_desk.seat(Kind.ML_ENGINEER)
    found = await engineer.call("GetReviewStatistics", pb.GetReviewStatisticsRequest())
    agreement = {one.pseudonym: one.agreement for one in found.reviewers}
    assert agreement[one.who.pseudonym] == 1.0
    assert agreement[other.who.pseudonym] == 0.0
    assert (found.offered, found.adjudicated) == (1, 1)
    assert not found.HasField("text_alpha")
    assert SAID not in str(found)


@pytest.mark.parametrize(
    "review_desk", [{"settings": limited(clips=2), "undo_ms": UNDO_LONG_MS}], indirect=True
)
async def test_the_cap_of_a_shift_holds_and_undoing_gives_back(review_desk: ReviewDesk) -> None:
    await review_desk.clips([SAID, "stop", "cancel"])
    seat = await review_desk.seat()
    await seat.review(SAID)
    last = await seat.review("stop", "stop")
    assert (await seat.lease()).outcome == pb.LeaseTaskResponse.CAP_REACHED
    task = await seat.call("UndoReview", pb.UndoReviewRequest(task=last))
    assert task.state == pb.TASK_STATE_OPEN
    shift = await seat.call("GetMyShift", pb.GetMyShiftRequest())
    assert (shift.done, shift.left) == (1, 1)
    await seat.call("SkipTask", pb.SkipTaskRequest(task=task.task))
    shift = await seat.call("GetMyShift", pb.GetMyShiftRequest())
    assert (shift.done, shift.skipped, shift.left) == (1, 1, 0)
    assert (await seat.lease()).outcome == pb.LeaseTaskResponse.CAP_REACHED


async def test_nothing_is_lent_before_a_shift(review_desk: ReviewDesk) -> None:
    await review_desk.clips([SAID])
    seat = Seat(who=await review_desk.office.colleague(Kind.REVIEWER), stub=review_desk.stub)
    assert (await seat.lease()).outcome == pb.LeaseTaskResponse.NO_SHIFT
    shift = await seat.call("GetMyShift", pb.GetMyShiftRequest())
    assert not shift.on_shift
    assert shift.help


@pytest.mark.parametrize("review_desk", [{"settings": limited(work_s=0.001)}], indirect=True)
async def test_a_break_is_due_and_holds(review_desk: ReviewDesk) -> None:
    await review_desk.clips([SAID])
    seat = await review_desk.seat()
    async with asyncio.timeout(60):
        while (await seat.lease()).outcome != pb.LeaseTaskResponse.BREAK_DUE:
            pass
    shift = await seat.call("GetMyShift", pb.GetMyShiftRequest())
    assert 590 < shift.break_left.ToSeconds() <= 600
    assert await refused(seat.call("StartShift", pb.StartShiftRequest())) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "BREAK_NOT_OVER",
        "Take the rest of the break; GetMyShift says how long it is.",
    )


async def test_the_pace_is_told_to_its_owner_alone(review_desk: ReviewDesk) -> None:
    await review_desk.clips([SAID])
    seat = await review_desk.seat()
    await seat.review(SAID)
    shift = await seat.call("GetMyShift", pb.GetMyShiftRequest())
    assert shift.HasField("median_time")
    auditor = await review_desk.seat(Kind.AUDITOR)
    found = await auditor.call("GetReviewStatistics", pb.GetReviewStatisticsRequest())
    names = {name for one in found.reviewers for name in one.DESCRIPTOR.fields_by_name}
    assert not {name for name in names if "time" in name or "pace" in name}


@pytest.mark.parametrize("review_desk", [{"undo_ms": UNDO_LONG_MS}], indirect=True)
async def test_a_repeated_submission_counts_once(review_desk: ReviewDesk) -> None:
    await review_desk.clips([SAID])
    seat = await review_desk.seat()
    task = await seat.review(SAID)
    await seat.submit(task, SAID)
    shift = await seat.call("GetMyShift", pb.GetMyShiftRequest())
    assert shift.done == 1


_BAD = [
    ({"text": ""}, "content.text"),
    ({"text": "x" * 1001}, "content.text"),
    ({"text": "two\nlines"}, "content.text"),
    ({"text": "<script>alert(1)</script>"}, "content.text"),
    ({"text": "say [this](name)"}, "content.text"),
    ({"intent": "no_such_intent"}, "content.intent"),
    ({"intent": ""}, "content.intent"),
    ({"entities": [pb.MarkedEntity(name="duration", start=5, end=900)]}, "content.entities"),
    ({"entities": [pb.MarkedEntity(name="duration", start=3, end=3)]}, "content.entities"),
    ({"entities": [pb.MarkedEntity(name="no_such", start=0, end=3)]}, "content.entities"),
    ({"entities": [pb.MarkedEntity(name="a b", start=0, end=3)]}, "content.entities"),
    ({"entities": [pb.MarkedEntity(name="duration", start=0, end=3)] * 2}, "content.entities"),
    ({"entities": [pb.MarkedEntity(name="duration", start=0, end=3)] * 51}, "content.entities"),
]


@pytest.mark.parametrize(("content", "field"), _BAD)
async def test_a_review_that_cannot_be_is_refused_by_its_field(
    review_desk: ReviewDesk, content: dict[str, Any], field: str
) -> None:
    await review_desk.clips([SAID])
    seat = await review_desk.seat()
    task = _lent(await seat.lease())
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await seat.submit(task.task, **{"text": SAID, "intent": "set_timer", **content})
    error = refusal(caught.value)
    assert (error.status, error.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    assert field in error.hint
    assert SAID not in str(caught.value)
    await seat.submit(task.task, SAID)


async def test_what_is_set_aside_needs_no_text(review_desk: ReviewDesk) -> None:
    await review_desk.clips([SAID, SAID])
    one, other = await review_desk.seat(), await review_desk.seat()
    for seat in (one, other):
        await seat.review("", "", unusable=True)
        await seat.review("", "", not_for_assistant=True)
    await review_desk.settled(2)
    assert [item async for item in review_desk.loop.queue.reviewed()] == []


@pytest.mark.parametrize("task", ["", "made up", "x" * 600])
async def test_a_forged_task_tells_nothing(review_desk: ReviewDesk, task: str) -> None:
    seat = await review_desk.seat()
    error = await refused(seat.call("SkipTask", pb.SkipTaskRequest(task=task)))
    assert error.reason in {"INVALID_FIELD", "TASK_UNKNOWN"}
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await seat.stream("StreamClip", pb.StreamClipRequest(task=task)).read()
    assert refusal(caught.value).reason == error.reason


async def test_a_task_is_good_for_the_one_it_was_lent_to(review_desk: ReviewDesk) -> None:
    await review_desk.clips([SAID])
    one, other = await review_desk.seat(), await review_desk.seat()
    task = _lent(await one.lease()).task
    error = await refused(other.submit(task, SAID))
    assert (error.status, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "TASK_UNKNOWN")


async def test_an_opt_out_ends_the_player_and_the_watch(review_desk: ReviewDesk) -> None:
    account = await review_desk.clips([SAID], seconds=20)
    seat = await review_desk.seat()
    task = _lent(await seat.lease())
    watch = aiter(seat.stream("WatchTask", pb.WatchTaskRequest(task=task.task)))
    assert (await anext(watch)).state == pb.TASK_STATE_OPEN
    play = aiter(seat.stream("StreamClip", pb.StreamClipRequest(task=task.task)))
    assert len((await anext(play)).pcm) == 3200
    await opt_out(review_desk.loop, account)
    played_s = 0.1
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async with asyncio.timeout(60):
            async for chunk in play:
                played_s += len(chunk.pcm) / 32_000
    assert refusal(caught.value)[:2] == (grpc.StatusCode.FAILED_PRECONDITION, "TASK_WITHDRAWN")
    assert (await anext(watch)).state == pb.TASK_STATE_WITHDRAWN
    assert played_s < 10, "of twenty seconds"
    assert [status async for status in watch] == []
    assert (await refused(seat.submit(task.task, SAID))).reason == "TASK_WITHDRAWN"


async def test_signing_out_ends_the_player(review_desk: ReviewDesk) -> None:
    await review_desk.clips([SAID], seconds=20)
    seat = await review_desk.seat()
    task = _lent(await seat.lease())
    play = aiter(seat.stream("StreamClip", pb.StreamClipRequest(task=task.task)))
    await anext(play)
    caller = await review_desk.loop.staff.sessions.verify(seat.token)
    await review_desk.loop.staff.sessions.end(caller.staff, caller.session)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async with asyncio.timeout(60):
            async for _ in play:
                pass
    assert refusal(caught.value)[:2] == (grpc.StatusCode.UNAUTHENTICATED, "SESSION_ENDED")
    assert (await refused(seat.lease())).status == grpc.StatusCode.UNAUTHENTICATED


async def test_a_member_has_few_streams(review_desk: ReviewDesk) -> None:
    await review_desk.clips([SAID])
    seat = await review_desk.seat()
    task = _lent(await seat.lease()).task
    watches = [seat.stream("WatchTask", pb.WatchTaskRequest(task=task)) for _ in range(4)]
    for watch in watches:
        await watch.read()
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await seat.stream("WatchTask", pb.WatchTaskRequest(task=task)).read()
    assert refusal(caught.value)[:2] == (
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "TOO_MANY_STREAMS",
    )
    for watch in watches:
        watch.cancel()


async def test_a_watch_tells_of_the_submission_and_ends_with_the_task(
    review_desk: ReviewDesk,
) -> None:
    await review_desk.clips([SAID])
    seat = await review_desk.seat()
    task = _lent(await seat.lease()).task
    watch = aiter(seat.stream("WatchTask", pb.WatchTaskRequest(task=task)))
    states = [(await anext(watch)).state]
    await seat.submit(task, SAID)
    states += [status.state async for status in watch]
    assert states[0] == pb.TASK_STATE_OPEN
    assert states[-1] == pb.TASK_STATE_ENDED


async def test_undoing_too_late_is_refused(review_desk: ReviewDesk) -> None:
    await review_desk.clips([SAID])
    one, other = await review_desk.seat(), await review_desk.seat()
    task = await one.review(SAID)
    await other.review(SAID)
    await review_desk.settled(1)
    error = await refused(one.call("UndoReview", pb.UndoReviewRequest(task=task)))
    assert error.reason == "TASK_EXPIRED"


@pytest.mark.parametrize("review_desk", [{"settings": ALWAYS}], indirect=True)
async def test_who_says_the_same_of_everything_is_held_and_released(
    review_desk: ReviewDesk,
) -> None:
    texts = ["stop", "what time is it", "cancel", "help", "tell me a joke", "mute", "good morning"]
    await review_desk.clips(texts, check=True)
    honest = [await review_desk.seat(), await review_desk.seat()]
    for seat in honest:
        for _ in texts:
            task = _lent(await seat.lease())
            await seat.submit(task.task, " ".join(word.text for word in task.words))
    await review_desk.settled(len(texts))
    lazy = await review_desk.seat()
    outcomes = []
    for number in range(len(texts)):
        lent = await lazy.lease()
        outcomes.append(lent.outcome)
        if lent.outcome != pb.LeaseTaskResponse.LENT:
            break
        assert lent.task.stage == pb.REVIEW_STAGE_REVIEW
        assert not lent.task.opinions
        await lazy.submit(lent.task.task, "whatever you like")
        await review_desk.settled(1)
        assert number < len(texts)
    assert outcomes == [pb.LeaseTaskResponse.LENT] * 5 + [pb.LeaseTaskResponse.HELD]
    engineer = await review_desk.seat(Kind.ML_ENGINEER)
    found = await engineer.call("GetReviewStatistics", pb.GetReviewStatisticsRequest())
    (held,) = [one for one in found.reviewers if one.held]
    assert (held.pseudonym, held.checks, held.check_accuracy) == (lazy.who.pseudonym, 5, 0.0)
    released = await engineer.call(
        "ReleaseReviewer", pb.ReleaseReviewerRequest(pseudonym=held.pseudonym)
    )
    assert not released.held
    assert (await lazy.lease()).outcome == pb.LeaseTaskResponse.LENT
    unknown = engineer.call("ReleaseReviewer", pb.ReleaseReviewerRequest(pseudonym="nobody"))
    assert (await refused(unknown)).reason == "NO_SUCH_REVIEWER"


async def test_a_distressing_clip_goes_to_the_officers_and_its_reporter_sees_it_taken(
    review_desk: ReviewDesk,
) -> None:
    await review_desk.clips([SAID])
    seat, officer = await review_desk.seat(), await review_desk.seat(Kind.SAFETY_OFFICER)
    task = _lent(await seat.lease()).task
    request = pb.ReportClipRequest(task=task, report=pb.CLIP_REPORT_DISTRESSING, request_id="r")
    reported = await seat.call("ReportClip", request)
    assert reported.case_reference
    assert not reported.deleted
    shift = await seat.call("GetMyShift", pb.GetMyShiftRequest())
    assert (shift.reported, shift.cases_waiting, shift.cases_taken) == (1, 1, 0)
    (listed,) = (await officer.call("ListCases", pb.ListCasesRequest())).cases
    assert (listed.state, list(listed.words)) == (pb.SafetyCase.WAITING, [])
    case = listed.case_reference
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await officer.stream("StreamCaseClip", pb.StreamCaseClipRequest(case_reference=case)).read()
    assert refusal(caught.value).reason == "CASE_NOT_YOURS"
    taken = await officer.call("TakeCase", pb.TakeCaseRequest(case_reference=case))
    assert [word.text for word in taken.words] == SAID.split()
    heard = officer.stream("StreamCaseClip", pb.StreamCaseClipRequest(case_reference=case))
    assert sum([len(chunk.pcm) async for chunk in heard]) == 9600
    shift = await seat.call("GetMyShift", pb.GetMyShiftRequest())
    assert (shift.cases_waiting, shift.cases_taken) == (0, 1)
    closing = pb.CloseCaseRequest(case_reference=case, request_id="c")
    assert (await refused(officer.call("CloseCase", closing))).reason == "INVALID_FIELD"
    closing.disposition = pb.CloseCaseRequest.NO_ACTION
    closed = await officer.call("CloseCase", closing)
    assert (closed.state, list(closed.words)) == (pb.SafetyCase.CLOSED, [])
    assert not (await officer.call("ListCases", pb.ListCasesRequest())).cases
    found = await review_desk.stub.GetTransparencyFigures(pb.GetTransparencyFiguresRequest())
    assert found.escalations == 1


async def test_a_false_wake_is_deleted_and_not_reviewed(review_desk: ReviewDesk) -> None:
    await review_desk.clips([SAID])
    one, other = await review_desk.seat(), await review_desk.seat()
    task = _lent(await one.lease()).task
    unsaid = one.call("ReportClip", pb.ReportClipRequest(task=task))
    assert (await refused(unsaid)).reason == "INVALID_FIELD"
    request = pb.ReportClipRequest(task=task, report=pb.CLIP_REPORT_FALSE_WAKE)
    reported = await one.call("ReportClip", request)
    assert reported.deleted
    assert not reported.case_reference
    assert (await other.lease()).outcome == pb.LeaseTaskResponse.NOTHING_WAITS


async def test_the_figures_are_for_everybody_and_name_nobody(review_desk: ReviewDesk) -> None:
    account = await review_desk.clips([SAID])
    seat = await review_desk.seat()
    task = _lent(await seat.lease()).task
    async for _ in seat.stream("StreamClip", pb.StreamClipRequest(task=task)):
        pass
    await review_desk.loop.rights.delete_account(account)
    found = await review_desk.stub.GetTransparencyFigures(pb.GetTransparencyFiguresRequest())
    assert (found.listens, found.erasures, found.escalations) == (1, 1, 0)
    assert found.median_erasure.ToMilliseconds() > 0
    assert found.since.seconds > 0
    assert "acc_" not in str(found)


async def test_there_is_no_sampling_report_before_the_first_round(review_desk: ReviewDesk) -> None:
    auditor = await review_desk.seat(Kind.AUDITOR)
    error = await refused(auditor.call("GetSamplingReport", pb.GetSamplingReportRequest()))
    assert (error.status, error.reason) == (grpc.StatusCode.NOT_FOUND, "NO_ROUND_YET")


async def test_the_ontology_is_that_of_the_domain(review_desk: ReviewDesk) -> None:
    seat = await review_desk.seat()
    found = await seat.call("GetOntology", pb.GetOntologyRequest())
    assert "set_timer" in found.intents
    assert "duration" in found.entities
    assert "added" in found.roles


async def test_an_administrator_sees_nothing_of_a_clip(review_desk: ReviewDesk) -> None:
    await review_desk.clips([SAID])
    seat = Seat(who=await review_desk.office.colleague(Kind.ADMINISTRATOR), stub=review_desk.stub)
    assert (await refused(seat.lease())).status == grpc.StatusCode.PERMISSION_DENIED
    assert bearer(seat.token)
