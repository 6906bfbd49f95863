"""Members of staff for the demo: invited, enrolled with a password and a second factor."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

import grpc
import pyotp

from device_sim.connection import bearer, stub
from training_loop.v1 import staff_pb2, staff_pb2_grpc

_WITHIN_S = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Hired:
    """Somebody who is signed in."""

    name: str
    token: str = field(repr=False)


class Office:
    """Brings people in as an administrator does."""

    def __init__(self, channel: grpc.aio.Channel, operator_token: str) -> None:
        self._staff = stub(staff_pb2_grpc.StaffStub, channel)
        self._inviter = operator_token

    async def open(self) -> None:
        """The first administrator comes by the operator's word; the rest by the administrator's."""
        invitation = await self.invitation("demo-administrator", staff_pb2.STAFF_ROLE_ADMINISTRATOR)
        self._inviter = (await self._enrol("demo-administrator", invitation)).token

    async def hire(self, name: str, role: staff_pb2.StaffRole) -> Hired:
        return await self._enrol(name, await self.invitation(name, role))

    async def invitation(self, name: str, role: staff_pb2.StaffRole) -> str:
        """Works once, for whoever opens the page of it."""
        invited = await self._staff.CreateMember(
            staff_pb2.CreateMemberRequest(display_name=name, role=role),
            metadata=bearer(self._inviter),
            timeout=_WITHIN_S,
        )
        return str(invited.invitation)

    async def _enrol(self, name: str, invitation: str) -> Hired:
        begun = await self._staff.BeginEnrolment(
            staff_pb2.BeginEnrolmentRequest(
                invitation=invitation, password=secrets.token_urlsafe(24)
            ),
            timeout=_WITHIN_S,
        )
        shown = await self._staff.EnrolTotp(
            staff_pb2.TicketRequest(ticket=begun.ticket), timeout=_WITHIN_S
        )
        code = pyotp.TOTP(shown.secret).now()
        enrolled = await self._staff.ConfirmTotp(
            staff_pb2.SignInWithCodeRequest(ticket=begun.ticket, code=code), timeout=_WITHIN_S
        )
        return Hired(name=name, token=enrolled.session.token)
