"""Signing in: a password, then a second factor, then a session."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from redis.asyncio import Redis

from training_loop.passkeys.ceremonies import Ceremonies, answering_key
from training_loop.passkeys.challenges import Challenges
from training_loop.passkeys.passkey import Passkey
from training_loop.staff import recovery_codes
from training_loop.staff.errors import SecondFactorRefused, SignInRefused, TicketRefused
from training_loop.staff.lockout import Lockout
from training_loop.staff.member import name_digest
from training_loop.staff.members import Members
from training_loop.staff.passwords import Passwords
from training_loop.staff.secret_tokens import SecretToken
from training_loop.staff.sessions import NewSession, SignedIn
from training_loop.staff.tickets import VALID_S, Purpose, Ticket, Tickets
from training_loop.staff.totp import TotpClock
from training_loop.store import keys
from training_loop.store.script_runner import Argument, Scripts, text
from training_loop.vault.vault import Vault

_NOBODY = "stf_0000000000000000"
_LONGEST_NAME = 256


class Factor(Enum):
    TOTP = "totp"
    RECOVERY_CODE = "recovery_code"
    PASSKEY = "passkey"
    OIDC = "oidc"
    """The provider has seen to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfSignedIn:
    """The password was right; one of the factors must follow."""

    ticket: str = field(repr=False)
    factors: frozenset[Factor]
    valid_s: int = VALID_S[Purpose.SIGN_IN]


@dataclass(frozen=True, slots=True)
class Proof:
    """What the script takes, once, for the second factor."""

    factor: Factor
    taken: Argument
    """The time step, the digest of the recovery code or of the identity, or the credential id."""
    before: Argument = b""
    after: Argument = b""
    """A passkey's record as it was verified, and with its counter moved on."""


