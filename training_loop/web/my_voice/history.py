"""What was said, newest first. Searches are sent as forms: words that were said stand in no
address, browser history or proxy's log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from starlette.responses import Response

from training_loop.v1 import privacy_pb2, privacy_pb2_grpc
from training_loop.web.forms import midnight_s
from training_loop.web.my_voice.devices import device_names
from training_loop.web.my_voice.times import Moment, day_after, moment, timestamp
from training_loop.web.my_voice.words import removed
from training_loop.web.visit import Visit

_PAGE: Final = 25
_MOST_CALLS: Final = 4
"""A page may look so often further where little matches."""
FILTERS: Final = ("since", "until", "device", "contains")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One entry of the list."""

    utterance_id: str
    at: Moment
    device: str
    heard: str
    corrected: str
    answer: str
    in_history: bool
    in_learning: bool
    has_recording: bool
    removed: str
    """In plain words, why only a note is left; empty where nothing was taken away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    entries: Sequence[privacy_pb2.UtteranceRecord]
    next_page_token: str


async def show(visit: Visit) -> Response:
    return await _page(visit, {})


async def search(visit: Visit) -> Response:
    """With filters, or the page after; what a form left empty does not filter."""
    return await _page(visit, visit.form)


async def _page(visit: Visit, form: Mapping[str, str]) -> Response:
    names = await device_names(visit)
    filters = {name: form.get(name, "").strip() for name in FILTERS}
    token = form.get("page_token", "")
    listed = await _list(visit, _request(visit, filters), token)
    settings = await visit.call(
        visit.stub(privacy_pb2_grpc.PrivacyStub).GetPrivacySettings,
        privacy_pb2.GetPrivacySettingsRequest(),
    )
    entries = [said(one, names, visit) for one in listed.entries]
    return visit.page(
        "history.html",
        days=[(day, list(group)) for day, group in groupby(entries, lambda one: one.at.day)],
        filters=filters,
        filtered=any(filters.values()),
        later_page=bool(token),
        devices=names,
        next_page_token=listed.next_page_token,
        settings=settings,
    )


def said(record: privacy_pb2.UtteranceRecord, names: Mapping[str, str], visit: Visit) -> Said:
    return Said(
        utterance_id=record.utterance_id,
        at=moment(record.capture_time, visit.zone),
        device=names.get(record.device, "a removed device"),
        heard=record.heard,
        corrected=record.corrected_text,
        answer=record.answer,
        in_history=record.in_history,
        in_learning=record.in_learning_queue,
        has_recording=record.has_recording,
        removed=removed(record.removal),
    )


def _request(visit: Visit, filters: Mapping[str, str]) -> privacy_pb2.ListUtterancesRequest:
    request = privacy_pb2.ListUtterancesRequest(
        page_size=_PAGE, device=filters["device"], contains=filters["contains"]
    )
    if filters["since"]:
        request.since.CopyFrom(timestamp(midnight_s(filters["since"], visit.zone)))
    if filters["until"]:
        after = day_after(filters["until"])
        request.until.CopyFrom(timestamp(midnight_s(after, visit.zone)))
    return request


async def _list(visit: Visit, request: privacy_pb2.ListUtterancesRequest, token: str) -> Listed:
    """Up to a page; one answer of the service may hold less, with more to follow."""
    listing: Any = visit.stub(privacy_pb2_grpc.PrivacyStub).ListUtterances
    entries: list[privacy_pb2.UtteranceRecord] = []
    for _ in range(_MOST_CALLS):
        request.page_token = token
        request.page_size = _PAGE - len(entries)
        found = await visit.call(listing, request)
        entries += found.utterances
        token = found.next_page_token
        if not token or len(entries) >= _PAGE:
            break
    return Listed(entries=entries, next_page_token=token)
