"""What a recipient of an export signs in with: one token for each export, for that export alone."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time

from redis.asyncio import Redis

from training_loop.audit.log import AuditLog
from training_loop.datasets.errors import ExportClosed
from training_loop.datasets.exports.ledger import ExportLedger
from training_loop.errors import Unauthenticated
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import text

TOKEN_PREFIX = "earmark-recipient"  # noqa: S105 - says what kind of token it is
_FORM = re.compile(rf"{TOKEN_PREFIX}\.(ex-[0-9a-f]{{16}})\.[A-Za-z0-9_-]{{43}}", re.ASCII)
_ID_DIGITS = 16


class TokenEnded(Unauthenticated):
    """While its bearer was reading."""

    code = "TOKEN_ENDED"
    hint = "The export is closed out, or its token was replaced: ask whoever gave it to you."


class RecipientTokens:
    """Kept as digests: 256 random bits need no salt. All of it raises StoreUnavailable."""

    def __init__(self, store: Redis, ledger: ExportLedger, audit: AuditLog) -> None:
        self._store = store
        self._ledger = ledger
        self._audit = audit

    async def issue(self, export: str, *, by: str) -> str:
        """The token, to be shown once; one that the export had before ends. `by` is who is noted in
        the audit log. Raises ExportUnknown and ExportClosed."""
        if (await self._ledger.standing(export, time.time())).closed:
            raise ExportClosed("The export is closed out.")
        token = f"{TOKEN_PREFIX}.{export}.{secrets.token_urlsafe(32)}"
        await self._audit.record(by, "export_token_issued", subject=export)
        with store_errors():
            await self._store.hset(keys.EXPORT_TOKENS, export, _digest(token))
        return token

    async def verify(self, token: str) -> tuple[str, str]:
        """The export that it is for, and the token's id, which is no secret. Raises
        Unauthenticated."""
        found = _FORM.fullmatch(token)
        if not found:
            raise Unauthenticated("this is no token of an export's recipient")
        export, digest = found[1], _digest(token)
        if not hmac.compare_digest(await self._stored(export), digest):
            raise Unauthenticated("this token admits nobody to an export, or not any more")
        return export, digest[:_ID_DIGITS]

    async def check(self, export: str, token_id: str) -> None:
        """Raises TokenEnded unless the token of this id still is the export's."""
        if (await self._stored(export))[:_ID_DIGITS] != token_id:
            raise TokenEnded("the token has ended")

    async def _stored(self, export: str) -> str:
        """Empty where there is none."""
        with store_errors():
            return text(await self._store.hget(keys.EXPORT_TOKENS, export) or b"")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
