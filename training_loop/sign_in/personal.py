"""What is kept of how account holders sign in, for export and erasure."""

from __future__ import annotations

from collections.abc import Mapping

from redis.asyncio import Redis

from training_loop.sign_in.emails import Emails
from training_loop.sign_in.passkey_sign_in import PasskeySignIn
from training_loop.sign_in.sessions import Sessions
from training_loop.store import keys
from training_loop.store.script_runner import Scripts


class SignInStore:
    """A `PersonalStore`. All of it raises StoreUnavailable."""

    name = "sign_in"
    key_kinds = frozenset({"wm", "wk", "ws"}) | keys.SIGN_IN_LOOKUP_KINDS

    def __init__(
        self, store: Redis, emails: Emails, passkeys: PasskeySignIn, sessions: Sessions
    ) -> None:
        self._scripts = Scripts(store)
        self._emails = emails
        self._passkeys = passkeys
        self._sessions = sessions

    async def export(self, account: str) -> Mapping[str, object]:
        """No secret, and no public key. Raises AccountGone."""
        return {
            "email": await self._emails.address_of(account),
            "passkeys": [
                {
                    "name": one.display_name,
                    "created_at_s": one.created_at_s,
                    "used_at_s": one.used_at_s,
                }
                for one in await self._passkeys.of(account)
            ],
            "sessions": [
                {
                    "opened_at_s": one.opened_at_s,
                    "seen_at_s": one.seen_at_s,
                    "signed_in_with": one.signed_in_with,
                }
                for one in await self._sessions.of(account)
            ],
        }

    async def erase(self, account: str) -> int:
        """First what leads to the account, then what the account has."""
        entries = await self._emails.erase(account)
        own = await self._scripts.run(
            "holder_erase",
            [
                *(keys.account(account), keys.sign_in_record(account)),
                *(keys.holder_passkeys(account), keys.holder_sessions(account)),
            ],
            [account],
        )
        return entries + int(own)
