"""From an invitation to a member who can sign in: a password, a second factor, recovery codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from markupsafe import Markup
from starlette.responses import Response

from training_loop.v1 import staff_pb2 as pb
from training_loop.web.backend import CallRefused
from training_loop.web.staff.roles import home_of
from training_loop.web.staff.sign_in import public, session_of, stub
from training_loop.web.visit import Visit

_FACTOR_PAGE: Final = "factor.html"
_DRAWING: Final = re.compile(r'<path[^>]* d="([MmhHvVlLzZ0-9 .,-]+)"', re.ASCII)
_SIZE: Final = re.compile(r'<svg[^>]* width="(\d{1,4})"', re.ASCII)
_SCALE: Final = re.compile(r'transform="scale\((\d{1,2})\)"', re.ASCII)

PROBLEMS: Mapping[str, str] = {
    "INVITATION_REFUSED": "This invitation is not valid any more. Ask an administrator for a new "
    "one.",
    "PASSWORD_REFUSED": "This password is too short or too easy to guess. Take 12 characters or "
    "more, for example five random words.",
    "INVALID_FIELD": "Please fill in everything.",
    "SECOND_FACTOR_REFUSED": "That did not fit. Wait for the app's next code and type it.",
    "PASSKEY_REFUSED": "That passkey did not fit. Try again, or use the app.",
    "TOO_MANY_PASSKEYS": "You have as many passkeys as you may have. Remove one first.",
    "TICKET_REFUSED": "That took too long. Please begin again.",
    "SIGN_IN_LOCKED": "Too many attempts. Wait a little, then try again.",
}


async def show(visit: Visit) -> Response:
    return visit.page("enrol.html", problem="")


async def begin(visit: Visit) -> Response:
    """An invitation and a new password; then the choice of a second factor."""
    password = visit.form.get("password", "")
    if password != visit.form.get("password_again", ""):
        return _refused(visit, "The two passwords are not the same.")
    request = pb.BeginEnrolmentRequest(
        invitation=visit.form.get("invitation", "").strip(), password=password
    )
    try:
        ticket = await public(visit, "BeginEnrolment", request)
    except CallRefused as no:
        return _refused(visit, _known(no))
    return await choose_factor(visit, ticket.ticket)


async def choose_factor(visit: Visit, ticket: str) -> Response:
    """The app's secret is shown here and never again."""
    asked = pb.TicketRequest(ticket=ticket)
    totp = await public(visit, "EnrolTotp", asked)
    passkey = await public(visit, "BeginPasskeyEnrolment", asked)
    return visit.page(
        _FACTOR_PAGE,
        ticket=ticket,
        problem="",
        secret=_in_groups(totp.secret),
        code=drawing(totp.svg),
        options=passkey.options_json,
        time_zone=visit.form.get("time_zone", ""),
    )


async def confirm_app(visit: Visit) -> Response:
    ticket, code = visit.form.get("ticket", ""), visit.form.get("code", "").replace(" ", "")
    request = pb.SignInWithCodeRequest(ticket=ticket, code=code)
    return await _confirm(visit, "ConfirmTotp", request, ticket)


async def confirm_passkey(visit: Visit) -> Response:
    ticket = visit.form.get("ticket", "")
    request = pb.StaffPasskeyResponse(ticket=ticket, response_json=visit.form.get("response", ""))
    return await _confirm(visit, "CompletePasskeyEnrolment", request, ticket)


async def _confirm(
    visit: Visit,
    method: str,
    request: pb.SignInWithCodeRequest | pb.StaffPasskeyResponse,
    ticket: str,
) -> Response:
    try:
        enrolled = await visit.call(getattr(stub(visit), method), request)
    except CallRefused as no:
        if no.reason == "TICKET_REFUSED":
            return _refused(visit, "That took too long. Ask for a new invitation.")
        return _factor_again(visit, ticket, _known(no))
    return await _show_codes(visit, enrolled)


async def _show_codes(visit: Visit, enrolled: pb.Enrolment) -> Response:
    """Shown once; whoever enrols is signed in with it."""
    if not enrolled.HasField("session"):
        return visit.page("codes.html", codes=enrolled.recovery_codes, onward="/staff/me")
    session = await session_of(visit, enrolled.session)
    onward = home_of(session.role)
    response = visit.page("codes.html", codes=enrolled.recovery_codes, onward=onward)
    visit.site.begin(response, session)
    return response


def drawing(svg: str) -> Mapping[str, Markup | str]:
    """Of a QR code its lines alone: nothing else of what another process drew gets into a page.
    Empty for a drawing that is none."""
    path, size, scale = _DRAWING.findall(svg), _SIZE.search(svg), _SCALE.search(svg)
    if not path or not size:
        return {}
    across = int(size[1]) // int(scale[1] if scale else "1")
    return {"path": path[-1], "across": str(across)}


def _factor_again(visit: Visit, ticket: str, problem: str) -> Response:
    return visit.page(
        _FACTOR_PAGE,
        status=422,
        ticket=ticket,
        problem=problem,
        secret="",
        code={},
        options="",
        time_zone=visit.form.get("time_zone", ""),
    )


def _refused(visit: Visit, problem: str) -> Response:
    return visit.page("enrol.html", status=422, problem=problem)


def _known(refused: CallRefused) -> str:
    if refused.reason not in PROBLEMS:
        raise refused
    return PROBLEMS[refused.reason]


def _in_groups(secret: str) -> str:
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
