"""A code by e-mail, or the link of the same letter."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from training_loop.v1 import sign_in_pb2, sign_in_pb2_grpc
from training_loop.web.backend import CallRefused, unary
from training_loop.web.sign_in.door import refused, signed_in
from training_loop.web.visit import Visit

LINK_PATH = "/sign-in/link"
_REFUSED = "CODE_REFUSED"
_MALFORMED = "INVALID_FIELD"
_START_PROBLEMS = {
    "EMAIL_REFUSED": "That does not look like an e-mail address.",
    "EMAIL_OFF": "No letters are sent from here. Use another way, or ask whoever runs this Earmark "
    "for a link.",
    "MAIL_UNAVAILABLE": "No letter can be sent right now. Please try again later, or use another "
    "way.",
    "SIGN_IN_BUSY": "Too many letters were asked for. Please wait a while, or use another way.",
    _MALFORMED: "That does not look like an e-mail address.",
}


async def ask(visit: Visit) -> Response:
    """The same page whether anybody has the address or not."""
    request = sign_in_pb2.StartEmailSignInRequest(email=visit.form.get("email", "").strip())
    try:
        started = await unary(_stub(visit).StartEmailSignIn, request, "")
    except CallRefused as no:
        if no.reason in _START_PROBLEMS:
            return refused(visit, "email", _START_PROBLEMS[no.reason])
        raise
    minutes = started.valid_for.seconds // 60
    return visit.page("code.html", ticket=started.ticket, minutes=minutes, problem="")


async def with_code(visit: Visit) -> Response:
    ticket = visit.form.get("ticket", "")
    try:
        opened = await _complete(visit, ticket, visit.form.get("code", ""))
    except CallRefused as no:
        if no.reason in (_REFUSED, _MALFORMED):
            problem = (
                "That code does not fit, or not any more. After five tries a new one is needed."
            )
            return visit.page("code.html", status=422, ticket=ticket, minutes=0, problem=problem)
        raise
    return signed_in(visit, opened)


async def show_link(visit: Visit) -> Response:
    """Uses nothing up: programs that look into letters open links too."""
    return visit.page("link.html", token=visit.request.query_params.get("token", "")[:200])


async def with_link(visit: Visit) -> Response:
    try:
        opened = await _complete(visit, "", visit.form.get("token", ""))
    except CallRefused as no:
        if no.reason in (_REFUSED, _MALFORMED):
            return refused(visit, "email", "That link was used already, or its time is over.")
        raise
    return signed_in(visit, opened)


async def _complete(visit: Visit, ticket: str, code: str) -> sign_in_pb2.HolderSession:
    request = sign_in_pb2.CompleteEmailSignInRequest(ticket=ticket, code=code)
    opened: sign_in_pb2.HolderSession = await unary(_stub(visit).CompleteEmailSignIn, request, "")
    return opened


def _stub(visit: Visit) -> Any:
    return visit.stub(sign_in_pb2_grpc.SignInStub)
