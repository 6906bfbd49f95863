"""The account holder's ways to sign in, and where they are signed in."""

from __future__ import annotations

from typing import Any

import grpc
from starlette.responses import Response

from training_loop.v1 import sign_in_pb2, sign_in_pb2_grpc
from training_loop.web.area import get, post
from training_loop.web.backend import CallRefused
from training_loop.web.my_voice.times import moment
from training_loop.web.sign_in.area import SIGN_IN_PATH
from training_loop.web.sign_in.passkey import answer_of, challenge_response
from training_loop.web.visit import Visit

PATH = "/my-voice/sign-in"
_WITH = {"email": "a code by e-mail", "link": "a link", "passkey": "a passkey"}
_PROBLEMS = {
    "EMAIL_REFUSED": "That does not look like an e-mail address.",
    "INVALID_FIELD": "Something is missing there.",
    "EMAIL_UNDELIVERABLE": "Letters to this address are refused. Please check it.",
    "EMAIL_OFF": "No letters are sent from here, so an address would be of no use.",
    "MAIL_UNAVAILABLE": "No letter can be sent right now. Please try again in a few minutes.",
    "EMAIL_TAKEN": "Another account has this address. Sign in to that one with it, and remove it "
    "there.",
    "EMAIL_BUSY": "Another change of the address is under way. Please try again in a moment.",
    "CODE_REFUSED": "That code does not fit, or not any more. Nothing was changed.",
    "SIGN_IN_BUSY": "Too many letters were asked for. Please wait a while.",
    "PASSKEY_REFUSED": "The new passkey could not be verified. Nothing was changed.",
    "TOO_MANY_PASSKEYS": "Remove a passkey that you no longer use first.",
    "INVALID_ARGUMENT": "A name is at most 64 characters.",
}


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def change_email(visit: Visit) -> Response:
    request = sign_in_pb2.StartEmailChangeRequest(email=visit.form.get("email", "").strip())
    try:
        started = await visit.call(_stub(visit).StartEmailChange, request)
    except CallRefused as no:
        return await _problem(visit, no, "email")
    return await _page(visit, ticket=started.ticket)


async def confirm_email(visit: Visit) -> Response:
    ticket = visit.form.get("ticket", "")
    request = sign_in_pb2.CompleteEmailSignInRequest(ticket=ticket, code=visit.form.get("code", ""))
    try:
        await visit.call(_stub(visit).CompleteEmailChange, request)
    except CallRefused as no:
        return await _problem(visit, no, "email")
    return visit.to(PATH, "email")


async def remove_email(visit: Visit) -> Response:
    await visit.call(_stub(visit).RemoveEmail, sign_in_pb2.RemoveEmailRequest())
    return visit.to(PATH, "email-removed")


async def passkey_challenge(visit: Visit) -> Response:
    return challenge_response(
        await visit.call(
            _stub(visit).StartPasskeyRegistration, sign_in_pb2.StartPasskeyRegistrationRequest()
        )
    )


async def add_passkey(visit: Visit) -> Response:
    try:
        await visit.call(_stub(visit).CompletePasskeyRegistration, answer_of(visit))
    except CallRefused as no:
        return await _problem(visit, no, "passkey")
    return visit.to(PATH, "passkey")


async def remove_passkey(visit: Visit) -> Response:
    request = sign_in_pb2.RemovePasskeyRequest(passkey=visit.path("passkey"))
    await visit.call(_stub(visit).RemovePasskey, request)
    return visit.to(PATH, "passkey-removed")


async def end_session(visit: Visit) -> Response:
    request = sign_in_pb2.SignOutRequest(session=visit.path("session"))
    await visit.call(_stub(visit).SignOut, request)
    return visit.to(PATH, "session-ended")


async def end_all(visit: Visit) -> Response:
    await visit.call(_stub(visit).SignOut, sign_in_pb2.SignOutRequest(everywhere=True))
    return visit.end_session(SIGN_IN_PATH, "everywhere")


async def _problem(visit: Visit, no: CallRefused, field: str) -> Response:
    """Beside the field it is about. That the visitor's own session is over is not shown here."""
    ended = no.status is grpc.StatusCode.UNAUTHENTICATED and no.reason == "CREDENTIAL_REFUSED"
    if ended or no.reason not in _PROBLEMS:
        raise no
    return await _page(visit, status=422, problems={field: _PROBLEMS[no.reason]})


async def _page(
    visit: Visit, *, status: int = 200, ticket: str = "", problems: dict[str, str] | None = None
) -> Response:
    ways = await visit.call(_stub(visit).GetSignInWays, sign_in_pb2.GetSignInWaysRequest())
    return visit.page(
        "/sign_in/ways.html",
        status=status,
        email=ways.email,
        passkeys=[
            {
                "id": one.passkey,
                "name": one.display_name,
                "since": moment(one.create_time, visit.zone),
                "used": moment(one.last_use_time, visit.zone)
                if one.HasField("last_use_time")
                else None,
            }
            for one in ways.passkeys
        ],
        sessions=[
            {
                "id": one.session,
                "with": _WITH.get(one.signed_in_with, one.signed_in_with),
                "since": moment(one.create_time, visit.zone),
                "used": moment(one.use_time, visit.zone),
                "current": one.current,
            }
            for one in ways.sessions
        ],
        ticket=ticket,
        problems=problems or {},
    )


def _stub(visit: Visit) -> Any:
    return visit.stub(sign_in_pb2_grpc.SignInStub)


MESSAGES = {
    "email": "Saved. From now on you can sign in with a code to this address.",
    "email-removed": "The address is removed. It signs in nowhere any more.",
    "passkey": "The passkey is added.",
    "passkey-removed": "The passkey is removed. It opens nothing any more.",
    "session-ended": "That session is ended.",
}
ROUTES = (
    get(PATH, show),
    post(f"{PATH}/email", change_email),
    post(f"{PATH}/email/code", confirm_email),
    post(f"{PATH}/email/removal", remove_email),
    post(f"{PATH}/passkeys/challenge", passkey_challenge),
    post(f"{PATH}/passkeys", add_passkey),
    post(f"{PATH}/passkeys/{{passkey}}/removal", remove_passkey),
    post(f"{PATH}/sessions/{{session}}/end", end_session),
    post(f"{PATH}/sessions/end", end_all),
)
"""Of the area "my_voice"."""
