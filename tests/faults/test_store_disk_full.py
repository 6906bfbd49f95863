"""Without room or with failing files the answer still comes, and nothing half-written stays."""

from __future__ import annotations

import os
import resource
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fixtures.store import (
    an_utterance,
    consenting_account,
    opt_out,
    say,
    try_to_say,
)
from training_loop.errors import AccountGone, StoreUnavailable
from training_loop.loop import Loop
from training_loop.rights import SettingsChange
from training_loop.store import keys
from training_loop.utterance import Fate, Utterance
from training_loop.vault.blobs import LocalBlobs


@contextmanager
def _no_file_larger_than(limit: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _files(loop: Loop) -> list[Path]:
    return [path for path in loop.settings.blobs.rglob("*") if path.is_file()]


async def _expire_announcements(loop: Loop, account: str) -> None:
    announced = keys.blob_intents(keys.shard_of(account))
    for blob in await loop.store.zrange(announced, 0, -1):
        assert isinstance(blob, bytes)
        await loop.store.zadd(announced, {blob: 1}, xx=True)


async def test_a_full_disk_keeps_nothing_and_says_so(loop: Loop) -> None:
    account = await consenting_account(loop)
    with _no_file_larger_than(512):
        fate = await try_to_say(loop, an_utterance(account))
    assert fate == Fate(reason="storage_unavailable")
    assert _files(loop) == []
    assert await loop.rights.counts(account) == {"history": 0, "queue": 0, "models": 0}
    await say(loop, account)
    assert len(_files(loop)) == 2


async def test_a_crash_between_blob_and_record_leaves_what_the_sweep_removes(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await consenting_account(loop)
    await say(loop, account)

    async def crash(*_: object) -> Fate:
        raise StoreUnavailable("the process ended here")

    with monkeypatch.context() as patch:
        patch.setattr(loop.sink, "_enqueue", crash)
        assert await try_to_say(loop, an_utterance(account)) == Fate(reason="storage_unavailable")
    assert len(_files(loop)) == 4
    await loop.sweep.once()
    assert len(_files(loop)) == 4, "it may still be on its way"
    await _expire_announcements(loop, account)
    await loop.sweep.once()
    assert len(_files(loop)) == 2
    lease = await loop.queue.lease("reviewer")
    assert lease
    assert (await loop.queue.read(lease)).pcm


async def test_a_record_that_comes_after_its_blob_was_swept_is_refused(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await consenting_account(loop)
    enqueue = loop.sink._enqueue

    async def late(utterance: Utterance, *rest: object) -> Fate:
        await _expire_announcements(loop, account)
        await loop.sweep.once()
        return await enqueue(utterance, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(loop.sink, "_enqueue", late)
    fate = await try_to_say(loop, an_utterance(account))
    assert fate == Fate(reason="storage_unavailable")
    assert await loop.rights.counts(account) == {"history": 0, "queue": 0, "models": 0}


class _Failing:
    """Files that cannot be removed, as on a disk that went read-only."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch = monkeypatch
        self._remove = LocalBlobs.remove

    def fail(self) -> None:
        async def refuse(_blobs: LocalBlobs, _path: str) -> int:
            raise OSError(30, "read-only file system")

        self._patch.setattr(LocalBlobs, "remove", refuse)

    def work(self) -> None:
        self._patch.setattr(LocalBlobs, "remove", self._remove)


async def test_a_deletion_says_pending_while_audio_cannot_be_removed(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await consenting_account(loop)
    said = await say(loop, account)
    failing = _Failing(monkeypatch)
    failing.fail()
    with pytest.raises(StoreUnavailable):
        await loop.rights.delete_utterance(account, said.utterance_id)
    with pytest.raises(StoreUnavailable):
        await loop.rights.delete_account(account)
    assert not await loop.accounts.exists(account)
    assert _files(loop)
    failing.work()
    await loop.sweep.once()
    assert _files(loop) == []
    assert await loop.store.keys(f"*{account}*") == []
    with pytest.raises(AccountGone):
        await loop.rights.delete_account(account)


async def test_audio_of_an_opt_out_that_could_not_be_removed_is_swept_later(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await consenting_account(loop)
    await say(loop, account)
    failing = _Failing(monkeypatch)
    failing.fail()
    await opt_out(loop, account)
    await loop.rights.settled()
    assert len(_files(loop)) == 2
    failing.work()
    await loop.sweep.once()
    assert _files(loop) == []


async def test_audio_past_its_retention_that_could_not_be_removed_is_swept_later(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await consenting_account(loop, SettingsChange(keep_history=True, retention_days=1))
    await say(loop, account, an_utterance(account, at_s=time.time() - 2 * 24 * 3600))
    failing = _Failing(monkeypatch)
    failing.fail()
    await loop.sweep.once()
    assert len(_files(loop)) == 1
    failing.work()
    await loop.sweep.once()
    assert _files(loop) == []


async def test_containers_that_no_account_has_are_swept(loop: Loop) -> None:
    account = await consenting_account(loop)
    await say(loop, account)
    stray = loop.settings.blobs / ("0" * 32)
    stray.mkdir()
    (stray / ("1" * 32)).write_bytes(b"left by a store that was restored")
    await loop.sweep.once()
    assert stray.exists(), "it may belong to a change under way"
    assert await loop.sweep.strays(unchanged_for_s=-1) == 1
    assert not stray.exists()
    assert len(_files(loop)) == 2


@pytest.mark.parametrize("kind", [stat.S_ISREG, stat.S_ISDIR], ids=["audio", "its name"])
async def test_an_utterance_is_not_acknowledged_before_its_audio_is_on_disk(
    loop: Loop, monkeypatch: pytest.MonkeyPatch, kind: Callable[[int], bool]
) -> None:
    """A disk that reports a failed write when it is asked to be sure."""
    account = await consenting_account(loop)
    await say(loop, account)

    def refuse(descriptor: int) -> None:
        if kind(os.fstat(descriptor).st_mode):
            raise OSError(5, "input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        fate = await try_to_say(loop, an_utterance(account))
    assert fate == Fate(reason="storage_unavailable")
    assert await loop.rights.counts(account) == {"history": 1, "queue": 1, "models": 0}
    await _expire_announcements(loop, account)
    await loop.sweep.once()
    assert len(_files(loop)) == 2
