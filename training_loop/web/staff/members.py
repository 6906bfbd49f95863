"""Administrators' page: who works here, in which role, and who is let in or out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from training_loop.v1 import staff_pb2 as pb
from training_loop.web.backend import CallRefused
from training_loop.web.my_voice.times import moment
from training_loop.web.staff.roles import DUTIES, TITLES, number_of, role_of
from training_loop.web.staff.sign_in import stub
from training_loop.web.visit import Visit

MEMBERS = "/staff/members"
_A_PAGE = 25
_STATES: Mapping[int, str] = {
    pb.StaffMember.INVITED: "invited",
    pb.StaffMember.ACTIVE: "active",
    pb.StaffMember.DISABLED: "disabled",
}
_PROBLEMS: Mapping[str, str] = {
    "INVALID_FIELD": "Give a name of 1 to 64 characters, and a role.",
    "INVALID_ARGUMENT": "Give a name of 1 to 64 characters, and a role.",
    "STAFF_NAME_TAKEN": "Somebody has this name already. Names are what people sign in with.",
    "TOO_MANY_STAFF": "There are 500 members. Remove those who have left.",
    "LAST_ADMINISTRATOR": "That is the last administrator. Make somebody else one first, and let "
    "them enrol.",
    "IDENTITY_TAKEN": "Another member is linked to this identity.",
    "OIDC_NOT_CONFIGURED": "No organisation's sign-in is set up here.",
}


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def create(visit: Visit) -> Response:
    role = visit.form.get("role", "")
    name = visit.form.get("name", "").strip()
    if role not in TITLES or not name:
        return await _page(visit, problem=_PROBLEMS["INVALID_FIELD"])
    request = pb.CreateMemberRequest(display_name=name, role=number_of(role))
    return await _invited(visit, "CreateMember", request)


async def invite(visit: Visit) -> Response:
    """Takes password and second factors away, and lets the member enrol anew."""
    return await _invited(visit, "InviteMember", _member(visit))


async def change_role(visit: Visit) -> Response:
    role = visit.form.get("role", "")
    if role not in TITLES:
        return await _page(visit, problem="Choose a role.")
    request = pb.ChangeRoleRequest(member=visit.path("member"), role=number_of(role))
    return await _done(visit, "ChangeRole", request, "role-changed")


async def link(visit: Visit) -> Response:
    subject = visit.form.get("subject", "").strip()
    request = pb.LinkOidcSubjectRequest(member=visit.path("member"), subject=subject)
    return await _done(visit, "LinkOidcSubject", request, "linked" if subject else "unlinked")


async def disable(visit: Visit) -> Response:
    return await _done(visit, "DisableMember", _member(visit), "disabled")


async def remove(visit: Visit) -> Response:
    return await _done(visit, "RemoveMember", _member(visit), "removed")


async def _done(visit: Visit, method: str, request: Any, done: str) -> Response:
    try:
        await visit.call(getattr(stub(visit), method), request)
    except CallRefused as no:
        return await _page(visit, problem=_known(no))
    return visit.to(MEMBERS, done)


async def _invited(visit: Visit, method: str, request: Any) -> Response:
    """The invitation is shown on this page, once. It stands behind the #, which browsers do not
    send: no server and no proxy on the way writes it down."""
    try:
        made = await visit.call(getattr(stub(visit), method), request)
    except CallRefused as no:
        return await _page(visit, problem=_known(no))
    address = f"{visit.request.url.scheme}://{visit.request.url.netloc}/staff/enrol"
    return await _page(
        visit,
        invitation={
            "name": made.member.display_name,
            "address": f"{address}#{made.invitation}",
            "days": max(1, made.valid.seconds // 86_400),
        },
    )


async def _page(
    visit: Visit, *, problem: str = "", invitation: Mapping[str, Any] | None = None
) -> Response:
    listed = await visit.call(stub(visit).ListMembers, pb.ListMembersRequest())
    newest_first = sorted(listed.members, key=lambda one: -one.create_time.ToNanoseconds())
    asked = visit.request.query_params.get("after", "")
    after = int(asked) if asked.isdecimal() and len(asked) < 4 else 0
    later = after + _A_PAGE
    return visit.page(
        "members.html",
        status=422 if problem else 200,
        problem=problem,
        invitation=invitation,
        members=[_shown(visit, one) for one in newest_first[after:later]],
        later=later if later < len(newest_first) else 0,
        roles=[(role, title, DUTIES[role]) for role, title in TITLES.items()],
    )


def _shown(visit: Visit, member: pb.StaffMember) -> Mapping[str, Any]:
    role = role_of(member.role)
    return {
        "member": member.member,
        "name": member.display_name,
        "pseudonym": member.pseudonym,
        "role": role,
        "title": TITLES.get(role, role),
        "state": _STATES.get(member.state, ""),
        "since": moment(member.create_time, visit.zone),
        "linked": member.linked,
        "is_me": member.pseudonym == visit.signed_in.name,
    }


def _member(visit: Visit) -> pb.MemberRequest:
    return pb.MemberRequest(member=visit.path("member"))


def _known(refused: CallRefused) -> str:
    if refused.reason not in _PROBLEMS:
        raise refused
    return _PROBLEMS[refused.reason]
