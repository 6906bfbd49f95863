"""What account holders may see, switch and delete."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager

from redis.asyncio import Redis

from training_loop.consent.account_record import read_account
from training_loop.consent.choices import withdraws
from training_loop.consent.consent_log import ConsentLog
from training_loop.consent.history import EVERYTHING, History
from training_loop.consent.one_utterance import OneUtterance
from training_loop.consent.switches import Switches
from training_loop.consent.uses import AccountUses
from training_loop.erasure.account_deletion import AccountDeletion
from training_loop.erasure.forgetting import Forgetting
from training_loop.erasure.withdrawals import Withdrawals
from training_loop.errors import AccountGone, StoreUnavailable
from training_loop.export.archive import Exports
from training_loop.learned_from import Uses
from training_loop.rights import (
    ConsentPage,
    ConsentShown,
    Corrected,
    DeletionReport,
    Explanation,
    HistoryFilter,
    HistoryPage,
    Listen,
    PrivacySettings,
    SettingsChange,
)
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts, text
from training_loop.vault.sweeper import BlobSweeper
from training_loop.vault.vault import Vault

_log = logging.getLogger(__name__)


class Rights:
    """Implements `PrivacyRights`."""

    def __init__(
        self,
        store: Redis,
        vault: Vault,
        history: History,
        utterances: OneUtterance,
        consents: ConsentLog,
        exports: Exports,
        blobs: BlobSweeper,
        forgetting: Forgetting,
        deletion: AccountDeletion,
        withdrawals: Withdrawals,
        uses: AccountUses,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._scripts = Scripts(store)
        self._tidying: set[asyncio.Task[None]] = set()
        self._switches = Switches(store, vault, withdrawals)
        self._withdrawals = withdrawals
        self._history = history
        self._utterances = utterances
        self._consents = consents
        self._exports = exports
        self._forgetting = forgetting
        self._deletion = deletion
        self._uses = uses

    async def settings(self, account: str) -> PrivacySettings:
        return (await read_account(self._store, account)).consent.settings

    async def change(
        self, account: str, change: SettingsChange, shown: ConsentShown, request_id: str
    ) -> PrivacySettings:
        settings = await self._switches.change(account, change, shown, request_id)
        if withdraws(change):
            # Nothing can open these blobs any more; removing them need not keep anybody waiting.
            unlearn = change.improve_models is False
            task = asyncio.create_task(self._tidy(account, unlearn=unlearn))
            self._tidying.add(task)
            task.add_done_callback(self._tidying.discard)
        return settings

    async def settled(self) -> None:
        """Returns when the audio of every withdrawn consent is removed, or left to the sweep."""
        while self._tidying:
            await asyncio.gather(*self._tidying)

    async def pause_learning(
        self, account: str, duration_s: int, channel: str, request_id: str
    ) -> PrivacySettings:
        await self._consents.pause(account, duration_s, channel, request_id)
        return await self.settings(account)

    async def consents(self, account: str, page_size: int, page_token: str = "") -> ConsentPage:
        return await self._consents.page(account, page_size, page_token)

    async def history(
        self,
        account: str,
        page_size: int,
        page_token: str = "",
        matching: HistoryFilter = EVERYTHING,
    ) -> HistoryPage:
        return await self._history.page(account, page_size, page_token, matching)

    async def explain(
        self, account: str, utterance_id: str, *, with_audio: bool = False
    ) -> Explanation:
        return await self._utterances.explain(account, utterance_id, with_audio=with_audio)

    async def correct(
        self, account: str, utterance_id: str, *, text: str = "", intent: str = ""
    ) -> Corrected:
        return await self._utterances.correct(account, utterance_id, text_said=text, intent=intent)

    async def delete_utterance(
        self, account: str, utterance_id: str, request_id: str = ""
    ) -> DeletionReport:
        erasure = await self.start_deleting_utterance(account, utterance_id, request_id)
        return await self._forgetting.finish(erasure)

    async def start_deleting_utterance(
        self, account: str, utterance_id: str, request_id: str = ""
    ) -> str:
        request = _bound(request_id, utterance_id)
        return await self._forgetting.utterance(account, utterance_id, request)

    async def delete_since(
        self, account: str, since_s: float, request_id: str = ""
    ) -> DeletionReport:
        return await self.delete_matching(account, since_s=since_s, request_id=request_id)

    async def delete_matching(
        self,
        account: str,
        *,
        since_s: float = 0,
        until_s: float | None = None,
        device: str = "",
        request_id: str = "",
    ) -> DeletionReport:
        erasure = await self.start_deleting(
            account, since_s=since_s, until_s=until_s, device=device, request_id=request_id
        )
        return await self._forgetting.finish(erasure)

    async def start_deleting(
        self,
        account: str,
        *,
        since_s: float = 0,
        until_s: float | None = None,
        device: str = "",
        request_id: str = "",
    ) -> str:
        request = _bound(request_id, since_s, until_s, device)
        if not device:
            return await self._forgetting.between(account, since_s, until_s, request)
        matching = HistoryFilter(since_s=since_s, until_s=until_s, device=device)
        found = self._history.ids(account, matching)
        return await self._forgetting.listed(account, found, request)

    async def delete_account(self, account: str) -> DeletionReport:
        return await self._deletion.run(account)

    async def erasure_of(self, account: str) -> str:
        return await self._deletion.id_of(account)

    async def uses(self, account: str) -> Uses:
        return await self._uses.of(account)

    async def listens(self, account: str) -> tuple[Listen, ...]:
        await read_account(self._store, account)
        with store_errors():
            found = await self._store.lrange(keys.listens(account), 0, -1)
        return tuple(_listen(text(entry)) for entry in found)

    async def counts(self, account: str) -> Mapping[str, int]:
        found = await self._scripts.run(
            "count_items", [keys.account(account), keys.model_uses(account)], [account]
        )
        if not found:
            raise AccountGone("there is no such account")
        history, queue, _ready, _leased, _reviewed, models = found
        return {"history": history, "queue": queue, "models": models}

    def export(self, account: str) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        return self._exports.export(account)

    async def _tidy(self, account: str, *, unlearn: bool) -> None:
        try:
            if unlearn:
                await self._withdrawals.replace_models(account)
            await self._blobs.sweep_shard(keys.shard_of(account))
        except (StoreUnavailable, OSError):
            _log.info("what a withdrawn consent left behind is left to the next sweep")


def _bound(request_id: str, *arguments: object) -> str:
    """A request id for these arguments alone: another deletion under it is no repetition. Empty
    where no id was given."""
    asked = f"{request_id} {arguments}".encode()
    return hashlib.sha256(asked).hexdigest()[:32] if request_id else ""


def _listen(entry: str) -> Listen:
    """As scripts write it: ms, pseudonym, listen, utterance or "-", ms heard."""
    at_ms, reviewer, *more = entry.split(" ")
    utterance, heard_ms = (more[1], int(more[2])) if len(more) == 3 else ("-", 0)
    return Listen(
        at_s=int(at_ms) / 1000,
        reviewer=reviewer,
        utterance_id="" if utterance == "-" else utterance,
        duration_s=heard_ms / 1000,
    )
