"""Blob stores that are down, full or damaged: nothing half-kept, nothing half-read, and an
erasure that ends when they are back."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fixtures.store import (
    an_utterance,
    consenting_account,
    opt_out,
    say,
    try_to_say,
)
from tests.fixtures.vault import Aws
from tests.store.test_vault_blobs import a_path
from training_loop import bucket
from training_loop.errors import StoreUnavailable
from training_loop.loop import Loop, open_loop
from training_loop.settings import LoopSettings
from training_loop.store import keys
from training_loop.utterance import Fate
from training_loop.vault.blobs import LocalBlobs
from training_loop.vault.errors import BlobsUnavailable, Corrupted
from training_loop.vault.s3_blobs import S3Blobs


@pytest.fixture
async def s3_loop(s3_settings: LoopSettings) -> AsyncIterator[Loop]:
    async with open_loop(s3_settings) as opened:
        yield opened


def _objects(aws: Aws, loop: Loop) -> list[str]:
    return aws.objects(loop.settings.vault.blobs_url)


async def test_while_the_object_store_is_down_a_capture_keeps_nothing_and_says_so(
    s3_loop: Loop, aws: Aws
) -> None:
    account = await consenting_account(s3_loop)
    aws.stop()
    fate = await try_to_say(s3_loop, an_utterance(account))
    aws.start()
    assert fate == Fate(reason="storage_unavailable")
    assert await s3_loop.rights.counts(account) == {"history": 0, "queue": 0, "models": 0}
    assert _objects(aws, s3_loop) == []
    await say(s3_loop, account)
    assert len(_objects(aws, s3_loop)) == 2


async def test_while_the_object_store_is_down_a_deletion_is_pending_and_then_ends(
    s3_loop: Loop, aws: Aws
) -> None:
    account = await consenting_account(s3_loop)
    said = await say(s3_loop, account)
    await say(s3_loop, account)
    aws.stop()
    with pytest.raises(StoreUnavailable):
        await s3_loop.rights.delete_utterance(account, said.utterance_id)
    with pytest.raises(StoreUnavailable):
        await s3_loop.rights.delete_account(account)
    aws.start()
    assert len(_objects(aws, s3_loop)) == 4
    await s3_loop.sweep.once()
    assert _objects(aws, s3_loop) == []
    assert not await s3_loop.accounts.exists(account)


async def test_an_opt_out_does_not_wait_for_an_object_store_that_is_down(
    s3_loop: Loop, aws: Aws
) -> None:
    account = await consenting_account(s3_loop)
    await say(s3_loop, account)
    aws.stop()
    await opt_out(s3_loop, account)
    assert await s3_loop.queue.lease("reviewer") is None
    await s3_loop.rights.settled()
    aws.start()
    assert len(_objects(aws, s3_loop)) == 2
    await s3_loop.sweep.once()
    assert _objects(aws, s3_loop) == []


async def test_a_read_while_the_object_store_is_down_is_to_be_tried_again(
    s3_loop: Loop, aws: Aws
) -> None:
    await say(s3_loop, await consenting_account(s3_loop))
    lease = await s3_loop.queue.lease("reviewer")
    assert lease
    aws.stop()
    with pytest.raises(BlobsUnavailable):
        await s3_loop.queue.read(lease)
    aws.start()
    assert (await s3_loop.queue.read(lease)).pcm


async def test_an_object_store_that_answers_nothing_is_given_up_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It takes the connection and says nothing."""
    over = asyncio.Event()

    async def say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    monkeypatch.setattr(bucket, "_ANSWER_WITHIN", timedelta(seconds=0.2))
    monkeypatch.setattr(bucket, "_RETRIES", 0)
    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    blobs = S3Blobs(f"s3://bucket/x?endpoint=http://127.0.0.1:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    async with asyncio.timeout(60):
        for call in (blobs.write(a_path(), b"x"), blobs.read(a_path()), blobs.remove(a_path())):
            with pytest.raises(BlobsUnavailable):
                await call
    over.set()
    server.close()
    await server.wait_closed()


async def test_a_disk_that_fills_in_the_middle_of_a_write_leaves_nothing_of_it(
    tmp_path: Path,
) -> None:
    blobs = LocalBlobs(tmp_path / "blobs")
    kept, refused = a_path(), a_path()
    await blobs.write(kept, b"x" * 1000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(BlobsUnavailable):
            await blobs.write(refused, b"x" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    with pytest.raises(FileNotFoundError):
        await blobs.read(refused)
    assert await blobs.read(kept) == b"x" * 1000
    assert _files(tmp_path) == [kept]
    blobs.close()


def _files(directory: Path) -> list[str]:
    blobs = directory / "blobs"
    return [str(path.relative_to(blobs)) for path in blobs.rglob("*") if path.is_file()]


async def test_a_disk_that_cannot_be_read_gives_no_audio(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await say(loop, await consenting_account(loop))
    lease = await loop.queue.lease("reviewer")
    assert lease

    def fail(_: Path) -> bytes:
        raise OSError(5, "input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", fail)
        with pytest.raises(BlobsUnavailable, match="input/output error"):
            await loop.queue.read(lease)
    assert (await loop.queue.read(lease)).pcm


@pytest.mark.parametrize("left", [0, 1, 28, 500])
async def test_a_blob_cut_short_is_never_given_in_part(loop: Loop, left: int) -> None:
    account = await consenting_account(loop)
    await say(loop, account)
    container = await loop.store.hget(keys.account(account), "learning_container")
    assert isinstance(container, bytes)
    [blob] = (loop.settings.blobs / container.decode()).iterdir()
    blob.write_bytes(blob.read_bytes()[:left])
    lease = await loop.queue.lease("reviewer")
    assert lease
    with pytest.raises(Corrupted):
        await loop.queue.read(lease)


async def test_an_object_cut_short_is_never_given_in_part(s3_loop: Loop, aws: Aws) -> None:
    account = await consenting_account(s3_loop)
    await say(s3_loop, account)
    container = await s3_loop.store.hget(keys.account(account), "learning_container")
    assert isinstance(container, bytes)
    [name] = [name for name in _objects(aws, s3_loop) if container.decode() in name]
    path = name.removeprefix("sealed/")
    await s3_loop.blobs.write(path, (await s3_loop.blobs.read(path))[:500])
    lease = await s3_loop.queue.lease("reviewer")
    assert lease
    with pytest.raises(Corrupted):
        await s3_loop.queue.read(lease)
