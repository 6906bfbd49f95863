"""A member's own sessions, password and second factors."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from training_loop.v1 import staff_pb2 as pb
from training_loop.web.backend import CallRefused
from training_loop.web.my_voice.times import moment
from training_loop.web.staff import enrolment
from training_loop.web.staff.roles import DUTIES, SIGN_IN_PATH, TITLES
from training_loop.web.staff.sign_in import stub
from training_loop.web.visit import Visit

CHANGED = "changed"
FACTORS: Mapping[int, str] = {
    pb.SECOND_FACTOR_TOTP: "an app's code",
    pb.SECOND_FACTOR_RECOVERY_CODE: "a recovery code",
    pb.SECOND_FACTOR_PASSKEY: "a passkey",
    pb.SECOND_FACTOR_OIDC: "your organisation",
}
_PROBLEMS: Mapping[str, str] = {
    "SIGN_IN_REFUSED": "That is not your present password.",
    "SIGN_IN_LOCKED": "Too many attempts. Wait a little, then try again.",
    "PASSWORD_REFUSED": enrolment.PROBLEMS["PASSWORD_REFUSED"],
    "LAST_SECOND_FACTOR": "It is the last one you have. Add another one first.",
    "INVALID_FIELD": "Please fill in everything.",
}


async def show(visit: Visit) -> Response:
    return await _page(visit, {})


async def end_session(visit: Visit) -> Response:
    request = pb.RevokeStaffSessionRequest(session=visit.path("session"))
    await visit.call(stub(visit).RevokeSession, request)
    return visit.to("/staff/me", "session-ended")


async def change_password(visit: Visit) -> Response:
    """Ends all sessions, this one too."""
    new = visit.form.get("new_password", "")
    if new != visit.form.get("new_password_again", ""):
        return await _page(visit, {"password": "The two new passwords are not the same."})
    request = pb.ChangePasswordRequest(password=visit.form.get("password", ""), new_password=new)
    try:
        await visit.call(stub(visit).ChangePassword, request)
    except CallRefused as no:
        return await _page(visit, {"password": _known(no)})
    return visit.end_session(SIGN_IN_PATH, CHANGED)


async def add_factor(visit: Visit) -> Response:
    request = pb.BeginFactorChangeRequest(password=visit.form.get("password", ""))
    try:
        ticket = await visit.call(stub(visit).BeginFactorChange, request)
    except CallRefused as no:
        return await _page(visit, {"factor": _known(no)})
    return await enrolment.choose_factor(visit, ticket.ticket)


async def remove_passkey(visit: Visit) -> Response:
    request = pb.RemoveStaffPasskeyRequest(passkey=visit.path("passkey"))
    try:
        await visit.call(stub(visit).RemovePasskey, request)
    except CallRefused as no:
        return await _page(visit, {"passkey": _known(no)})
    return visit.to("/staff/me", "passkey-removed")


async def _page(visit: Visit, problems: Mapping[str, str]) -> Response:
    myself = await visit.call(stub(visit).GetMyself, pb.GetMyselfRequest())
    sessions = await visit.call(stub(visit).ListSessions, pb.ListStaffSessionsRequest())
    role = visit.signed_in.role
    return visit.page(
        "me.html",
        status=422 if problems else 200,
        problems=problems,
        member=myself.member,
        title=TITLES[role],
        duty=DUTIES[role],
        passkeys=[(one.passkey, moment(one.create_time, visit.zone)) for one in myself.passkeys],
        sessions=[
            {
                "session": one.session,
                "since": moment(one.create_time, visit.zone),
                "used": moment(one.use_time, visit.zone),
                "factor": FACTORS.get(one.factor, "a second factor"),
                "current": one.current,
            }
            for one in sessions.sessions
        ],
    )


def _known(refused: CallRefused) -> str:
    if refused.reason not in _PROBLEMS:
        raise refused
    return _PROBLEMS[refused.reason]
