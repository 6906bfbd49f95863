"""Between the messages of the Staff service and the values of `training_loop.staff`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf.duration_pb2 import Duration

from training_loop.access import STAFF, Kind
from training_loop.passkeys.passkey import Passkey
from training_loop.services.fields import InvalidField, timestamp
from training_loop.staff.enrolment import Enrolled, HalfEnrolled
from training_loop.staff.member import Member, MemberState
from training_loop.staff.members import Invited
from training_loop.staff.oidc_sign_in import OidcFlow
from training_loop.staff.sessions import OpenSession, SignedIn
from training_loop.staff.sign_in import Factor, HalfSignedIn
from training_loop.staff.totp import TotpEnrolment
from training_loop.v1 import staff_pb2

_ROLES: Mapping[Kind, Any] = {
    role: staff_pb2.StaffRole.Value(f"STAFF_ROLE_{role.name}") for role in STAFF
}
_FACTORS: Mapping[Factor, Any] = {
    factor: staff_pb2.SecondFactor.Value(f"SECOND_FACTOR_{factor.name}") for factor in Factor
}
_STATES: Mapping[MemberState, Any] = {
    state: staff_pb2.StaffMember.State.Value(state.name) for state in MemberState
}


def role_of(field: str, value: int) -> Kind:
    """Raises InvalidField."""
    for role, number in _ROLES.items():
        if number == value:
            return role
    raise InvalidField(field, "must be one of the roles")


def half_signed_in_message(found: HalfSignedIn) -> staff_pb2.StaffSignInResponse:
    return staff_pb2.StaffSignInResponse(
        ticket=found.ticket,
        factors=sorted(_FACTORS[factor] for factor in found.factors),
        valid=Duration(seconds=found.valid_s),
    )


def session_message(signed_in: SignedIn) -> staff_pb2.StaffSession:
    caller = signed_in.principal
    return staff_pb2.StaffSession(
        token=signed_in.token,
        session=caller.session,
        member=caller.staff,
        role=_ROLES[caller.kind],
        idle=Duration(seconds=signed_in.idle_s),
        life=Duration(seconds=signed_in.lasts_s),
    )


def flow_message(flow: OidcFlow) -> staff_pb2.BeginOidcResponse:
    return staff_pb2.BeginOidcResponse(
        authorization_url=flow.authorization_url,
        flow=flow.flow,
        valid=Duration(seconds=flow.valid_s),
    )


def ticket_message(found: HalfEnrolled) -> staff_pb2.EnrolmentTicket:
    return staff_pb2.EnrolmentTicket(
        ticket=found.ticket,
        display_name=found.display_name,
        valid=Duration(seconds=found.valid_s),
    )


def totp_message(offered: TotpEnrolment) -> staff_pb2.TotpSecret:
    return staff_pb2.TotpSecret(secret=offered.secret, uri=offered.uri, svg=offered.svg)


def enrolment_message(enrolled: Enrolled) -> staff_pb2.Enrolment:
    session = session_message(enrolled.signed_in) if enrolled.signed_in else None
    return staff_pb2.Enrolment(recovery_codes=enrolled.recovery_codes, session=session)


def member_message(member: Member) -> staff_pb2.StaffMember:
    return staff_pb2.StaffMember(
        member=member.member,
        pseudonym=member.pseudonym,
        display_name=member.display_name,
        role=_ROLES[member.role],
        state=_STATES[member.state],
        create_time=timestamp(member.created_at_s),
        totp=member.totp,
        linked=member.linked,
    )


def members_message(members: Iterable[Member]) -> staff_pb2.ListMembersResponse:
    return staff_pb2.ListMembersResponse(members=map(member_message, members))


def invitation_message(invited: Invited) -> staff_pb2.Invitation:
    return staff_pb2.Invitation(
        member=member_message(invited.member),
        invitation=invited.invitation,
        valid=Duration(seconds=invited.valid_s),
    )


def myself_message(member: Member, session: str, passkeys: Iterable[Passkey]) -> staff_pb2.Myself:
    return staff_pb2.Myself(
        member=member_message(member),
        session=session,
        passkeys=[
            staff_pb2.StaffPasskey(
                passkey=passkey.name, create_time=timestamp(passkey.created_at_ms / 1000)
            )
            for passkey in passkeys
        ],
    )


def sessions_message(
    sessions: Iterable[OpenSession], current: str
) -> staff_pb2.ListStaffSessionsResponse:
    return staff_pb2.ListStaffSessionsResponse(
        sessions=[
            staff_pb2.OpenStaffSession(
                session=one.session,
                create_time=timestamp(one.opened_at_s),
                use_time=timestamp(one.seen_at_s),
                expire_time=timestamp(one.expires_at_s),
                factor=_FACTORS[Factor(one.signed_in_with)],
                current=one.session == current,
            )
            for one in sessions
        ]
    )
