"""A passkey, without a name. The script static/passkeys.js asks for the challenge, the browser
answers it, and the form carries the answer."""

from __future__ import annotations

import json
from typing import Any

import grpc
from starlette.responses import JSONResponse, Response

from training_loop.v1 import sign_in_pb2, sign_in_pb2_grpc
from training_loop.web.backend import CallRefused, unary
from training_loop.web.sign_in.door import refused, signed_in
from training_loop.web.visit import Visit

_REFUSED = (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.INVALID_ARGUMENT)


async def challenge(visit: Visit) -> Response:
    started = await unary(
        _stub(visit).StartPasskeySignIn, sign_in_pb2.StartPasskeySignInRequest(), ""
    )
    return challenge_response(started)


async def sign_in(visit: Visit) -> Response:
    try:
        opened = await unary(_stub(visit).CompletePasskeySignIn, answer_of(visit), "")
    except CallRefused as no:
        if no.status in _REFUSED:
            return refused(visit, "passkey", "This passkey is not known here, or not any more.")
        raise
    return signed_in(visit, opened)


def challenge_response(started: sign_in_pb2.PasskeyChallenge) -> Response:
    """For the script."""
    return JSONResponse({"ticket": started.ticket, "options": json.loads(started.options_json)})


def answer_of(visit: Visit) -> sign_in_pb2.PasskeyAnswer:
    """What the script put into the form."""
    return sign_in_pb2.PasskeyAnswer(
        ticket=visit.form.get("ticket", ""),
        credential_json=visit.form.get("credential", ""),
        display_name=visit.form.get("display_name", "").strip(),
    )


def _stub(visit: Visit) -> Any:
    return visit.stub(sign_in_pb2_grpc.SignInStub)
