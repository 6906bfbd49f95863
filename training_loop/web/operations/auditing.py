"""What the auditor found, and the log of what was done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from google.protobuf.timestamp_pb2 import Timestamp
from starlette.responses import Response

from training_loop.v1 import operations_pb2 as pb
from training_loop.v1 import operations_pb2_grpc
from training_loop.web.backend import CallRefused
from training_loop.web.forms import FormRefused, midnight_s
from training_loop.web.my_voice.times import day_after, moment
from training_loop.web.operations.bars import Bar, bars
from training_loop.web.visit import Visit

AUDIT_LOG: Final = "/operations/audit-log"
VERIFY_WITHIN_S: Final = 120.0
_FIELDS: Final = ("actor", "action", "subject", "shard", "since", "until")
_PAGE: Final = 50


_KINDS: Mapping[str, str] = {
    "h": "history",
    "i": "learning queues",
    "v": "reviewed",
    "r": "waiting to be offered",
    "k": "clips in review",
    "blob": "recordings",
    "model": "models",
    "erasure": "erasures",
    "export": "exported items",
}
"""Of the places that the auditor looks at those that a reader will ask for."""


async def auditor(visit: Visit) -> Response:
    state = await visit.call(_operations(visit).GetAuditorState, pb.GetAuditorStateRequest())
    return visit.page(
        "auditor.html",
        rounds=[
            {
                "at": moment(one.end_time, visit.zone),
                "took": f"{one.took.seconds + one.took.nanos / 1e9:.1f} s",
                "count": sum(one.checked.values()),
                "mismatches": sum(finding.items for finding in one.findings),
                "unsettled": one.unsettled,
                "findings": one.findings,
            }
            for one in state.rounds
        ],
        kinds=_KINDS,
        checked=_checked(state.rounds[0].checked) if state.rounds else [],
    )


async def show_log(visit: Visit) -> Response:
    return await _log(visit, {}, "")


async def search(visit: Visit) -> Response:
    """A POST: what somebody looks for stays out of addresses."""
    wanted = {name: visit.form.get(name, "").strip() for name in _FIELDS}
    return await _log(visit, wanted, visit.form.get("page_token", ""))


async def verify(visit: Visit) -> Response:
    await visit.call(_operations(visit).VerifyAuditLog, pb.VerifyAuditLogRequest(), VERIFY_WITHIN_S)
    return visit.to(AUDIT_LOG, "verified")


def _checked(counts: Mapping[str, int]) -> list[Bar]:
    return bars({_KINDS.get(kind, kind): count for kind, count in counts.items()})


async def _log(visit: Visit, wanted: Mapping[str, str], token: str) -> Response:
    problem = ""
    state = await visit.call(_operations(visit).GetAuditLogState, pb.GetAuditLogStateRequest())
    found = pb.ListAuditEntriesResponse()
    try:
        request = _request(visit, wanted, token)
        found = await visit.call(_operations(visit).ListAuditEntries, request)
    except FormRefused:
        problem = "A day is written like 2026-11-22."
    except CallRefused as no:
        if no.reason not in ("INVALID_FIELD", "INVALID_ARGUMENT"):
            raise
        problem = "Names and words of the log have no spaces and no signs but . _ : and -."
    return visit.page(
        "audit_log.html",
        status=422 if problem else 200,
        problem=problem,
        wanted={name: wanted.get(name, "") for name in _FIELDS},
        filtered=any(wanted.values()),
        entries=[
            (
                moment(one.time, visit.zone),
                one,
                [each.partition("=") for each in one.detail.split(",") if each],
            )
            for one in found.entries
        ],
        next_token=found.next_page_token,
        state=state,
        verified=_verified(visit, state),
    )


def _request(visit: Visit, wanted: Mapping[str, str], token: str) -> pb.ListAuditEntriesRequest:
    """Days are the reader's own. Raises FormRefused."""
    request = pb.ListAuditEntriesRequest(
        actor=wanted.get("actor", ""),
        action=wanted.get("action", ""),
        subject=wanted.get("subject", ""),
        shard=wanted.get("shard", ""),
        page_size=_PAGE,
        page_token=token,
    )
    if since := wanted.get("since", ""):
        request.since.CopyFrom(_at(midnight_s(since, visit.zone)))
    if until := wanted.get("until", ""):
        request.until.CopyFrom(_at(midnight_s(day_after(until), visit.zone)))
    return request


def _at(at_s: float) -> Timestamp:
    if not 0 <= at_s < 253_402_300_800:  # the end of the year 9999
        raise FormRefused("a date is out of range")
    return Timestamp(seconds=int(at_s))


def _verified(visit: Visit, state: pb.AuditLogState) -> Mapping[str, Any] | None:
    if not state.HasField("last"):
        return None
    last = state.last
    return {
        "at": moment(last.verify_time, visit.zone),
        "holds": last.holds,
        "entries": last.entries,
        "unsealed": last.unsealed,
        "checkpoints": last.checkpoints,
        "sealed_until": moment(last.sealed_until, visit.zone),
        "breaks": last.breaks,
        "losses": last.losses,
    }


def _operations(visit: Visit) -> Any:
    return visit.stub(operations_pb2_grpc.OperationsStub)
