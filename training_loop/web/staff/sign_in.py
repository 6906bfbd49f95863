"""The door for members of staff: a password, then a second factor; or the organisation's own."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from starlette.responses import RedirectResponse, Response

from training_loop.v1 import staff_pb2 as pb
from training_loop.v1 import staff_pb2_grpc
from training_loop.web.backend import CallRefused, unary
from training_loop.web.sessions import Session, Visitor
from training_loop.web.sign_in.methods import known_zone
from training_loop.web.staff.roles import SIGN_IN_PATH, home_of, role_of
from training_loop.web.visit import Visit

SIGNED_OUT: Final = "signed-out"
_FLOW: Final = "oidc"
_PROVIDER_WITHIN_S: Final = 3.0
_AGAIN = frozenset({"SECOND_FACTOR_REFUSED", "PASSKEY_REFUSED", "INVALID_FIELD"})

PROBLEMS: Mapping[str, str] = {
    "SIGN_IN_REFUSED": "Name and password do not fit together.",
    "SIGN_IN_LOCKED": "Too many attempts. Wait a little, up to a quarter of an hour, then try "
    "again.",
    "SECOND_FACTOR_REFUSED": "That code is not right, or was used already. Wait for the next one.",
    "TICKET_REFUSED": "That took too long. Please begin again.",
    "PASSKEY_REFUSED": "That passkey did not fit. Try again, or use another way.",
    "OIDC_REFUSED": "Your organisation knows you, but you are not let in here. An administrator "
    "must link you first.",
    "OIDC_SECOND_FACTOR_MISSING": "Your organisation did not ask you for a second factor. Sign in "
    "there with one.",
    "OIDC_UNAVAILABLE": "Your organisation's sign-in cannot be reached. Use your password.",
    "OIDC_NOT_CONFIGURED": "No organisation's sign-in is set up here.",
    "INVALID_FIELD": "Please fill in everything.",
}


async def front_door(visit: Visit) -> Response:
    return visit.to(home_of(visit.session.role) if visit.session else SIGN_IN_PATH)


async def show(visit: Visit) -> Response:
    if visit.session:
        return visit.to(home_of(visit.session.role))
    return await door(visit)


async def with_password(visit: Visit) -> Response:
    """The first half; what was typed does not come back."""
    request = pb.StaffSignInRequest(
        name=visit.form.get("name", ""), password=visit.form.get("password", "")
    )
    try:
        half = await public(visit, "SignIn", request)
    except CallRefused as no:
        return await door(visit, known_problem(no))
    return await second(visit, half.ticket, frozenset(half.factors))


async def with_code(visit: Visit) -> Response:
    """An app's six digits, or a recovery code."""
    ticket, code = visit.form.get("ticket", ""), visit.form.get("code", "").strip()
    recovery = visit.form.get("kind") == "recovery"
    method = "SignInWithRecoveryCode" if recovery else "SignInWithTotp"
    request = pb.SignInWithCodeRequest(ticket=ticket, code=code.replace(" ", ""))
    try:
        session = await public(visit, method, request)
    except CallRefused as no:
        return await _again(visit, ticket, no)
    return await signed_in(visit, session)


async def with_passkey(visit: Visit) -> Response:
    ticket = visit.form.get("ticket", "")
    answer = pb.StaffPasskeyResponse(ticket=ticket, response_json=visit.form.get("response", ""))
    try:
        session = await public(visit, "CompletePasskeySignIn", answer)
    except CallRefused as no:
        return await _again(visit, ticket, no)
    return await signed_in(visit, session)


async def to_provider(visit: Visit) -> Response:
    """A link, not a form: the policy of these pages lets no form lead to another site."""
    try:
        flow = await public(visit, "BeginOidc", pb.BeginOidcRequest())
    except CallRefused as no:
        return await door(visit, known_problem(no))
    response = RedirectResponse(flow.authorization_url, status_code=303)
    visit.site.put(response, _FLOW, flow.flow)
    return response


async def from_provider(visit: Visit) -> Response:
    """Where the provider sends the browser back to."""
    query = visit.request.query_params
    request = pb.CompleteOidcRequest(
        flow=visit.site.kept(visit.request, _FLOW),
        state=query.get("state", ""),
        code=query.get("code", ""),
    )
    try:
        session = await public(visit, "CompleteOidc", request)
    except CallRefused as no:
        response = await door(visit, known_problem(no))
    else:
        response = await signed_in(visit, session)
    visit.site.drop(response, _FLOW)
    return response


async def sign_out(visit: Visit) -> Response:
    """Ends the session at the server too: a token that was copied is worth nothing then."""
    with suppress(CallRefused):
        await visit.call(stub(visit).SignOut, pb.StaffSignOutRequest())
    return visit.end_session(SIGN_IN_PATH, SIGNED_OUT)


async def door(visit: Visit, problem: str = "") -> Response:
    return visit.page(
        "sign_in.html",
        status=422 if problem else 200,
        problem=problem,
        provider=await _has_provider(visit),
    )


async def second(visit: Visit, ticket: str, factors: frozenset[int], problem: str = "") -> Response:
    """The page that asks for the second factor."""
    options = ""
    if pb.SECOND_FACTOR_PASSKEY in factors:
        begun = await public(visit, "BeginPasskeySignIn", pb.TicketRequest(ticket=ticket))
        options = begun.options_json
    return visit.page(
        "second.html",
        status=422 if problem else 200,
        ticket=ticket,
        problem=problem,
        options=options,
        app=pb.SECOND_FACTOR_TOTP in factors,
        recovery=pb.SECOND_FACTOR_RECOVERY_CODE in factors,
        factors=" ".join(map(str, sorted(factors))),
        time_zone=visit.form.get("time_zone", ""),
    )


async def signed_in(visit: Visit, granted: pb.StaffSession) -> Response:
    session = await session_of(visit, granted)
    return visit.begin_session(session, home_of(session.role))


async def session_of(visit: Visit, granted: pb.StaffSession) -> Session:
    """A session of these pages for one of the server's."""
    myself = await unary(stub(visit).GetMyself, pb.GetMyselfRequest(), granted.token)
    return Session(
        visitor=Visitor.STAFF,
        credential=granted.token,
        name=myself.member.pseudonym,
        role=role_of(granted.role),
        time_zone=known_zone(visit.form.get("time_zone", "")),
    )


async def public(visit: Visit, method: str, request: Any) -> Any:
    """Calls in nobody's name. Raises CallRefused."""
    return await unary(getattr(stub(visit), method), request, "")


def stub(visit: Visit) -> Any:
    return visit.stub(staff_pb2_grpc.StaffStub)


def known_problem(refused: CallRefused) -> str:
    """In words; raises what is not the visitor's to mend."""
    if refused.reason not in PROBLEMS:
        raise refused
    return PROBLEMS[refused.reason]


async def _again(visit: Visit, ticket: str, refused: CallRefused) -> Response:
    """The second factor once more, while its ticket is good; else from the beginning."""
    problem = known_problem(refused)
    if refused.reason not in _AGAIN:
        return await door(visit, problem)
    named = visit.form.get("factors", "").split()
    factors = frozenset(int(one) for one in named if one.isdecimal())
    try:
        return await second(visit, ticket, factors, problem)
    except CallRefused as no:
        return await door(visit, known_problem(no))


async def _has_provider(visit: Visit) -> bool:
    """Beginning a flow leaves nothing anywhere, and tells whether there is one."""
    try:
        await unary(stub(visit).BeginOidc, pb.BeginOidcRequest(), "", _PROVIDER_WITHIN_S)
    except CallRefused:
        return False
    return True
