"""Everything about how account holders sign in, put together."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

from redis.asyncio import Redis

from training_loop.consent.accounts import Accounts
from training_loop.errors import EarmarkError
from training_loop.passkeys.ceremonies import Ceremonies
from training_loop.sign_in.email_sign_in import EmailSignIn
from training_loop.sign_in.emails import Emails
from training_loop.sign_in.holder_passkey import HolderPasskey
from training_loop.sign_in.limits import Attempts, Limits
from training_loop.sign_in.mailer import Mailer
from training_loop.sign_in.passkey_sign_in import PasskeySignIn
from training_loop.sign_in.personal import SignInStore
from training_loop.sign_in.sessions import OpenSession, Sessions
from training_loop.sign_in.settings import SignInSettings
from training_loop.sign_in.tickets import Tickets
from training_loop.vault.sealer import Sealer
from training_loop.vault.vault import Vault

_SETTLE_EVERY_S = 60.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How one holder can sign in, and where they are signed in."""

    email: str = field(repr=False)
    passkeys: tuple[HolderPasskey, ...]
    sessions: tuple[OpenSession, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    emails: Emails
    email: EmailSignIn
    passkeys: PasskeySignIn
    sessions: Sessions
    personal: SignInStore
    sends_mail: bool

    async def ways(self, account: str) -> Ways:
        """Raises AccountGone and StoreUnavailable."""
        return Ways(
            email=await self.emails.address_of(account),
            passkeys=await self.passkeys.of(account),
            sessions=await self.sessions.of(account),
        )

    async def forever(self) -> None:
        """Ends, every minute until cancelled, what a crash left of changes of addresses; first,
        what a restore left out. Says once where no mail is sent."""
        if not self.sends_mail:
            _log.warning(
                "no mail is sent: EARMARK_SMTP_URL is not set; `training-loop sign-in link`"
            )
        reclaimed = False
        while True:
            try:
                if not reclaimed:
                    await self.emails.reclaim_all()
                    reclaimed = True
                await self.emails.settle_all()
            except EarmarkError as error:
                _log.warning("addresses could not be settled (%s); it is tried again", error.code)
            await asyncio.sleep(_SETTLE_EVERY_S)


def assemble_sign_in(
    store: Redis,
    vault: Vault,
    sealer: Sealer,
    settings: SignInSettings,
    origins: tuple[str, ...],
    *,
    limits: Limits | None = None,
) -> SignIn:
    """`origins` are those of the pages; passkeys are bound to the host of the first."""
    sessions, emails = Sessions(store), Emails(store, vault, sealer)
    attempts, tickets = Attempts(store, limits or Limits()), Tickets(store, vault)
    mailer = Mailer(settings.mail)
    ceremonies = Ceremonies(origins=origins, verify_user=True, discoverable=True)
    passkeys = PasskeySignIn(store, sealer, ceremonies, sessions, attempts)
    return SignIn(
        emails=emails,
        email=EmailSignIn(
            *(vault, sealer, Accounts(store, vault), emails, tickets, sessions, attempts, mailer),
            sender=settings.mail_from,
            pages_url=settings.pages_url or origins[0],
        ),
        passkeys=passkeys,
        sessions=sessions,
        personal=SignInStore(store, emails, passkeys, sessions),
        sends_mail=mailer.configured,
    )
