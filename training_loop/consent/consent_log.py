"""The record of each consent, and pausing what was consented to."""

from __future__ import annotations

import hashlib
import json
from typing import Final

from redis.asyncio import Redis

from training_loop.consent.account_record import read_account
from training_loop.errors import AccountGone, InvalidArgument
from training_loop.rights import PAUSE_S, ConsentPage, ConsentRecord
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts, text
from training_loop.vault.vault import Vault

LARGEST_PAGE: Final = 200
_REMEMBER_RESULT_S: Final = 24 * 3600
_LONGEST_REQUEST_ID: Final = 64
_CHANNELS: Final = frozenset({"page", "api", "voice"})


class ConsentLog:
    """Every method raises AccountGone and StoreUnavailable."""

    def __init__(self, store: Redis, vault: Vault) -> None:
        self._store = store
        self._vault = vault
        self._scripts = Scripts(store)

    async def page(self, account: str, page_size: int, page_token: str) -> ConsentPage:
        """Newest first. Raises InvalidArgument for a page size below 1 or a token that is none.

        A page is found by its distance from the oldest record, so that new ones do not move it.
        """
        if page_size < 1:
            raise InvalidArgument("A page has at least one entry.")
        await read_account(self._store, account)
        wanted = min(page_size, LARGEST_PAGE)
        place = f"consents/{account}"
        last = -1
        if page_token:
            last = int(self._vault.read_page_token(place, page_token))
        with store_errors():
            length = int(await self._store.llen(keys.consent_log(account)))
            first = 0 if last == -1 else max(0, length - last)
            found = await self._store.lrange(keys.consent_log(account), first, first + wanted - 1)
        left = length - first - len(found)
        return ConsentPage(
            records=tuple(read_entry(text(entry)) for entry in found),
            next_page_token=self._vault.page_token(place, str(left)) if left > 0 else "",
        )

    async def all(self, account: str) -> tuple[ConsentRecord, ...]:
        """Newest first; the store keeps 10,000 of them."""
        with store_errors():
            found = await self._store.lrange(keys.consent_log(account), 0, -1)
        return tuple(read_entry(text(entry)) for entry in found)

    async def pause(self, account: str, duration_s: int, channel: str, request_id: str) -> None:
        """Implements `PrivacyRights.pause_learning`."""
        if duration_s != 0 and duration_s not in PAUSE_S:
            raise InvalidArgument(
                f"Learning is paused for {PAUSE_S.start} to {PAUSE_S.stop - 1} seconds."
            )
        if channel not in _CHANNELS:
            raise InvalidArgument("The channel of a choice is page, api or voice.")
        if not 1 <= len(request_id) <= _LONGEST_REQUEST_ID:
            raise InvalidArgument("A request id has 1 to 64 characters.")
        digest = hashlib.sha256(json.dumps([request_id, duration_s]).encode()).hexdigest()
        record = await read_account(self._store, account)
        entry = {
            "epoch": record.consent.settings.epoch,
            "change": {"pause_s": duration_s},
            "text_version": "",
            "channel": channel,
        }
        ends = await self._scripts.run(
            "pause_learning",
            [
                keys.account(account),
                keys.consent_log(account),
                keys.request(account, f"p:{digest[:32]}"),
            ],
            [duration_s * 1000, json.dumps(entry, separators=(",", ":")), _REMEMBER_RESULT_S],
        )
        if not ends:
            raise AccountGone("the account is being deleted")


def read_entry(entry: str) -> ConsentRecord:
    """A line of the consent log."""
    at_ms, fields = entry.split(" ", 1)
    found = json.loads(fields)
    return ConsentRecord(
        at_s=int(at_ms) / 1000,
        epoch=found["epoch"],
        change=found["change"],
        text_version=found["text_version"],
        channel=found["channel"],
    )
