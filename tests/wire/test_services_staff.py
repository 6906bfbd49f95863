"""The Staff service over the wire: as pages sign members in, and as others try to."""

from __future__ import annotations

import time
from typing import Any

import grpc
import pyotp
import pytest

from tests.fixtures.authenticator import Authenticator
from tests.fixtures.services import Desk, bearer, refused
from tests.fixtures.staff import PASSWORD, staff_token
from training_loop.access import STAFF, Kind
from training_loop.store import keys
from training_loop.v1 import privacy_pb2
from training_loop.v1 import staff_pb2 as pb

DENIED = (grpc.StatusCode.PERMISSION_DENIED, "WRONG_KIND_OF_CREDENTIAL")
NOBODY = (grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_REFUSED")


async def administrator(desk: Desk) -> tuple[tuple[str, str], ...]:
    return bearer(await staff_token(desk.loop, Kind.ADMINISTRATOR))


async def created(desk: Desk, by: Any, name: str, role: int) -> Any:
    request = pb.CreateMemberRequest(display_name=name, role=role)  # type: ignore[arg-type]
    return await desk.staff.CreateMember(request, metadata=by)


async def enrolled(desk: Desk, invitation: str) -> tuple[Any, str]:
    """The answer of the last step, and the app's secret."""
    begun = await desk.staff.BeginEnrolment(
        pb.BeginEnrolmentRequest(invitation=invitation, password=PASSWORD)
    )
    shown = await desk.staff.EnrolTotp(pb.TicketRequest(ticket=begun.ticket))
    assert "<svg" in shown.svg
    code = pyotp.TOTP(shown.secret).at(int(time.time()) - 30)
    return await desk.staff.ConfirmTotp(
        pb.SignInWithCodeRequest(ticket=begun.ticket, code=code)
    ), shown.secret


async def test_the_operator_founds_and_an_administrator_adds_everybody_else(desk: Desk) -> None:
    operator = bearer(desk.operator_token)
    invited = await created(desk, operator, "Chief", pb.STAFF_ROLE_ADMINISTRATOR)
    refusal = await refused(
        desk.staff.CreateMember(
            pb.CreateMemberRequest(display_name="Bob", role=pb.STAFF_ROLE_REVIEWER),
            metadata=operator,
        )
    )
    assert refusal[:2] == (grpc.StatusCode.PERMISSION_DENIED, "ONLY_ADMINISTRATORS")
    chief, _ = await enrolled(desk, invited.invitation)
    by = bearer(chief.session.token)
    assert chief.session.role == pb.STAFF_ROLE_ADMINISTRATOR
    assert len(chief.recovery_codes) == 10
    bob = await created(desk, by, "Bob", pb.STAFF_ROLE_REVIEWER)
    assert bob.member.state == pb.StaffMember.INVITED
    listed = (await desk.staff.ListMembers(pb.ListMembersRequest(), metadata=by)).members
    assert [one.display_name for one in listed] == ["Chief", "Bob"]
    changed = await desk.staff.ChangeRole(
        pb.ChangeRoleRequest(member=bob.member.member, role=pb.STAFF_ROLE_ADJUDICATOR), metadata=by
    )
    assert changed.role == pb.STAFF_ROLE_ADJUDICATOR
    await desk.staff.RemoveMember(pb.MemberRequest(member=bob.member.member), metadata=by)
    gone = await refused(
        desk.staff.InviteMember(pb.MemberRequest(member=bob.member.member), metadata=by)
    )
    assert gone.reason == "NO_SUCH_STAFF"
    last = await refused(
        desk.staff.DisableMember(pb.MemberRequest(member=chief.session.member), metadata=by)
    )
    assert last[:2] == (grpc.StatusCode.FAILED_PRECONDITION, "LAST_ADMINISTRATOR")


async def test_a_page_signs_a_member_in_step_by_step(desk: Desk) -> None:
    by = await administrator(desk)
    invited = await created(desk, by, "Ada", pb.STAFF_ROLE_REVIEWER)
    _, secret = await enrolled(desk, invited.invitation)
    half = await desk.staff.SignIn(pb.StaffSignInRequest(name="ada", password=PASSWORD))
    assert list(half.factors) == [pb.SECOND_FACTOR_TOTP, pb.SECOND_FACTOR_RECOVERY_CODE]
    code = pyotp.TOTP(secret).at(int(time.time()) + 30)
    session = await desk.staff.SignInWithTotp(
        pb.SignInWithCodeRequest(ticket=half.ticket, code=code)
    )
    assert (session.idle.seconds, session.life.seconds) == (1800, 28_800)
    me = bearer(session.token)
    myself = await desk.staff.GetMyself(pb.GetMyselfRequest(), metadata=me)
    assert (myself.member.display_name, myself.session) == ("Ada", session.session)
    listed = await desk.staff.ListSessions(pb.ListStaffSessionsRequest(), metadata=me)
    assert [one.current for one in listed.sessions] == [True, False]
    other = listed.sessions[1].session
    await desk.staff.RevokeSession(pb.RevokeStaffSessionRequest(session=other), metadata=me)
    await desk.staff.SignOut(pb.StaffSignOutRequest(), metadata=me)
    refusal = await refused(desk.staff.GetMyself(pb.GetMyselfRequest(), metadata=me))
    assert refusal[:2] == NOBODY

    half = await desk.staff.SignIn(pb.StaffSignInRequest(name="ada", password=PASSWORD))
    replayed = await refused(
        desk.staff.SignInWithTotp(pb.SignInWithCodeRequest(ticket=half.ticket, code=code))
    )
    assert replayed[:2] == (grpc.StatusCode.UNAUTHENTICATED, "SECOND_FACTOR_REFUSED")


async def test_a_passkey_signs_in_over_the_wire(desk: Desk) -> None:
    invited = await created(desk, await administrator(desk), "Ada", pb.STAFF_ROLE_AUDITOR)
    key, staff = Authenticator(), desk.staff
    begun = await staff.BeginEnrolment(
        pb.BeginEnrolmentRequest(invitation=invited.invitation, password=PASSWORD)
    )
    ticket = pb.TicketRequest(ticket=begun.ticket)
    options = (await staff.BeginPasskeyEnrolment(ticket)).options_json
    done = await staff.CompletePasskeyEnrolment(
        pb.StaffPasskeyResponse(ticket=begun.ticket, response_json=key.create(options))
    )
    half = await staff.SignIn(pb.StaffSignInRequest(name="Ada", password=PASSWORD))
    options = (await staff.BeginPasskeySignIn(pb.TicketRequest(ticket=half.ticket))).options_json
    session = await staff.CompletePasskeySignIn(
        pb.StaffPasskeyResponse(ticket=half.ticket, response_json=key.get(options))
    )
    me = bearer(session.token)
    myself = await staff.GetMyself(pb.GetMyselfRequest(), metadata=me)
    assert [one.passkey for one in myself.passkeys] == [key.id]
    only = await refused(
        staff.RemovePasskey(pb.RemoveStaffPasskeyRequest(passkey=key.id), metadata=me)
    )
    assert only.reason == "LAST_SECOND_FACTOR"
    assert done.session.token != session.token


async def test_unknown_names_and_wrong_passwords_look_the_same_on_the_wire(desk: Desk) -> None:
    await created(desk, await administrator(desk), "Ada", pb.STAFF_ROLE_REVIEWER)
    answers = [
        await refused(desk.staff.SignIn(pb.StaffSignInRequest(name=name, password="wrong")))
        for name in ("Ada", "Nobody")
    ]
    assert answers[0] == answers[1]
    assert answers[0][:2] == (grpc.StatusCode.UNAUTHENTICATED, "SIGN_IN_REFUSED")


async def test_a_name_is_locked_over_the_wire_and_is_told_how_long(desk: Desk) -> None:
    request = pb.StaffSignInRequest(name="Nobody", password="wrong")
    for _ in range(5):
        await refused(desk.staff.SignIn(request))
    locked = await refused(desk.staff.SignIn(request))
    assert locked[:2] == (grpc.StatusCode.RESOURCE_EXHAUSTED, "SIGN_IN_LOCKED")
    assert locked.hint == "Wait 30 s and try again."


async def test_a_stolen_session_ends_with_the_role_it_was_issued_for(desk: Desk) -> None:
    by = await administrator(desk)
    invited = await created(desk, by, "Ada", pb.STAFF_ROLE_REVIEWER)
    stolen = bearer((await enrolled(desk, invited.invitation))[0].session.token)
    await desk.staff.GetMyself(pb.GetMyselfRequest(), metadata=stolen)
    await desk.staff.ChangeRole(
        pb.ChangeRoleRequest(member=invited.member.member, role=pb.STAFF_ROLE_AUDITOR), metadata=by
    )
    refusal = await refused(desk.staff.GetMyself(pb.GetMyselfRequest(), metadata=stolen))
    assert refusal[:2] == NOBODY


async def test_an_expired_session_is_refused(desk: Desk) -> None:
    token = await staff_token(desk.loop, Kind.AUDITOR)
    session = keys.staff_session(token.split(".")[1])
    await desk.client.hset(session, "until_ms", "1")
    refusal = await refused(desk.staff.GetMyself(pb.GetMyselfRequest(), metadata=bearer(token)))
    assert refusal[:2] == NOBODY


@pytest.mark.parametrize(
    "role", [one for one in Kind if one in STAFF and one is not Kind.ADMINISTRATOR]
)
async def test_only_administrators_administer(desk: Desk, role: Kind) -> None:
    me = bearer(await staff_token(desk.loop, role))
    refusal = await refused(
        desk.staff.CreateMember(
            pb.CreateMemberRequest(display_name="x", role=pb.STAFF_ROLE_ADMINISTRATOR), metadata=me
        )
    )
    assert refusal[:2] == DENIED


async def test_administrators_hear_and_read_nothing_of_accounts(desk: Desk) -> None:
    by = await administrator(desk)
    for call in (
        desk.privacy.ListUtterances(privacy_pb2.ListUtterancesRequest(), metadata=by),
        desk.privacy.ListListens(privacy_pb2.ListListensRequest(), metadata=by),
    ):
        assert (await refused(call))[:2] == DENIED
    playing = desk.privacy.PlayUtterance(privacy_pb2.PlayUtteranceRequest(), metadata=by)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await playing.read()
    assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_requests_beyond_the_contract_are_refused_by_field(desk: Desk) -> None:
    by = await administrator(desk)
    staff, invalid = desk.staff, grpc.StatusCode.INVALID_ARGUMENT
    for call in (
        staff.SignIn(pb.StaffSignInRequest(name="Ada")),
        staff.SignIn(pb.StaffSignInRequest(name="Ada", password="x" * 3000)),
        staff.CompletePasskeySignIn(
            pb.StaffPasskeyResponse(ticket="t", response_json="x" * 17_000)
        ),
        staff.CreateMember(pb.CreateMemberRequest(display_name="Ada"), metadata=by),
        staff.CreateMember(
            pb.CreateMemberRequest(display_name="a\nb", role=pb.STAFF_ROLE_AUDITOR), metadata=by
        ),
        staff.ChangeRole(pb.ChangeRoleRequest(member="x", role=99), metadata=by),  # type: ignore[arg-type]
        staff.RemoveMember(pb.MemberRequest(member="a b"), metadata=by),
        staff.RemovePasskey(pb.RemoveStaffPasskeyRequest(passkey="a b"), metadata=by),
    ):
        assert (await refused(call)).status is invalid


async def test_without_a_provider_oidc_says_what_to_set(desk: Desk) -> None:
    refusal = await refused(desk.staff.BeginOidc(pb.BeginOidcRequest()))
    assert refusal.reason == "OIDC_NOT_CONFIGURED"
    assert "EARMARK_OIDC_ISSUER" in refusal.hint
