"""Everything about members of staff, put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

from training_loop.passkeys.ceremonies import Ceremonies
from training_loop.staff.enrolment import Enrolment
from training_loop.staff.lockout import Limits, Lockout
from training_loop.staff.members import Members, StaffRecords
from training_loop.staff.oidc_sign_in import OidcSignIn
from training_loop.staff.passwords import Passwords
from training_loop.staff.sessions import Sessions
from training_loop.staff.settings import StaffSettings
from training_loop.staff.sign_in import SignIn
from training_loop.staff.tickets import Tickets
from training_loop.staff.totp import TotpClock
from training_loop.vault.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    members: Members
    sessions: Sessions
    sign_in: SignIn
    enrolment: Enrolment
    oidc: OidcSignIn


def assemble_staff(
    store: Redis,
    vault: Vault,
    settings: StaffSettings,
    *,
    limits: Limits | None = None,
    clock: TotpClock | None = None,
    records: Sequence[StaffRecords] = (),
) -> Staff:
    """`records` are forgotten with the member whom they are about."""
    sessions = Sessions(store)
    members = Members(store, vault, sessions, records)
    passwords, tickets = Passwords(), Tickets(store)
    ceremonies, chosen = Ceremonies(origins=settings.web_origins), clock or TotpClock()
    sign_in = SignIn(
        *(store, vault, members, passwords, tickets),
        *(Lockout(store, limits or Limits()), ceremonies, chosen),
    )
    return Staff(
        members=members,
        sessions=sessions,
        sign_in=sign_in,
        enrolment=Enrolment(
            *(store, vault, members, passwords, tickets, sessions, sign_in, ceremonies, chosen)
        ),
        oidc=OidcSignIn(store, vault, members, sign_in, settings.oidc),
    )
