"""From an invitation to a password and a second factor; and changing them later."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field

from redis.asyncio import Redis

from training_loop.passkeys.ceremonies import Ceremonies
from training_loop.passkeys.challenges import Challenges
from training_loop.staff import recovery_codes
from training_loop.staff.errors import (
    InvitationRefused,
    SecondFactorRefused,
    SignInRefused,
    TicketRefused,
    TooManyPasskeys,
)
from training_loop.staff.member import Member
from training_loop.staff.members import Members
from training_loop.staff.passwords import Passwords
from training_loop.staff.secret_tokens import SecretToken, Use
from training_loop.staff.sessions import NewSession, Sessions, SignedIn
from training_loop.staff.sign_in import Factor, SignIn, totp_place
from training_loop.staff.tickets import VALID_S, Purpose, Ticket, Tickets
from training_loop.staff.totp import TotpClock, TotpEnrolment
from training_loop.store import keys
from training_loop.store.script_runner import Argument, Scripts, text
from training_loop.vault.vault import Vault

MOST_PASSKEYS = 10
"""Of one member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfEnrolled:
    """A second factor must follow."""

    ticket: str = field(repr=False)
    display_name: str = field(repr=False)
    valid_s: int = VALID_S[Purpose.ENROL]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """Shown once."""

    recovery_codes: tuple[str, ...] = field(repr=False)
    signed_in: SignedIn | None
    """None for a member who was signed in already."""


class Enrolment:
    """Everything here raises StoreUnavailable."""

    def __init__(
        self,
        store: Redis,
        vault: Vault,
        members: Members,
        passwords: Passwords,
        tickets: Tickets,
        sessions: Sessions,
        sign_in: SignIn,
        ceremonies: Ceremonies,
        clock: TotpClock,
    ) -> None:
        self._scripts = Scripts(store)
        self._challenges = Challenges(store, keys.STAFF_SHARD)
        self._vault = vault
        self._members = members
        self._passwords = passwords
        self._tickets = tickets
        self._sessions = sessions
        self._sign_in = sign_in
        self._ceremonies = ceremonies
        self._clock = clock

    async def begin(self, invitation: str, password: str) -> HalfEnrolled:
        """The invitation stays valid until a second factor is there. Raises InvitationRefused and
        PasswordRefused."""
        token = SecretToken.parse(Use.INVITATION, invitation)
        if token is None:
            raise InvitationRefused("this is no invitation")
        known = text((await self._members.fields(token.id)).get("invitation", b""))
        member = await self._members.find(token.id)
        if member is None or not hmac.compare_digest(known, token.digest):
            raise InvitationRefused("the invitation is not valid, or not any more")
        hashed = await self._passwords.hash(password, name=member.display_name)
        ticket = await self._tickets.issue(
            Purpose.ENROL, member.member, invitation=token, password_hash=hashed
        )
        if ticket is None:
            raise InvitationRefused("the invitation is not valid, or not any more")
        return HalfEnrolled(ticket=ticket.text, display_name=member.display_name)

    async def begin_factor(self, member: str, password: str) -> HalfEnrolled:
        """For a member who is signed in. Raises SignInRefused and SignInLocked."""
        await self._sign_in.confirm_password(member, password)
        ticket = await self._tickets.issue(Purpose.FACTOR, member)
        assert ticket, "it needs no invitation"
        name = (await self._members.get(member)).display_name
        return HalfEnrolled(ticket=ticket.text, display_name=name)

    async def change_password(self, member: str, current: str, new: str) -> None:
        """Ends all sessions of the member, the calling one too. Raises SignInRefused,
        SignInLocked and PasswordRefused."""
        known = await self._sign_in.confirm_password(member, current)
        name = (await self._members.get(member)).display_name
        hashed = await self._passwords.hash(new, name=name)
        outcome = await self._scripts.run(
            "staff_change_password", [keys.staff_member(member)], [member, known, hashed, "1"]
        )
        self._sessions.tell()
        if text(outcome) != "ok":
            raise SignInRefused("the password was changed meanwhile")

    async def show_totp(self, ticket: str) -> TotpEnrolment:
        """A new secret, this once. Raises TicketRefused, also when it was shown already."""
        found, member = await self._taken(ticket)
        offered = TotpEnrolment.make(member.display_name)
        sealed = self._vault.seal(offered.secret.encode(), place=totp_place(found.member))
        if not await self._tickets.offer_secret(found, sealed):
            raise TicketRefused("the code was shown already")
        return offered

    async def confirm_totp(self, ticket: str, code: str) -> Enrolled:
        """Raises TicketRefused and SecondFactorRefused."""
        found, _ = await self._taken(ticket)
        if not found.secret:
            raise TicketRefused("no secret was shown for this ticket")
        secret = self._vault.unseal(found.secret, place=totp_place(found.member)).decode()
        step = self._clock.step_of(secret, code)
        if step is None:
            raise SecondFactorRefused("the code is wrong")
        return await self._finish(found, Factor.TOTP, found.secret, step)

    async def begin_passkey(self, ticket: str) -> str:
        """Options for the browser, as JSON. Raises TicketRefused."""
        found, member = await self._taken(ticket)
        challenge = await self._challenges.issue(_ceremony(found))
        return self._ceremonies.registration(
            challenge,
            user=member.member.encode(),
            name=member.display_name,
            known=await self._members.passkeys(member.member),
        )

    async def confirm_passkey(self, ticket: str, response: str) -> Enrolled:
        """Raises TicketRefused, PasskeyRefused and TooManyPasskeys."""
        found, _ = await self._taken(ticket)
        challenge = await self._challenges.take(_ceremony(found))
        passkey = self._ceremonies.registered(challenge, response)
        return await self._finish(found, Factor.PASSKEY, passkey.name, passkey.dump())

    async def _taken(self, ticket: str) -> tuple[Ticket, Member]:
        found = await self._tickets.use(ticket, Purpose.ENROL, Purpose.FACTOR)
        member = await self._members.find(found.member)
        if member is None:
            raise TicketRefused("the ticket is not valid, or not any more")
        return found, member

    async def _finish(
        self, ticket: Ticket, factor: Factor, what: Argument, record: Argument
    ) -> Enrolled:
        codes, session = recovery_codes.new_codes(), NewSession.make()
        member = ticket.member
        outcome = text(
            await self._scripts.run(
                "staff_enrol",
                [
                    *(keys.staff_member(member), keys.staff_ticket(ticket.token.id)),
                    *(keys.staff_recovery(member), keys.staff_passkeys(member)),
                ],
                [
                    *(member, ticket.token.digest, secrets.token_hex(8), ticket.purpose.value),
                    *(factor.value, what, record),
                    *session.arguments,
                    MOST_PASSKEYS,
                    *(recovery_codes.digest(self._vault, member, code) for code in codes),
                ],
            )
        )
        if outcome == "full":
            raise TooManyPasskeys("you have as many passkeys as you may have")
        if outcome != "ok":
            raise TicketRefused("the ticket is not valid, or not any more")
        if ticket.purpose is Purpose.FACTOR:
            return Enrolled(recovery_codes=codes, signed_in=None)
        role = text((await self._members.fields(member))["role"])
        return Enrolled(recovery_codes=codes, signed_in=SignedIn.of(session, member, role))


def _ceremony(ticket: Ticket) -> str:
    return f"staff enrolment {ticket.token.id}"
