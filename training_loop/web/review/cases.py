"""The safety officers' cases: listed by urgency, taken, heard, closed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from training_loop.v1 import review_pb2 as pb
from training_loop.v1 import review_pb2_grpc
from training_loop.web.my_voice.times import moment
from training_loop.web.review.player import streamed
from training_loop.web.review.task_view import milliseconds
from training_loop.web.visit import Visit

CASES: Final = "/cases"
_REPORTS: Mapping[int, str] = {
    pb.CLIP_REPORT_DISTRESSING: "Distressing",
    pb.CLIP_REPORT_SUSPECTED_CRIME: "Suspected crime",
}
_STATES: Mapping[int, str] = {
    pb.SafetyCase.WAITING: "waiting",
    pb.SafetyCase.TAKEN: "taken",
    pb.SafetyCase.CLOSED: "closed",
}
_DISPOSITIONS: Mapping[str, Any] = {
    "no_action": pb.CloseCaseRequest.NO_ACTION,
    "handed_on": pb.CloseCaseRequest.HANDED_ON,
}


async def show(visit: Visit) -> Response:
    listed = await visit.call(_review(visit).ListCases, pb.ListCasesRequest())
    return visit.page("cases.html", cases=[_shown(visit, one) for one in listed.cases])


async def take(visit: Visit) -> Response:
    """Taking is what shows the words, so it is a form and not a link; taking one's own again shows
    it again."""
    case = await _taken(visit)
    return _page(visit, case)


async def sound(visit: Visit) -> Response:
    request = pb.StreamCaseClipRequest(case_reference=visit.path("case"))
    return await streamed(visit, _review(visit).StreamCaseClip, request)


async def close(visit: Visit) -> Response:
    chosen = _DISPOSITIONS.get(visit.form.get("disposition", ""))
    if chosen is None:
        return _page(visit, await _taken(visit), problem="Say what was done.")
    request = pb.CloseCaseRequest(
        case_reference=visit.path("case"), disposition=chosen, request_id=visit.path("case")[:64]
    )
    await visit.call(_review(visit).CloseCase, request)
    return visit.to(CASES, "closed")


async def _taken(visit: Visit) -> pb.SafetyCase:
    request = pb.TakeCaseRequest(case_reference=visit.path("case"))
    case: pb.SafetyCase = await visit.call(_review(visit).TakeCase, request)
    return case


def _page(visit: Visit, case: pb.SafetyCase, problem: str = "") -> Response:
    return visit.page(
        "case.html",
        status=422 if problem else 200,
        case=_shown(visit, case),
        words=[
            {
                "text": word.text,
                "hidden": word.redacted,
                "start_ms": milliseconds(word.start),
                "end_ms": milliseconds(word.end),
            }
            for word in case.words
        ],
        clip_ms=milliseconds(case.clip_duration),
        problem=problem,
    )


def _shown(visit: Visit, case: pb.SafetyCase) -> Mapping[str, Any]:
    return {
        "reference": case.case_reference,
        "report": _REPORTS.get(case.report, "Reported"),
        "state": _STATES.get(case.state, ""),
        "reported": moment(case.report_time, visit.zone),
        "due": moment(case.due_time, visit.zone),
        "left": _left(case.due_time.seconds - time.time()),
        "overdue": case.overdue,
    }


def _left(seconds: float) -> str:
    minutes = int(abs(seconds) // 60)
    hours, minutes = divmod(minutes, 60)
    span = f"{hours} h {minutes} min" if hours else f"{minutes} min"
    return f"{span} left" if seconds > 0 else f"{span} late"


def _review(visit: Visit) -> Any:
    return visit.stub(review_pb2_grpc.ReviewStub)
