"""Half of a sign-in or of an enrolment: short-lived, for a few tries, used once."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from redis.asyncio import Redis

from training_loop.staff.errors import TicketRefused
from training_loop.staff.secret_tokens import SecretToken, Use
from training_loop.store import keys
from training_loop.store.script_runner import Scripts, text

_TRIES = 10


class Purpose(Enum):
    SIGN_IN = "sign_in"
    ENROL = "enrol"
    FACTOR = "factor"
    """A member who is signed in adds a second factor, or replaces one."""


VALID_S = {Purpose.SIGN_IN: 300, Purpose.ENROL: 900, Purpose.FACTOR: 900}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    token: SecretToken
    member: str
    purpose: Purpose
    secret: bytes = field(default=b"", repr=False)
    """A TOTP secret that is being enrolled, sealed."""


class Tickets:
    """Everything here raises StoreUnavailable."""

    def __init__(self, store: Redis) -> None:
        self._store = store
        self._scripts = Scripts(store)

    async def issue(
        self,
        purpose: Purpose,
        member: str,
        *,
        invitation: SecretToken | None = None,
        password_hash: str = "",
    ) -> SecretToken | None:
        """None when it needs an invitation and that one is not valid."""
        token = SecretToken.make(Use.TICKET)
        outcome = await self._scripts.run(
            "staff_ticket",
            [keys.staff_ticket(token.id), keys.staff_member(member)],
            [
                *(token.digest, purpose.value, member, VALID_S[purpose] * 1000),
                *(invitation.digest if invitation else "", password_hash),
            ],
        )
        return token if text(outcome) == "ok" else None

    async def use(self, typed: str, *purposes: Purpose) -> Ticket:
        """Takes one of its tries. Raises TicketRefused."""
        token = SecretToken.parse(Use.TICKET, typed)
        if token is None:
            raise TicketRefused("this is no ticket")
        pairs: list[bytes] = await self._scripts.run(
            "staff_use_ticket", [keys.staff_ticket(token.id)], [token.digest, _TRIES]
        )
        fields = dict(zip(map(text, pairs[::2]), pairs[1::2], strict=True))
        if not fields or Purpose(text(fields["purpose"])) not in purposes:
            raise TicketRefused("the ticket is not valid, or not any more")
        return Ticket(
            token=token,
            member=text(fields["member"]),
            purpose=Purpose(text(fields["purpose"])),
            secret=fields.get("totp", b""),
        )

    async def offer_secret(self, ticket: Ticket, sealed: bytes) -> bool:
        """Keeps a TOTP secret with the ticket until it is confirmed; False when one was shown."""
        return bool(
            await self._scripts.run(
                "staff_offer_secret", [keys.staff_ticket(ticket.token.id)], [sealed]
            )
        )
