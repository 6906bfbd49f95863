"""One thing that was said: how the answer came about, why it is kept, and the way to delete it."""

from __future__ import annotations

import secrets
from typing import Any, Final

from starlette.responses import Response

from training_loop.v1 import privacy_pb2, privacy_pb2_grpc
from training_loop.web.my_voice.choices import chosen
from training_loop.web.my_voice.deleting import begin
from training_loop.web.my_voice.devices import device_names
from training_loop.web.my_voice.times import moment, timestamp
from training_loop.web.my_voice.words import removed
from training_loop.web.visit import Visit

_LONGEST_CORRECTION: Final = 500
_AROUND_S: Final = 0.005
_AT_ONE_TIME: Final = 10


async def show(visit: Visit) -> Response:
    return await _page(visit, problem="")


async def correct(visit: Visit) -> Response:
    """ "That's not what I said.\""""
    text = " ".join(visit.form.get("text", "").split())
    if not text or len(text) > _LONGEST_CORRECTION:
        return await _page(visit, problem="Write what you said, in up to 500 characters.")
    await visit.call(
        _privacy(visit).CorrectUtterance,
        privacy_pb2.CorrectUtteranceRequest(utterance_id=visit.path("utterance_id"), text=text),
    )
    return visit.to(f"/my-voice/history/{visit.path('utterance_id')}", "corrected")


async def delete(visit: Visit) -> Response:
    return await begin(
        visit,
        privacy_pb2.StartUtterancesErasureRequest(
            utterance_id=visit.path("utterance_id"), request_id=secrets.token_hex(16)
        ),
    )


async def _page(visit: Visit, *, problem: str) -> Response:
    found = await visit.call(
        _privacy(visit).ExplainUtterance,
        privacy_pb2.ExplainUtteranceRequest(utterance_id=visit.path("utterance_id")),
    )
    names = await device_names(visit)
    return visit.page(
        "utterance.html",
        status=422 if problem else 200,
        problem=problem,
        found=found,
        at=moment(found.capture_time, visit.zone),
        device=names.get(found.device, "a removed device"),
        removed=removed(found.removal),
        has_recording=await _has_recording(visit, found),
        kept=[_kept(one, visit) for one in found.kept],
    )


async def _has_recording(visit: Visit, found: privacy_pb2.UtteranceExplanation) -> bool:
    """The list tells; an explanation does not."""
    captured_s = found.capture_time.seconds + found.capture_time.nanos / 1e9
    listed = await visit.call(
        _privacy(visit).ListUtterances,
        privacy_pb2.ListUtterancesRequest(
            page_size=_AT_ONE_TIME,
            since=timestamp(captured_s - _AROUND_S),
            until=timestamp(captured_s + _AROUND_S),
        ),
    )
    return any(
        one.has_recording for one in listed.utterances if one.utterance_id == found.utterance_id
    )


def _kept(copy: privacy_pb2.UtteranceExplanation.KeptCopy, visit: Visit) -> dict[str, Any]:
    known = copy.HasField("consent")
    return {
        "purpose": copy.purpose,
        "since": moment(copy.keep_time, visit.zone),
        "until": moment(copy.expire_time, visit.zone),
        "agreed": moment(copy.consent.create_time, visit.zone) if known else None,
        "choices": chosen(copy.consent) if known else [],
        "channel": copy.consent.channel if known else "",
        "version": copy.consent.text_version if known else "",
        "reviewed_text": copy.reviewed_text,
        "reviewed_intent": copy.reviewed_intent,
    }


def _privacy(visit: Visit) -> Any:
    return visit.stub(privacy_pb2_grpc.PrivacyStub)
