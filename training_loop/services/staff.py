"""The Staff service: enrolling, signing in, and administering members of staff."""

from __future__ import annotations

import re
from typing import Any

from google.protobuf.empty_pb2 import Empty

from training_loop.access import Kind, principal
from training_loop.passkeys.ceremonies import LONGEST_RESPONSE
from training_loop.services import convert_staff as convert
from training_loop.services.fields import InvalidField, identifier, short_text
from training_loop.staff.errors import OnlyAdministrators
from training_loop.staff.members import OPERATOR
from training_loop.staff.staff import Staff
from training_loop.v1 import staff_pb2, staff_pb2_grpc

_LONGEST_SECRET = 2048
_PASSKEY = re.compile(r"[A-Za-z0-9_-]{1,1400}", re.ASCII)

Context = Any


class StaffService(staff_pb2_grpc.StaffServicer):
    """Acts on the member of the credential, except where an administrator names another."""

    def __init__(self, staff: Staff) -> None:
        self._staff = staff

    async def SignIn(  # noqa: N802
        self, request: staff_pb2.StaffSignInRequest, context: Context
    ) -> staff_pb2.StaffSignInResponse:
        name, password = _text("name", request.name), _text("password", request.password)
        return convert.half_signed_in_message(
            await self._staff.sign_in.with_password(name, password)
        )

    async def SignInWithTotp(  # noqa: N802
        self, request: staff_pb2.SignInWithCodeRequest, context: Context
    ) -> staff_pb2.StaffSession:
        ticket, code = _text("ticket", request.ticket), _text("code", request.code)
        return convert.session_message(await self._staff.sign_in.with_totp(ticket, code))

    async def SignInWithRecoveryCode(  # noqa: N802
        self, request: staff_pb2.SignInWithCodeRequest, context: Context
    ) -> staff_pb2.StaffSession:
        ticket, code = _text("ticket", request.ticket), _text("code", request.code)
        return convert.session_message(await self._staff.sign_in.with_recovery_code(ticket, code))

    async def BeginPasskeySignIn(  # noqa: N802
        self, request: staff_pb2.TicketRequest, context: Context
    ) -> staff_pb2.StaffPasskeyOptions:
        options = await self._staff.sign_in.begin_passkey(_text("ticket", request.ticket))
        return staff_pb2.StaffPasskeyOptions(options_json=options)

    async def CompletePasskeySignIn(  # noqa: N802
        self, request: staff_pb2.StaffPasskeyResponse, context: Context
    ) -> staff_pb2.StaffSession:
        return convert.session_message(
            await self._staff.sign_in.with_passkey(*_passkey_response(request))
        )

    async def BeginOidc(  # noqa: N802
        self, request: staff_pb2.BeginOidcRequest, context: Context
    ) -> staff_pb2.BeginOidcResponse:
        return convert.flow_message(await self._staff.oidc.begin())

    async def CompleteOidc(  # noqa: N802
        self, request: staff_pb2.CompleteOidcRequest, context: Context
    ) -> staff_pb2.StaffSession:
        signed_in = await self._staff.oidc.complete(
            _text("flow", request.flow), _text("state", request.state), _text("code", request.code)
        )
        return convert.session_message(signed_in)

    async def BeginEnrolment(  # noqa: N802
        self, request: staff_pb2.BeginEnrolmentRequest, context: Context
    ) -> staff_pb2.EnrolmentTicket:
        invitation = _text("invitation", request.invitation)
        password = _text("password", request.password)
        return convert.ticket_message(await self._staff.enrolment.begin(invitation, password))

    async def EnrolTotp(  # noqa: N802
        self, request: staff_pb2.TicketRequest, context: Context
    ) -> staff_pb2.TotpSecret:
        ticket = _text("ticket", request.ticket)
        return convert.totp_message(await self._staff.enrolment.show_totp(ticket))

    async def ConfirmTotp(  # noqa: N802
        self, request: staff_pb2.SignInWithCodeRequest, context: Context
    ) -> staff_pb2.Enrolment:
        ticket, code = _text("ticket", request.ticket), _text("code", request.code)
        return convert.enrolment_message(await self._staff.enrolment.confirm_totp(ticket, code))

    async def BeginPasskeyEnrolment(  # noqa: N802
        self, request: staff_pb2.TicketRequest, context: Context
    ) -> staff_pb2.StaffPasskeyOptions:
        options = await self._staff.enrolment.begin_passkey(_text("ticket", request.ticket))
        return staff_pb2.StaffPasskeyOptions(options_json=options)

    async def CompletePasskeyEnrolment(  # noqa: N802
        self, request: staff_pb2.StaffPasskeyResponse, context: Context
    ) -> staff_pb2.Enrolment:
        return convert.enrolment_message(
            await self._staff.enrolment.confirm_passkey(*_passkey_response(request))
        )

    async def GetMyself(  # noqa: N802
        self, request: staff_pb2.GetMyselfRequest, context: Context
    ) -> staff_pb2.Myself:
        caller = principal()
        member = await self._staff.members.get(caller.staff)
        passkeys = await self._staff.members.passkeys(caller.staff)
        return convert.myself_message(member, caller.session, passkeys)

    async def ListSessions(  # noqa: N802
        self, request: staff_pb2.ListStaffSessionsRequest, context: Context
    ) -> staff_pb2.ListStaffSessionsResponse:
        caller = principal()
        sessions = await self._staff.sessions.of(caller.staff)
        return convert.sessions_message(sessions, caller.session)

    async def RevokeSession(  # noqa: N802
        self, request: staff_pb2.RevokeStaffSessionRequest, context: Context
    ) -> Empty:
        session = identifier("session", request.session)
        await self._staff.sessions.end(principal().staff, session)
        return Empty()

    async def SignOut(  # noqa: N802
        self, request: staff_pb2.StaffSignOutRequest, context: Context
    ) -> Empty:
        caller = principal()
        await self._staff.sessions.end(caller.staff, caller.session)
        return Empty()

    async def ChangePassword(  # noqa: N802
        self, request: staff_pb2.ChangePasswordRequest, context: Context
    ) -> Empty:
        current = _text("password", request.password)
        new = _text("new_password", request.new_password)
        await self._staff.enrolment.change_password(principal().staff, current, new)
        return Empty()

    async def BeginFactorChange(  # noqa: N802
        self, request: staff_pb2.BeginFactorChangeRequest, context: Context
    ) -> staff_pb2.EnrolmentTicket:
        password = _text("password", request.password)
        return convert.ticket_message(
            await self._staff.enrolment.begin_factor(principal().staff, password)
        )

    async def RemovePasskey(  # noqa: N802
        self, request: staff_pb2.RemoveStaffPasskeyRequest, context: Context
    ) -> Empty:
        if not _PASSKEY.fullmatch(request.passkey):
            raise InvalidField("passkey", "must be one of GetMyself's passkeys")
        await self._staff.members.remove_passkey(principal().staff, request.passkey)
        return Empty()

    async def ListMembers(  # noqa: N802
        self, request: staff_pb2.ListMembersRequest, context: Context
    ) -> staff_pb2.ListMembersResponse:
        return convert.members_message(await self._staff.members.everybody())

    async def CreateMember(  # noqa: N802
        self, request: staff_pb2.CreateMemberRequest, context: Context
    ) -> staff_pb2.Invitation:
        role = convert.role_of("role", request.role)
        if principal().kind is Kind.OPERATOR and role is not Kind.ADMINISTRATOR:
            raise OnlyAdministrators("the operator's credential adds administrators only")
        invited = await self._staff.members.create(
            request.display_name, role, actor=await self._actor()
        )
        return convert.invitation_message(invited)

    async def InviteMember(  # noqa: N802
        self, request: staff_pb2.MemberRequest, context: Context
    ) -> staff_pb2.Invitation:
        member = identifier("member", request.member)
        invited = await self._staff.members.invite(member, actor=await self._actor())
        return convert.invitation_message(invited)

    async def ChangeRole(  # noqa: N802
        self, request: staff_pb2.ChangeRoleRequest, context: Context
    ) -> staff_pb2.StaffMember:
        member, role = identifier("member", request.member), convert.role_of("role", request.role)
        return convert.member_message(
            await self._staff.members.change_role(member, role, actor=await self._actor())
        )

    async def DisableMember(  # noqa: N802
        self, request: staff_pb2.MemberRequest, context: Context
    ) -> staff_pb2.StaffMember:
        member = identifier("member", request.member)
        return convert.member_message(
            await self._staff.members.disable(member, actor=await self._actor())
        )

    async def LinkOidcSubject(  # noqa: N802
        self, request: staff_pb2.LinkOidcSubjectRequest, context: Context
    ) -> staff_pb2.StaffMember:
        member = identifier("member", request.member)
        subject = short_text("subject", request.subject, most=255)
        identity = self._staff.oidc.identity_of(subject) if subject else ""
        return convert.member_message(
            await self._staff.members.link(member, identity, actor=await self._actor())
        )

    async def RemoveMember(  # noqa: N802
        self, request: staff_pb2.MemberRequest, context: Context
    ) -> Empty:
        member = identifier("member", request.member)
        await self._staff.members.remove(member, actor=await self._actor())
        return Empty()

    async def _actor(self) -> str:
        """Who the audit log says has done it."""
        caller = principal()
        if caller.kind is Kind.OPERATOR:
            return OPERATOR
        return (await self._staff.members.get(caller.staff)).pseudonym


def _passkey_response(request: staff_pb2.StaffPasskeyResponse) -> tuple[str, str]:
    ticket = _text("ticket", request.ticket)
    return ticket, _text("response_json", request.response_json, most=LONGEST_RESPONSE)


def _text(field: str, value: str, *, most: int = _LONGEST_SECRET) -> str:
    """Present and not too long; what it holds is for others to judge, and never repeated."""
    if not 1 <= len(value) <= most:
        raise InvalidField(field, f"must be 1 to {most} characters")
    return value
