"""One utterance for its own account: heard again, explained, corrected."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from redis.asyncio import Redis

from training_loop.consent.account_record import read_account
from training_loop.consent.consent_log import ConsentLog
from training_loop.consent.errors import UtteranceNotFound
from training_loop.consent.policy import CAPTURE, Purpose, kept_until_s
from training_loop.consent.reads import Reads
from training_loop.errors import AccountGone, InvalidArgument, StoreUnavailable
from training_loop.queue.intake import key_purpose
from training_loop.queue.record import (
    Place,
    StoredValue,
    open_review,
    open_utterance,
    seal_utterance,
)
from training_loop.queue.review import Review
from training_loop.rights import (
    ConsentRecord,
    Corrected,
    Explanation,
    Kept,
    PrivacySettings,
)
from training_loop.store import keys
from training_loop.store.script_runner import Scripts, text
from training_loop.utterance import CaptureContext, Correction, Utterance
from training_loop.vault.blobs import BlobStore
from training_loop.vault.cipher import decrypt
from training_loop.vault.errors import Corrupted
from training_loop.vault.vault import Vault

LONGEST_CORRECTION = 500
"""Characters."""
_TRIES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copy:
    """One purpose's record of an utterance, opened."""

    place: Place
    purpose: Purpose
    key: bytes = field(repr=False)
    value: bytes = field(repr=False)
    stored: StoredValue
    utterance: Utterance
    review: Review | None = None

    @property
    def epoch(self) -> int:
        return self.place.epoch


