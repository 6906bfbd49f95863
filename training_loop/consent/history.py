"""What an account holder sees of what was kept."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict

from redis.asyncio import Redis

from training_loop.consent.policy import Purpose
from training_loop.consent.reads import ReadGrant, Reads
from training_loop.errors import AccountGone, InvalidArgument, StoreUnavailable
from training_loop.queue.intake import key_purpose
from training_loop.queue.record import Place, StoredValue, open_utterance
from training_loop.rights import HistoryEntry, HistoryFilter, HistoryPage
from training_loop.store import keys
from training_loop.store.script_runner import Scripts, text
from training_loop.vault.vault import Vault

LARGEST_PAGE = 200
_LOOKED_AT_MOST = 2000
"""Entries opened for one page: what a filter looks for may be rare."""
_LOOKED_FOR_S = 0.5
EVERYTHING = HistoryFilter()


class History:
    """Pages over history and learning queue together, newest first."""

    def __init__(self, store: Redis, vault: Vault, reads: Reads) -> None:
        self._reads = reads
        self._vault = vault
        self._scripts = Scripts(store)

    async def page(
        self,
        account: str,
        page_size: int,
        page_token: str,
        matching: HistoryFilter = EVERYTHING,
    ) -> HistoryPage:
        """Raises AccountGone, InvalidArgument (also for the token of another filter), Corrupted
        and StoreUnavailable."""
        if page_size < 1:
            raise InvalidArgument("A page has at least one entry.")
        wanted = min(page_size, LARGEST_PAGE)
        place = _place(account, matching)
        position = self._read_token(place, page_token, matching)
        grant = self._reads.open(account)
        entries: list[HistoryEntry] = []
        looked, more, until = 0, True, time.monotonic() + _LOOKED_FOR_S
        try:
            while more and len(entries) < wanted and looked < _LOOKED_AT_MOST:
                most = wanted if matching == EVERYTHING else LARGEST_PAGE
                found = await self._rows(account, most, position, matching, grant)
                rows = [found[at : at + 4] for at in range(4, len(found), 4)]
                more = len(rows) > most
                for row in rows[:most]:
                    looked += 1
                    position = text(row[1]), text(row[0])
                    entry = self._entry(account, found[:4], row)
                    if _matches(entry, matching):
                        entries.append(entry)
                        if len(entries) == wanted:
                            more = more or row is not rows[-1]
                            break
                if time.monotonic() > until:
                    break
        finally:
            grant.end_soon()
        if not grant.usable:
            raise StoreUnavailable("reading took longer than a consent may be relied on")
        token = self._vault.page_token(place, json.dumps(position)) if more else ""
        return HistoryPage(entries=tuple(entries), next_page_token=token)

    async def ids(
        self, account: str, matching: HistoryFilter = EVERYTHING
    ) -> AsyncIterator[Sequence[str]]:
        """The ids of all that matches, a page at a time. Raises what `page` raises."""
        token = ""
        while True:
            page = await self.page(account, LARGEST_PAGE, token, matching)
            yield [entry.utterance_id for entry in page.entries]
            token = page.next_page_token
            if not token:
                return

    async def _rows(
        self,
        account: str,
        most: int,
        position: tuple[str, str],
        matching: HistoryFilter,
        grant: ReadGrant,
    ) -> list[bytes]:
        """The keys of both containers, then four fields an entry, of one entry more than asked."""
        earliest = "-inf" if matching.since_s is None else int(matching.since_s * 1000)
        found = await self._scripts.run(
            "history_page",
            [keys.account(account), keys.read_grants(account)],
            [account, most + 1, *position, grant.id, self._reads.grant_ms, earliest],
        )
        if not found:
            raise AccountGone("there is no such account")
        return list(found)

    def _read_token(self, place: str, token: str, matching: HistoryFilter) -> tuple[str, str]:
        if not token:
            until_s = matching.until_s
            return ("+inf" if until_s is None else str(int(until_s * 1000) - 1)), ""
        score, after = json.loads(self._vault.read_page_token(place, token))
        return score, after

    def _entry(self, account: str, consent: list[bytes], row: list[bytes]) -> HistoryEntry:
        item, kept, queued = text(row[0]), row[2], row[3]
        purpose = Purpose.HISTORY if kept else Purpose.LEARNING
        at = 0 if kept else 1
        epoch = int(consent[at + 2])
        key = self._vault.unwrap(account, key_purpose(purpose, epoch), consent[at])
        place = Place(account=account, purpose=purpose.value, epoch=epoch, item=item)
        stored = StoredValue.read(kept or queued)
        utterance = open_utterance(key, place, stored.sealed)
        correction = utterance.correction
        return HistoryEntry(
            utterance_id=item,
            captured_at_s=utterance.captured_at_s,
            device=utterance.device,
            heard=utterance.heard,
            intent=utterance.intent,
            answer=utterance.answer,
            in_history=bool(kept),
            in_learning_queue=bool(queued),
            corrected_text=correction.text if correction else "",
            corrected_intent=correction.intent if correction else "",
            has_recording=bool(stored.blob),
            removed=utterance.removed,
        )


def _matches(entry: HistoryEntry, wanted: HistoryFilter) -> bool:
    """By what is sealed; the range of time was the store's part."""
    if wanted.device and entry.device != wanted.device:
        return False
    if wanted.intent and wanted.intent not in (entry.intent, entry.corrected_intent):
        return False
    part = wanted.contains.casefold()
    texts = (entry.heard, entry.corrected_text, entry.answer)
    return not part or any(part in one.casefold() for one in texts)


def _place(account: str, matching: HistoryFilter) -> str:
    """Binds a page token to its list: the same account, the same filter."""
    digest = hashlib.sha256(json.dumps(asdict(matching)).encode()).hexdigest()
    return f"history/{account}/{digest}"
