"""Letters that are on their way: a code and a link that work once, for ten minutes."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from redis.asyncio import Redis

from training_loop.sign_in.errors import CodeRefused
from training_loop.sign_in.tokens import MailToken, new_code, typed_code
from training_loop.store import keys
from training_loop.store.script_runner import Scripts
from training_loop.vault.vault import Vault

VALID_S = 600
TRIES = 5


class Purpose(Enum):
    SIGN_IN = "sign_in"
    CHANGE = "change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is sent, and the ticket of whoever asked for it."""

    ticket: str = field(repr=False)
    code: str = field(repr=False)
    link_token: str = field(repr=False)
    valid_s: int = VALID_S


class Tickets:
    """Nothing here says whom a ticket is about but what is sealed in it. Raises
    StoreUnavailable."""

    def __init__(self, store: Redis, vault: Vault) -> None:
        self._vault = vault
        self._scripts = Scripts(store)

    async def issue(self, purpose: Purpose, about: Mapping[str, str]) -> Letter:
        """A ticket of a sign-in can be used by its link as well, without the ticket."""
        name = secrets.token_hex(8)
        ticket, link = MailToken.make(name, link=False), MailToken.make(name, link=True)
        code = new_code()
        sealed = self._vault.seal(json.dumps(dict(about)).encode(), place=_place(name))
        await self._scripts.run(
            "holder_ticket",
            [keys.sign_in_ticket(name)],
            [
                ticket.digest,
                link.digest if purpose is Purpose.SIGN_IN else "",
                self._code_digest(name, code),
                *(purpose.value, sealed, VALID_S * 1000),
            ],
        )
        return Letter(ticket=ticket.text, code=code, link_token=link.text)

    async def use(self, purpose: Purpose, ticket: str, code: str) -> Mapping[str, str]:
        """What the ticket is about; from here on it is used up. The token of a link comes as the
        code, without a ticket. Raises CodeRefused."""
        token = MailToken.parse(ticket or code.strip())
        if token is None or token.link == bool(ticket):
            raise CodeRefused("the code is not valid, or not any more")
        typed = "" if token.link else typed_code(code)
        found: list[bytes] = await self._scripts.run(
            "holder_use_ticket",
            [keys.sign_in_ticket(token.id)],
            [
                "" if token.link else token.digest,
                token.digest if token.link else "",
                self._code_digest(token.id, typed or "-"),
                *(purpose.value, TRIES, secrets.token_hex(8)),
            ],
        )
        if not found:
            raise CodeRefused("the code is not valid, or not any more")
        about: dict[str, str] = json.loads(self._vault.unseal(found[0], place=_place(token.id)))
        return about

    def _code_digest(self, ticket: str, code: str) -> str:
        """Under a key, since eight digits could be guessed from a plain digest."""
        return self._vault.digest("sign-in codes", f"{ticket} {code}")


def _place(ticket: str) -> str:
    return f"sign-in ticket {ticket}"
