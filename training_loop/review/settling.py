"""What becomes of clips once opinions can no longer be taken back.

Each step reads, tells, then changes the store in one script that demands that nothing has changed
since: a process that is killed anywhere leaves the item where the next one finds it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import Redis

from training_loop.consent.policy import Purpose
from training_loop.consent.reads import Reads
from training_loop.deidentify.placeholders import has_placeholders
from training_loop.erasure.tombstones import TombstoneLog
from training_loop.errors import EarmarkError
from training_loop.queue.intake import key_purpose
from training_loop.queue.record import Place, StoredValue, open_utterance, seal_review
from training_loop.queue.review import Review
from training_loop.review.agreement import heard_no_wake_word
from training_loop.review.clip_record import open_clip, open_opinion, seal_opinion
from training_loop.review.false_wakes import FalseWakeScores
from training_loop.review.hidden_words import revealed
from training_loop.review.settlement import AnsweredCheck, ReviewObserver, Settlement, Voice
from training_loop.review.task import ClipReport, DeidentifiedClip, Opinion, Verdict
from training_loop.review.unmeant import HistoryKey, bury, remove_condemned
from training_loop.store import keys
from training_loop.store.script_runner import Scripts, text
from training_loop.utterance import Utterance
from training_loop.vault.blobs import BlobStore
from training_loop.vault.vault import Vault

Settle = Callable[[Sequence[Opinion], Opinion | None], Verdict]

_log = logging.getLogger(__name__)
INTERVAL_S = 1.0
CHECK_KEPT_MS = 7 * 24 * 3600 * 1000
"""How long a gold clip stays as a hidden check."""
_AT_ONCE = 64
_TRUTH = "truth"
"""The seat of what a hidden check is measured by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ripe:
    """An item with all opinions of its stage, opened."""

    place: Place
    review_epoch: int
    key: bytes = field(repr=False)
    task: dict[str, Any] = field(repr=False)
    digest: str
    clip: DeidentifiedClip = field(repr=False)
    utterance: Utterance = field(repr=False)
    history: HistoryKey

    def voices(self, stage: str) -> list[tuple[str, Voice]]:
        """By the token of the seat."""
        return [
            (
                seat["token"],
                Voice(
                    staff=seat["staff"],
                    opinion=open_opinion(self.key, self.place, seat["token"], seat["opinion"]),
                ),
            )
            for _, seat in sorted(self.task["seats"].items())
            if seat["as"] == stage and seat["state"] == "final"
        ]


