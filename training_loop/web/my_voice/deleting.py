"""Deleting a lot: today, a span of days, what a device heard, everything."""

from __future__ import annotations

import re
import secrets
from typing import Final

from starlette.responses import Response

from training_loop.v1 import privacy_pb2, privacy_pb2_grpc
from training_loop.web.forms import FormRefused, midnight_s
from training_loop.web.my_voice.devices import device_names
from training_loop.web.my_voice.times import day_after, timestamp, today
from training_loop.web.visit import Visit

_REQUEST_ID: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)


async def choose(visit: Visit) -> Response:
    return await _page(visit)


async def delete(visit: Visit) -> Response:
    """What is to go, then once more a page that asks whether that is meant, then the deletion."""
    what = visit.form.get("what", "")
    if what not in ("today", "range", "device", "everything"):
        raise FormRefused("not one of the choices")
    problem = _problem(visit, what)
    if problem:
        return await _page(visit, problem=problem)
    request = _request(visit, what)
    if visit.form.get("sure") != "yes":
        return await _confirm(visit, what)
    return await begin(visit, request)


async def begin(visit: Visit, request: privacy_pb2.StartUtterancesErasureRequest) -> Response:
    """On to the page of the deletion, which shows each step and needs nobody to be signed in."""
    starting = visit.stub(privacy_pb2_grpc.ErasuresStub).StartUtterancesErasure
    erasure = await visit.call(starting, request)
    return visit.to(f"/deletions/{erasure.erasure}")


async def _page(visit: Visit, problem: str = "") -> Response:
    return visit.page(
        "delete.html",
        status=422 if problem else 200,
        problem=problem,
        devices=await device_names(visit),
        today=today(visit.zone),
    )


async def _confirm(visit: Visit, what: str) -> Response:
    names = await device_names(visit)
    return visit.page(
        "delete_sure.html",
        what=what,
        since=visit.form.get("since", ""),
        until=visit.form.get("until", ""),
        device=visit.form.get("device", ""),
        request_id=secrets.token_hex(16),
        device_name=names.get(visit.form.get("device", ""), "this device"),
    )


def _problem(visit: Visit, what: str) -> str:
    since, until = visit.form.get("since", ""), visit.form.get("until", "")
    if what == "range" and not (since and until):
        return "Choose the first and the last day."
    if what == "range" and midnight_s(until, visit.zone) < midnight_s(since, visit.zone):
        return "The last day is before the first one."
    if what == "device" and not visit.form.get("device"):
        return "Choose a device."
    return ""


def _request(visit: Visit, what: str) -> privacy_pb2.StartUtterancesErasureRequest:
    """The form that asks once more has the request's id: sent twice, it deletes once."""
    request_id = visit.form.get("request_id", "")
    if request_id and not _REQUEST_ID.fullmatch(request_id):
        raise FormRefused("no request id of ours")
    request = privacy_pb2.StartUtterancesErasureRequest(request_id=request_id)
    if what == "today":
        request.since.CopyFrom(timestamp(midnight_s(today(visit.zone), visit.zone)))
    elif what == "range":
        until = day_after(visit.form["until"])
        request.since.CopyFrom(timestamp(midnight_s(visit.form["since"], visit.zone)))
        request.until.CopyFrom(timestamp(midnight_s(until, visit.zone)))
    elif what == "device":
        request.device = visit.form["device"]
    return request
