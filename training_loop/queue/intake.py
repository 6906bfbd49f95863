"""Takes utterances in, if and only if their account allows it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, field

from redis.asyncio import Redis

from training_loop.consent.account_record import read_account
from training_loop.consent.policy import Purpose, consent_at_capture, consent_when_heard
from training_loop.errors import AccountGone, InvalidArgument, StoreUnavailable
from training_loop.queue.record import Place, seal_utterance
from training_loop.store import keys
from training_loop.store.script_runner import Scripts, text
from training_loop.utterance import CaptureConsent, CaptureContext, Fate, Utterance
from training_loop.vault.blobs import BlobStore, new_blob
from training_loop.vault.cipher import encrypt
from training_loop.vault.vault import Vault

_log = logging.getLogger(__name__)
LARGEST_AUDIO = 4 * 1024 * 1024
"""Bytes; about two minutes."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_REFERENCE_WITHIN_MS = 120_000
_REMEMBER_RESULT_S = 600
_NOT_STORED = "storage_unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copy:
    """One purpose's own copy of an utterance, sealed. Empty: that purpose is not allowed."""

    epoch: str = ""
    blob: str = ""
    record: bytes = field(default=b"", repr=False)
    audio: bytes = field(default=b"", repr=False)


class Intake:
    """Implements `FeedbackSink` on the store and its blobs.

    `keep` raises InvalidArgument for an utterance that no capture can have made: another account's
    consent, an id that is not 1 to 64 letters, digits, "-" and "_", audio over `LARGEST_AUDIO`.
    """

    def __init__(self, store: Redis, vault: Vault, blobs: BlobStore) -> None:
        self._store = store
        self._vault = vault
        self._blobs = blobs
        self._scripts = Scripts(store)

    async def begin(self, context: CaptureContext) -> CaptureConsent:
        try:
            state = (await read_account(self._store, context.account)).consent
        except AccountGone:
            state = None
        except StoreUnavailable:
            return CaptureConsent(
                context=context, history_epoch=None, learning_epoch=None, reason=_NOT_STORED
            )
        return consent_at_capture(context, state)

    async def keep(self, utterance: Utterance, consent: CaptureConsent) -> Fate:
        consent = consent_when_heard(consent)
        if consent.history_epoch is None and consent.learning_epoch is None:
            return Fate(reason=consent.reason or "no_consent")
        _check(utterance, consent)
        try:
            return await self._keep(utterance, consent)
        except StoreUnavailable:
            # Whether it arrived is unknown. If it did, it is whole; if not, its announced blobs
            # are removed when their time runs out.
            return Fate(reason=_NOT_STORED)

    async def _keep(self, utterance: Utterance, consent: CaptureConsent) -> Fate:
        copies = await self._sealed(utterance, consent)
        paths = [copy.blob for copy in copies if copy.blob]
        try:
            await _all(self._blobs.write(copy.blob, copy.audio) for copy in copies if copy.blob)
        except OSError:
            _log.warning("audio could not be stored")
            await self._discard(paths)
            return Fate(reason=_NOT_STORED)
        fate = await self._enqueue(utterance, consent, *copies)
        if not (fate.kept and fate.queued):
            unused = [
                copy.blob
                for copy, used in zip(copies, (fate.kept, fate.queued), strict=True)
                if copy.blob and not used
            ]
            await self._discard(unused)
        return fate

    async def _sealed(self, utterance: Utterance, consent: CaptureConsent) -> tuple[_Copy, _Copy]:
        """Announces the blobs and seals a copy for each purpose that still has its container."""
        epochs = (_word(consent.history_epoch), _word(consent.learning_epoch))
        names = tuple(new_blob() if epoch and utterance.pcm else "" for epoch in epochs)
        given = await self._scripts.run(
            "announce_blobs",
            [
                keys.account(utterance.account),
                keys.blob_intents(keys.shard_of(utterance.account)),
            ],
            [
                consent.generation,
                *(part for pair in zip(epochs, names, strict=True) for part in pair),
                _REFERENCE_WITHIN_MS,
            ],
        )
        history = self._copy(
            utterance, Purpose.HISTORY, consent.history_epoch, names[0], given[0], given[1]
        )
        learning = self._copy(
            utterance, Purpose.LEARNING, consent.learning_epoch, names[1], given[2], given[3]
        )
        return history, learning

    def _copy(
        self,
        utterance: Utterance,
        purpose: Purpose,
        epoch: int | None,
        name: str,
        container: bytes,
        wrapped: bytes,
    ) -> _Copy:
        if epoch is None or not wrapped:
            return _Copy(epoch=_word(epoch))
        key = self._vault.unwrap(utterance.account, key_purpose(purpose, epoch), wrapped)
        place = Place(
            account=utterance.account,
            purpose=purpose.value,
            epoch=epoch,
            item=utterance.utterance_id,
        )
        return _Copy(
            epoch=str(epoch),
            blob=f"{text(container)}/{name}" if name else "",
            record=seal_utterance(key, place, utterance),
            audio=encrypt(key, utterance.pcm, place.of("audio")) if name else b"",
        )

    async def _enqueue(
        self, utterance: Utterance, consent: CaptureConsent, history: _Copy, learning: _Copy
    ) -> Fate:
        account, item = utterance.account, utterance.utterance_id
        result = await self._scripts.run(
            "enqueue",
            [
                keys.account(account),
                keys.arrival(account, item),
                keys.blob_intents(keys.shard_of(account)),
            ],
            [
                account,
                item,
                int(utterance.captured_at_s * 1000),
                consent.generation,
                _REMEMBER_RESULT_S,
                *(history.epoch, history.blob, history.record),
                *(learning.epoch, learning.blob, learning.record),
                _word(consent.review_epoch),
            ],
        )
        result = text(result)
        kept, queued, why = result[0] == "1", result[1] == "1", result[2:]
        if not why and not (kept and queued):
            why = consent.reason or "no_consent"
        return Fate(kept=kept, queued=queued, reason=why)

    async def _discard(self, paths: list[str]) -> None:
        """Removes blobs that nothing refers to; what cannot be removed now is swept later."""
        for path in paths:
            with contextlib.suppress(OSError):
                await self._blobs.remove(path)


def key_purpose(purpose: Purpose, epoch: int) -> str:
    """Which use a container's wrapped key is bound to."""
    return f"{purpose.value}/{epoch}"


def _check(utterance: Utterance, consent: CaptureConsent) -> None:
    if utterance.account != consent.context.account:
        raise InvalidArgument("The consent is another account's.")
    if not _ID.fullmatch(utterance.utterance_id):
        raise InvalidArgument("An utterance's id has 1 to 64 letters, digits, '-' and '_'.")
    if len(utterance.pcm) > LARGEST_AUDIO:
        raise InvalidArgument(f"The audio of an utterance has at most {LARGEST_AUDIO} bytes.")


def _word(epoch: int | None) -> str:
    return "" if epoch is None else str(epoch)


async def _all(writes: Iterable[Awaitable[None]]) -> None:
    """Waits for every one of them, then raises the first failure."""
    for outcome in await asyncio.gather(*writes, return_exceptions=True):
        if outcome is not None:
            raise outcome