class OneUtterance:
    """Every method raises AccountGone, UtteranceNotFound, Corrupted and StoreUnavailable."""

    def __init__(
        self, store: Redis, vault: Vault, blobs: BlobStore, reads: Reads, consents: ConsentLog
    ) -> None:
        self._store = store
        self._vault = vault
        self._blobs = blobs
        self._reads = reads
        self._consents = consents
        self._scripts = Scripts(store)

    async def explain(self, account: str, utterance_id: str, *, with_audio: bool) -> Explanation:
        """Implements `PrivacyRights.explain`. The history's copy is the one that is shown."""
        settings = (await read_account(self._store, account)).consent.settings
        consents = await self._consents.all(account)
        return await self.explain_under(
            account, utterance_id, settings, consents, with_audio=with_audio
        )

    async def explain_under(
        self,
        account: str,
        utterance_id: str,
        settings: PrivacySettings,
        consents: Sequence[ConsentRecord],
        *,
        with_audio: bool,
    ) -> Explanation:
        """Like `explain`, with settings and consents (newest first) as they were read before."""
        grant = self._reads.open(account)
        try:
            copies = await self._copies(account, utterance_id, grant.id)
            utterance = copies[0].utterance
            if with_audio:
                utterance = replace(utterance, pcm=await self._audio(copies[0]))
        except FileNotFoundError as gone:
            copies = await self._copies(account, utterance_id, grant.id)  # raises if deleted
            if copies[0].stored.blob:
                raise Corrupted("the audio of an utterance is missing") from gone
            utterance = copies[0].utterance  # became a note meanwhile
        finally:
            grant.end_soon()
        if not grant.usable:
            raise StoreUnavailable("reading took longer than a consent may be relied on")
        kept = tuple(_kept(copy, settings, consents) for copy in copies)
        return Explanation(utterance=utterance, kept=kept)

    async def correct(
        self, account: str, utterance_id: str, *, text_said: str, intent: str
    ) -> Corrected:
        """Implements `PrivacyRights.correct`. Raises InvalidArgument for an empty correction, for
        one of more than `LONGEST_CORRECTION` characters, and where only a note is left."""
        if not text_said and not intent:
            raise InvalidArgument("A correction says what was said or what was meant.")
        if max(len(text_said), len(intent)) > LONGEST_CORRECTION:
            raise InvalidArgument(f"A correction has at most {LONGEST_CORRECTION} characters.")
        correction = Correction(text=text_said, intent=intent, at_s=time.time())
        for _ in range(_TRIES):
            feeds = await self._feeds(account)
            grant = self._reads.open(account)
            try:
                copies = await self._copies(account, utterance_id, grant.id)
                if copies[0].utterance.removed:
                    raise InvalidArgument("Of this nothing is left that could be corrected.")
                outcome = await self._replace(account, copies, correction, feeds=feeds)
            finally:
                grant.end_soon()
            if outcome != "stale":
                return Corrected(correction=correction, in_learning_queue=outcome[1] == "1")
        raise StoreUnavailable("the record kept changing")

    async def _feeds(self, account: str) -> bool:
        """Whether machines may learn from the account now."""
        state = (await read_account(self._store, account)).consent
        now = CaptureContext(account=account, device="")
        return not CAPTURE.objection(Purpose.LEARNING, now, state)

    async def _replace(
        self, account: str, copies: Sequence[_Copy], correction: Correction, *, feeds: bool
    ) -> str:
        arguments: list[bytes | str] = [account, copies[0].place.item]
        for purpose in (Purpose.HISTORY, Purpose.LEARNING):
            copy = next((one for one in copies if one.purpose is purpose), None)
            if copy is None or (purpose is Purpose.LEARNING and not feeds):
                arguments += ["", "", ""]
            else:
                arguments += [str(copy.epoch), copy.value, _corrected(copy, correction)]
        result = await self._scripts.run("correct", [keys.account(account)], arguments)
        return text(result)

    async def _copies(self, account: str, utterance_id: str, grant: str) -> tuple[_Copy, ...]:
        """The history's, then the learning queue's; at least one."""
        found = await self._scripts.run(
            "look_up_utterance",
            [keys.account(account), keys.read_grants(account)],
            [account, utterance_id, grant, self._reads.grant_ms],
        )
        if not found:
            raise AccountGone("there is no such account")
        if text(found[0]) == "none":
            raise UtteranceNotFound("nothing of this utterance is kept")
        copies = []
        for purpose, at in ((Purpose.HISTORY, 0), (Purpose.LEARNING, 3)):
            if found[at]:
                review = found[6] if purpose is Purpose.LEARNING else b""
                copies.append(
                    self._open(account, utterance_id, purpose, found[at : at + 3], review)
                )
        return tuple(copies)

    def _open(
        self, account: str, item: str, purpose: Purpose, found: Sequence[bytes], review: bytes
    ) -> _Copy:
        epoch = int(found[0])
        key = self._vault.unwrap(account, key_purpose(purpose, epoch), found[1])
        place = Place(account=account, purpose=purpose.value, epoch=epoch, item=item)
        stored = StoredValue.read(found[2])
        return _Copy(
            place=place,
            purpose=purpose,
            key=key,
            value=found[2],
            stored=stored,
            utterance=open_utterance(key, place, stored.sealed),
            review=open_review(key, place, review) if review else None,
        )

    async def _audio(self, copy: _Copy) -> bytes:
        if not copy.stored.blob:
            return b""
        sealed = await self._blobs.read(copy.stored.blob)
        return decrypt(copy.key, sealed, copy.place.of("audio"))


def _corrected(copy: _Copy, correction: Correction) -> bytes:
    """The value with the correction sealed into its record."""
    sealed = seal_utterance(copy.key, copy.place, replace(copy.utterance, correction=correction))
    return f"{copy.stored.blob}|{copy.stored.stored_at_ms}|".encode() + sealed


def _kept(copy: _Copy, settings: PrivacySettings, consents: Sequence[ConsentRecord]) -> Kept:
    kept_at_s = copy.stored.stored_at_ms / 1000
    agreed = (
        one
        for one in consents
        if one.epoch >= copy.epoch
        and one.at_s <= kept_at_s
        and one.change.get(copy.purpose.switch) is True
    )
    return Kept(
        purpose=copy.purpose.value,
        kept_at_s=kept_at_s,
        until_s=kept_until_s(copy.purpose, copy.utterance.captured_at_s, settings),
        consent=next(agreed, None),
        reviewed_text=copy.review.text if copy.review else "",
        reviewed_intent=copy.review.intent if copy.review else "",
    )
