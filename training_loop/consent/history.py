"""What an account holder sees of what was kept."""

from __future__ import annotations

import json

from redis.asyncio import Redis

from training_loop.consent.policy import Purpose
from training_loop.consent.reads import Reads
from training_loop.errors import AccountGone, InvalidArgument, StoreUnavailable
from training_loop.queue.intake import key_purpose
from training_loop.queue.record import Place, StoredValue, open_utterance
from training_loop.rights import HistoryEntry, HistoryPage
from training_loop.store import keys
from training_loop.store.script_runner import Scripts, text
from training_loop.vault.vault import Vault

LARGEST_PAGE = 200


class History:
    """Pages over history and learning queue together, newest first."""

    def __init__(self, store: Redis, vault: Vault, reads: Reads) -> None:
        self._reads = reads
        self._vault = vault
        self._scripts = Scripts(store)

    async def page(self, account: str, page_size: int, page_token: str) -> HistoryPage:
        """Raises AccountGone, InvalidArgument, Corrupted and StoreUnavailable."""
        if page_size < 1:
            raise InvalidArgument("A page has at least one entry.")
        wanted = min(page_size, LARGEST_PAGE)
        score, after = self._read_token(account, page_token)
        grant = self._reads.open(account)
        found = await self._scripts.run(
            "history_page",
            [keys.account(account), keys.read_grants(account)],
            [account, wanted + 1, score, after, grant.id, self._reads.grant_ms],
        )
        if not found:
            raise AccountGone("there is no such account")
        try:
            rows = [found[at : at + 4] for at in range(4, len(found), 4)]
            entries = [self._entry(account, found[:4], row) for row in rows[:wanted]]
        finally:
            grant.end_soon()
        if not grant.usable:
            raise StoreUnavailable("reading took longer than a consent may be relied on")
        token = ""
        if len(rows) > wanted:
            last = [text(part) for part in rows[wanted - 1][:2]]
            token = self._vault.page_token(_place(account), json.dumps(last))
        return HistoryPage(entries=tuple(entries), next_page_token=token)

    def _read_token(self, account: str, token: str) -> tuple[str, str]:
        if not token:
            return "+inf", ""
        after, score = json.loads(self._vault.read_page_token(_place(account), token))
        return score, after

    def _entry(self, account: str, consent: list[bytes], row: list[bytes]) -> HistoryEntry:
        item, kept, queued = text(row[0]), row[2], row[3]
        purpose = Purpose.HISTORY if kept else Purpose.LEARNING
        at = 0 if kept else 1
        epoch = int(consent[at + 2])
        key = self._vault.unwrap(account, key_purpose(purpose, epoch), consent[at])
        place = Place(account=account, purpose=purpose.value, epoch=epoch, item=item)
        utterance = open_utterance(key, place, StoredValue.read(kept or queued).sealed)
        return HistoryEntry(
            utterance_id=item,
            captured_at_s=utterance.captured_at_s,
            device=utterance.device,
            heard=utterance.heard,
            intent=utterance.intent,
            answer=utterance.answer,
            in_history=bool(kept),
            in_learning_queue=bool(queued),
        )


def _place(account: str) -> str:
    return f"history/{account}"
