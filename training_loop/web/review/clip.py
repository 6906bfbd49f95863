"""The console: one clip at a time."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import grpc
from starlette.responses import Response

from training_loop.v1 import review_pb2 as pb
from training_loop.v1 import review_pb2_grpc
from training_loop.web.backend import CallRefused
from training_loop.web.review import marks
from training_loop.web.review.player import state_of
from training_loop.web.review.shift_view import PAUSES, shown_shift
from training_loop.web.review.task_view import (
    REASONS,
    Draft,
    first_draft,
    milliseconds,
    picks_of,
    waveform_of,
    words_of,
)
from training_loop.web.visit import Visit

CLIP: Final = "/review/clip"
DESK: Final = "/review"
_SENT: Final = frozenset({"submitted", "skipped"})
_REPORTS: Mapping[str, Any] = {
    "distressing": pb.CLIP_REPORT_DISTRESSING,
    "suspected_crime": pb.CLIP_REPORT_SUSPECTED_CRIME,
    "child_voice": pb.CLIP_REPORT_CHILD_VOICE,
    "false_wake": pb.CLIP_REPORT_FALSE_WAKE,
}
_LOST = frozenset({"TASK_WITHDRAWN", "TASK_EXPIRED", "TASK_UNKNOWN"})
_NOT_ACCEPTED: Final = (
    "That could not be accepted. Is the meaning one of the list, and is each kind of marked words?"
)


async def show(visit: Visit) -> Response:
    """The open clip, or the next one: asking again returns the same. With `sent`, the way back to
    the one before."""
    query = visit.request.query_params
    return await _console(visit, sent=query.get("sent", ""), how=query.get("how", ""))


async def submit(visit: Visit) -> Response:
    task, draft = visit.form.get("task", ""), marks.draft_of(visit.form)
    request_id = visit.form.get("request_id", "")[:64]
    try:
        content = marks.content_of(draft)
        request = pb.SubmitReviewRequest(task=task, content=content, request_id=request_id)
        await visit.call(_review(visit).SubmitReview, request)
    except marks.NotComplete as wrong:
        return await _console(visit, draft=draft, of=task, problem=wrong.problem)
    except CallRefused as no:
        if no.status is grpc.StatusCode.INVALID_ARGUMENT:
            return await _console(visit, draft=draft, of=task, problem=_NOT_ACCEPTED)
        return _lost(visit, no)
    return _after(visit, task, "submitted")


async def skip(visit: Visit) -> Response:
    """Not for me; nobody asks why."""
    task = visit.form.get("task", "")
    try:
        await visit.call(_review(visit).SkipTask, pb.SkipTaskRequest(task=task))
    except CallRefused as no:
        return _lost(visit, no)
    return _after(visit, task, "skipped")


async def undo(visit: Visit) -> Response:
    """The clip before is open again; the one in front goes back to where it was."""
    request = pb.UndoReviewRequest(task=visit.form.get("task", ""))
    try:
        await visit.call(_review(visit).UndoReview, request)
    except CallRefused as no:
        if no.reason in _LOST:
            return visit.to(CLIP, "too-late")
        raise
    return visit.to(CLIP, "undone")


async def report(visit: Visit) -> Response:
    chosen = _REPORTS.get(visit.form.get("report", ""))
    if chosen is None:
        return await _console(visit, problem="Say why the clip should leave the queue.")
    request = pb.ReportClipRequest(
        task=visit.form.get("task", ""),
        report=chosen,
        request_id=visit.form.get("request_id", "")[:64],
    )
    try:
        found = await visit.call(_review(visit).ReportClip, request)
    except CallRefused as no:
        return _lost(visit, no)
    return visit.to(DESK, "deleted" if found.deleted else "handed-on")


async def _console(
    visit: Visit,
    *,
    sent: str = "",
    how: str = "",
    draft: Draft | None = None,
    of: str = "",
    problem: str = "",
) -> Response:
    review = _review(visit)
    undo = await _undoable(visit, sent, how)
    lent = await visit.call(review.LeaseTask, pb.LeaseTaskRequest())
    shift, ontology = await asyncio.gather(
        visit.call(review.GetMyShift, pb.GetMyShiftRequest()),
        visit.call(review.GetOntology, pb.GetOntologyRequest()),
    )
    shared: dict[str, Any] = {"shift": shown_shift(shift), "undo": undo, "problem": problem}
    if lent.outcome != pb.LeaseTaskResponse.LENT:
        return visit.page("pause.html", pause=PAUSES[lent.outcome], **shared)
    task = lent.task
    kept = draft if draft is not None and of == task.task else None
    return visit.page(
        "clip.html",
        status=422 if problem else 200,
        **_shown(task),
        draft=kept or first_draft(task),
        intents=ontology.intents,
        entities=ontology.entities,
        roles=ontology.roles,
        request_id=secrets.token_hex(16),
        most_entities=marks.MOST_ENTITIES,
        **shared,
    )


def _shown(task: pb.ReviewTask) -> dict[str, Any]:
    """What the page says of the clip itself."""
    return {
        "task": task.task,
        "adjudicates": task.stage == pb.REVIEW_STAGE_ADJUDICATION,
        "has_sound": task.level == pb.DEIDENTIFICATION_LEVEL_ALTERED_VOICE,
        "reason": REASONS.get(task.reason, ""),
        "clip_ms": milliseconds(task.clip_duration),
        "words": words_of(task),
        "picks": picks_of(task),
        "waveform": waveform_of(task),
    }


async def _undoable(visit: Visit, sent: str, how: str) -> Mapping[str, Any] | None:
    """The way back to the clip that was sent before, while there is one."""
    state, left_s = await state_of(visit, sent) if sent else ("", 0.0)
    if state != "undoable" or left_s <= 0:
        return None
    return {"task": sent, "left_s": left_s, "how": how if how in _SENT else "submitted"}


def _after(visit: Visit, task: str, how: str) -> Response:
    return visit.to(f"{CLIP}?{urlencode({'sent': task, 'how': how})}")


def _lost(visit: Visit, refused: CallRefused) -> Response:
    """What was lost is said kindly, and the next clip is at hand."""
    if refused.reason == "TASK_WITHDRAWN":
        return visit.to(DESK, "withdrawn")
    if refused.reason in _LOST:
        return visit.to(DESK, "over")
    raise refused


def _review(visit: Visit) -> Any:
    return visit.stub(review_pb2_grpc.ReviewStub)