class Settling:
    """Any number of processes may settle at once."""

    def __init__(
        self,
        store: Redis,
        vault: Vault,
        blobs: BlobStore,
        reads: Reads,
        false_wakes: FalseWakeScores,
        tombstones: TombstoneLog,
        settle: Settle,
        observer: ReviewObserver,
    ) -> None:
        self._vault = vault
        self._blobs = blobs
        self._false_wakes = false_wakes
        self._tombstones = tombstones
        self._reads = reads
        self._settle = settle
        self._observer = observer
        self._scripts = Scripts(store)

    async def due(self) -> int:
        """Implements `ReviewTasks.settle_due`."""
        shards = keys.all_shards()
        found = await self._scripts.run_each(
            "ripe_tasks", [(keys.accounts_with_tasks(shard, "w"),) for shard in shards], [_AT_ONCE]
        )
        settled, failures = 0, []
        for ripe in found:
            for account, item, review_epoch in zip(ripe[::3], ripe[1::3], ripe[2::3], strict=True):
                try:
                    settled += await self._one(text(account), text(item), int(review_epoch))
                except EarmarkError as failure:
                    failures.append(failure)
        if failures:
            raise failures[0]
        return settled

    async def forever(self) -> None:
        """Settles every second until cancelled; a failure waits for the next time."""
        while True:
            try:
                await self.due()
            except EarmarkError as error:
                _log.warning("a review could not be settled (%s); it is tried again", error.code)
            await asyncio.sleep(INTERVAL_S)

    async def _one(self, account: str, item: str, review_epoch: int) -> bool:
        """False when it was settled or withdrawn meanwhile."""
        grant = self._reads.open(account)
        try:
            found = await self._scripts.run(
                "open_settling",
                [keys.account(account), keys.read_grants(account)],
                [account, item, review_epoch, grant.id, self._reads.grant_ms],
            )
            if not found:
                return False
            ripe = self._open(account, item, review_epoch, found)
        finally:
            grant.end_soon()
        if ripe.task["stage"] == "check":
            return await self._judge(ripe)
        return await self._decide(ripe)

    async def _decide(self, ripe: _Ripe) -> bool:
        reviewers = ripe.voices("review")
        adjudicators = ripe.voices("adjudication")
        adjudicator = adjudicators[0][1] if adjudicators else None
        verdict = self._settle(
            [voice.opinion for _, voice in reviewers],
            adjudicator.opinion if adjudicator else None,
        )
        await self._observer.settled(
            Settlement(
                settlement=ripe.task["id"],
                reviewers=tuple(voice for _, voice in reviewers),
                adjudicator=adjudicator,
                verdict=verdict,
            )
        )
        opinions = [voice.opinion for _, voice in reviewers + adjudicators]
        if heard_no_wake_word(verdict, opinions):
            return await self._delete(ripe)
        who = "+".join(self._vault.pseudonym(voice.staff) for _, voice in reviewers + adjudicators)
        sealed, truth = b"", ""
        if verdict.opinion is not None:
            sealed = seal_review(ripe.key, ripe.place, _gold(verdict.opinion, ripe, who))
            truth = seal_opinion(ripe.key, ripe.place, _TRUTH, verdict.opinion)
        return await self._carry_out(ripe, verdict.outcome.value, sealed, truth)

    async def _delete(self, ripe: _Ripe) -> bool:
        """What nobody meant to be heard; its bare score is counted."""
        await bury(self._tombstones, ripe.place)
        await self._false_wakes.count(ripe.task["id"], ripe.utterance.wake_score)
        note = ripe.history.note(ripe.utterance, ClipReport.FALSE_WAKE)
        return await self._carry_out(ripe, "no_wake_word", note=note)

    async def _judge(self, ripe: _Ripe) -> bool:
        """What was said of a hidden check changes nothing but what is known of who said it."""
        truth = open_opinion(ripe.key, ripe.place, _TRUTH, ripe.task["truth"])
        for token, voice in ripe.voices("check"):
            check = hashlib.sha256(f"{ripe.task['id']} {token}".encode())
            await self._observer.checked(
                AnsweredCheck(check=check.hexdigest()[:32], voice=voice, truth=truth)
            )
        return await self._carry_out(ripe, "judged")

    async def _carry_out(
        self, ripe: _Ripe, outcome: str, sealed: bytes = b"", truth: str = "", note: bytes = b""
    ) -> bool:
        place = ripe.place
        done, *blobs = await self._scripts.run(
            "settle_task",
            [keys.account(place.account)],
            [
                *(place.account, place.item, place.epoch, ripe.review_epoch),
                *(ripe.digest, outcome, sealed, CHECK_KEPT_MS, truth),
                *(ripe.history.epoch, note),
            ],
        )
        await remove_condemned(self._blobs, blobs)
        return bool(done)

    def _open(self, account: str, item: str, review_epoch: int, found: Sequence[bytes]) -> _Ripe:
        epoch = int(found[0])
        key = self._vault.unwrap(account, key_purpose(Purpose.LEARNING, epoch), found[1])
        place = Place(account=account, purpose=Purpose.LEARNING.value, epoch=epoch, item=item)
        return _Ripe(
            place=place,
            review_epoch=review_epoch,
            key=key,
            task=json.loads(found[2]),
            digest=hashlib.sha1(found[2], usedforsecurity=False).hexdigest(),
            clip=open_clip(key, place, StoredValue.read(found[3]).sealed).clip,
            utterance=open_utterance(key, place, StoredValue.read(found[4]).sealed),
            history=HistoryKey.unwrapped(self._vault, place, found[5], found[6]),
        )


def _gold(opinion: Opinion, ripe: _Ripe, reviewers: str) -> Review:
    """What a model may learn. Words that stayed hidden are flagged: they are not what was said."""
    said = revealed(opinion, ripe.clip, ripe.utterance) or opinion
    flags = frozenset({"hidden_words"}) if has_placeholders(said.text) else frozenset()
    return Review(
        text=said.text,
        intent=said.intent,
        entities=said.entities,
        reviewer=reviewers,
        flags=flags,
    )
