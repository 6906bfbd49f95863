"""Signing in with a letter: its code, or its link."""

from __future__ import annotations

from base64 import b64decode, b64encode
from email.message import EmailMessage

from training_loop.consent.accounts import Accounts
from training_loop.errors import AccountGone
from training_loop.sign_in.addresses import Address, parse_address
from training_loop.sign_in.emails import Emails
from training_loop.sign_in.errors import CodeRefused
from training_loop.sign_in.letters import change_letter, link_of, sign_in_letter
from training_loop.sign_in.limits import Attempts
from training_loop.sign_in.mailer import Mailer
from training_loop.sign_in.sessions import NewSession, Sessions, SignedInWith
from training_loop.sign_in.tickets import Letter, Purpose, Tickets
from training_loop.vault.sealer import Sealer
from training_loop.vault.vault import Vault

_CHANGE = "sign_in/change"


class EmailSignIn:
    """All of it raises StoreUnavailable, and TooManyAttempts beyond the limits."""

    def __init__(
        self,
        vault: Vault,
        sealer: Sealer,
        accounts: Accounts,
        emails: Emails,
        tickets: Tickets,
        sessions: Sessions,
        attempts: Attempts,
        mailer: Mailer,
        *,
        sender: str,
        pages_url: str,
    ) -> None:
        self._vault = vault
        self._sealer = sealer
        self._accounts = accounts
        self._emails = emails
        self._tickets = tickets
        self._sessions = sessions
        self._attempts = attempts
        self._mailer = mailer
        self._sender = sender
        self._pages_url = pages_url

    async def start(self, typed: str) -> Letter:
        """The ticket of whoever asks; the letter goes to the address if an account has it, which
        nobody can tell from this call. Raises AddressRefused, EmailOff and MailServerAway."""
        address = parse_address(typed)
        digest = address.digest(self._vault)
        await self._attempts.letter(digest)
        letter = await self._tickets.issue(Purpose.SIGN_IN, {"digest": digest})

        async def compose() -> EmailMessage | None:
            account = await self._emails.find(digest)
            if account is None:
                return None
            known = parse_address(await self._emails.address_of(account))
            return sign_in_letter(self._sender, known, letter, self._pages_url)

        await self._mailer.send_unseen(compose)
        return letter

    async def complete(self, ticket: str, code: str) -> NewSession:
        """With the code and the ticket, or the token of the link alone. Raises CodeRefused."""
        await self._attempts.attempt()
        about = await self._tickets.use(Purpose.SIGN_IN, ticket, code)
        account = about.get("account") or await self._emails.find(about["digest"])
        how = SignedInWith.EMAIL if ticket else SignedInWith.LINK
        if account is None:
            raise CodeRefused("the code is not valid, or not any more")
        try:
            return await self._sessions.open(account, how)
        except AccountGone:
            raise CodeRefused("the code is not valid, or not any more") from None

    async def link_for(self, account: str) -> str:
        """A link that signs in to an account, for the operator to hand over. Raises
        AccountGone."""
        if not await self._accounts.exists(account):
            raise AccountGone("there is no such account")
        letter = await self._tickets.issue(Purpose.SIGN_IN, {"account": account})
        return link_of(self._pages_url, letter)

    async def start_change(self, account: str, typed: str) -> Letter:
        """Sends a code to an address that the account shall have. Raises AddressRefused, EmailOff,
        MailServerAway and RecipientRefused."""
        address = parse_address(typed)
        await self._attempts.letter(address.digest(self._vault))
        sealed = await self._sealer.seal(account, address.written.encode(), context=_CHANGE)
        letter = await self._tickets.issue(
            Purpose.CHANGE, {"account": account, "address": b64encode(sealed).decode()}
        )
        await self._mailer.send(change_letter(self._sender, address, letter))
        return letter

    async def complete_change(self, account: str, ticket: str, code: str) -> None:
        """Raises CodeRefused, also for a ticket of another account; EmailTaken and EmailBusy."""
        await self._attempts.attempt()
        about = await self._tickets.use(Purpose.CHANGE, ticket, code)
        if about["account"] != account:
            raise CodeRefused("the code is not valid, or not any more")
        sealed = b64decode(about["address"])
        written = await self._sealer.unseal(account, sealed, context=_CHANGE)
        await self._emails.give(account, Address(written=written.decode()))

    async def idle(self) -> None:
        """Returns once no letter is under way any more."""
        await self._mailer.idle()