class SignIn:
    """Everything here raises StoreUnavailable, and SignInLocked after too many failures."""

    def __init__(
        self,
        store: Redis,
        vault: Vault,
        members: Members,
        passwords: Passwords,
        tickets: Tickets,
        lockout: Lockout,
        ceremonies: Ceremonies,
        clock: TotpClock,
    ) -> None:
        self._scripts = Scripts(store)
        self._challenges = Challenges(store, keys.STAFF_SHARD)
        self._vault = vault
        self._members = members
        self._passwords = passwords
        self._tickets = tickets
        self._lockout = lockout
        self._ceremonies = ceremonies
        self._clock = clock

    async def with_password(self, name: str, password: str) -> HalfSignedIn:
        """Raises SignInRefused, alike and after as long for whatever is wrong."""
        digest = name_digest(self._vault, name[:_LONGEST_NAME])
        member = await self._members.named(digest)
        await self._lockout.attempt(digest, member)
        fields = await self._members.fields(member or _NOBODY)
        stored = fields.get("password")
        known = text(stored) if stored else None
        right = await self._passwords.verify(known, password)
        if not right or not known or fields["state"] != b"active":
            raise SignInRefused("name or password is wrong")
        await self._renew(member, known, password)
        ticket = await self._tickets.issue(Purpose.SIGN_IN, member)
        assert ticket, "it needs no invitation"
        return HalfSignedIn(ticket=ticket.text, factors=await self._factors(member, fields))

    async def with_totp(self, ticket: str, code: str) -> SignedIn:
        """Raises TicketRefused, and SecondFactorRefused for a code that is wrong or was used."""
        found, fields = await self._second_step(ticket)
        step = None
        if "totp" in fields:
            secret = self._vault.unseal(fields["totp"], place=totp_place(found.member))
            step = self._clock.step_of(secret.decode(), code)
        if step is None:
            raise SecondFactorRefused("the code is wrong")
        return await self._finish(found, fields, Proof(Factor.TOTP, step))

    async def with_recovery_code(self, ticket: str, code: str) -> SignedIn:
        """Raises TicketRefused, and SecondFactorRefused for a code that is wrong or was used."""
        found, fields = await self._second_step(ticket)
        digest = recovery_codes.digest(self._vault, found.member, code)
        return await self._finish(found, fields, Proof(Factor.RECOVERY_CODE, digest))

    async def begin_passkey(self, ticket: str) -> str:
        """Options for the browser, as JSON. Raises TicketRefused, and SecondFactorRefused when
        the member has no passkey."""
        found = await self._tickets.use(ticket, Purpose.SIGN_IN)
        known = await self._members.passkeys(found.member)
        if not known:
            raise SecondFactorRefused("you have no passkey")
        challenge = await self._challenges.issue(_ceremony(found))
        return self._ceremonies.authentication(challenge, known=known)

    async def with_passkey(self, ticket: str, response: str) -> SignedIn:
        """Raises TicketRefused, PasskeyRefused and SecondFactorRefused."""
        found = await self._tickets.use(ticket, Purpose.SIGN_IN)
        challenge = await self._challenges.take(_ceremony(found))
        claimed = answering_key(response)
        known = await self._members.passkeys(found.member)
        passkey = next((one for one in known if one.name == claimed), None)
        if passkey is None:
            raise SecondFactorRefused("this passkey is not one of yours")
        moved: Passkey = self._ceremonies.authenticated(challenge, response, passkey)
        proof = Proof(Factor.PASSKEY, passkey.name, passkey.dump(), moved.dump())
        return await self._finish(found, await self._members.fields(found.member), proof)

    async def confirm_password(self, member: str, password: str) -> str:
        """The stored hash, when the password is that of a member who is signed in already.

        Raises SignInRefused.
        """
        fields = await self._members.fields(member)
        digest = text(fields.get("name_digest", b""))
        await self._lockout.attempt(digest, member)
        stored = fields.get("password")
        known = text(stored) if stored else None
        if not await self._passwords.verify(known, password) or not known:
            raise SignInRefused("the password is wrong")
        await self._lockout.forgive(digest)
        return known

    async def open_session(
        self, member: str, name: str, proof: Proof, ticket: SecretToken | None = None
    ) -> SignedIn:
        """Takes the proof and opens the session in one step; `name` is the digest of the member's
        name. Raises SecondFactorRefused when it was taken before, or the member is not active."""
        session = NewSession.make()
        outcome = await self._scripts.run(
            "staff_sign_in",
            [
                keys.staff_member(member),
                keys.staff_ticket(ticket.id if ticket else _NOBODY),
                keys.staff_recovery(member),
                keys.staff_passkeys(member),
                keys.staff_failures(name),
            ],
            [
                *(member, ticket.digest if ticket else "", secrets.token_hex(8)),
                *(proof.factor.value, proof.taken, proof.before, proof.after),
                *session.arguments,
            ],
        )
        if text(outcome[0]) != "ok":
            raise SecondFactorRefused("the second factor was used already, or you may not sign in")
        return SignedIn.of(session, member, text(outcome[1]))

    async def _second_step(self, ticket: str) -> tuple[Ticket, Mapping[str, bytes]]:
        """For factors that could be guessed: each try counts like a password."""
        found = await self._tickets.use(ticket, Purpose.SIGN_IN)
        fields = await self._members.fields(found.member)
        if not fields:
            raise TicketRefused("the member was removed")
        await self._lockout.attempt(text(fields["name_digest"]), found.member)
        return found, fields

    async def _finish(self, found: Ticket, fields: Mapping[str, bytes], proof: Proof) -> SignedIn:
        name = text(fields["name_digest"])
        return await self.open_session(found.member, name, proof, found.token)

    async def _renew(self, member: str, known: str, password: str) -> None:
        newer = await self._passwords.renewed(known, password)
        if newer:
            await self._scripts.run(
                "staff_change_password", [keys.staff_member(member)], [member, known, newer, "0"]
            )

    async def _factors(self, member: str, fields: Mapping[str, bytes]) -> frozenset[Factor]:
        found = {Factor.RECOVERY_CODE}
        if "totp" in fields:
            found.add(Factor.TOTP)
        if await self._members.passkeys(member):
            found.add(Factor.PASSKEY)
        return frozenset(found)


def totp_place(member: str) -> str:
    return f"staff/{member}/totp"


def _ceremony(ticket: Ticket) -> str:
    return f"staff sign-in {ticket.token.id}"
