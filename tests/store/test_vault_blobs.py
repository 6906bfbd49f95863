"""What every blob store promises, on a directory and on an S3 service alike."""

from __future__ import annotations

import asyncio
import os
import secrets

import pytest

from tests.fixtures.store import consenting_account, opt_out, say
from tests.fixtures.vault import Aws
from training_loop.errors import InvalidArgument, StoreUnavailable
from training_loop.loop import open_loop
from training_loop.settings import LoopSettings
from training_loop.vault.blobs import BlobStore, new_blob
from training_loop.vault.errors import BlobsUnavailable
from training_loop.vault.s3_blobs import S3Blobs


def a_path(container: str = "") -> str:
    return f"{container or secrets.token_hex(16)}/{new_blob()}"


async def test_a_blob_is_given_back_as_it_was_written(blob_store: BlobStore) -> None:
    for size in (0, 1, 300_000):
        path, content = a_path(), os.urandom(size)
        await blob_store.write(path, content)
        assert await blob_store.read(path) == content


async def test_what_is_not_there_is_said_to_be_missing(blob_store: BlobStore) -> None:
    with pytest.raises(FileNotFoundError):
        await blob_store.read(a_path())
    assert await blob_store.remove(a_path()) == 0
    assert await blob_store.remove(f"{secrets.token_hex(16)}/") == 0
    assert await blob_store.containers(unchanged_for_s=-60) == frozenset()


async def test_a_removed_blob_is_gone_and_its_neighbour_stays(blob_store: BlobStore) -> None:
    container = secrets.token_hex(16)
    one, other = a_path(container), a_path(container)
    await blob_store.write(one, b"one")
    await blob_store.write(other, b"other")
    assert await blob_store.remove(one) == 1
    assert await blob_store.remove(one) == 0
    with pytest.raises(FileNotFoundError):
        await blob_store.read(one)
    assert await blob_store.read(other) == b"other"


async def test_a_removed_container_is_gone_with_all_its_blobs(blob_store: BlobStore) -> None:
    container, neighbour = secrets.token_hex(16), a_path()
    paths = [a_path(container) for _ in range(25)]
    await asyncio.gather(*(blob_store.write(path, b"x") for path in [*paths, neighbour]))
    assert await blob_store.remove(f"{container}/") == 25
    assert await blob_store.remove(f"{container}/") == 0
    for path in paths[:3]:
        with pytest.raises(FileNotFoundError):
            await blob_store.read(path)
    assert await blob_store.containers(unchanged_for_s=-60) == {neighbour.partition("/")[0]}


async def test_containers_are_told_by_age_without_those_already_known(
    blob_store: BlobStore,
) -> None:
    names = [secrets.token_hex(16) for _ in range(3)]
    for name in names:
        await blob_store.write(a_path(name), b"x")
    assert await blob_store.containers(unchanged_for_s=3600) == frozenset()
    assert await blob_store.containers(unchanged_for_s=-60) == set(names)
    known = frozenset(names[:2])
    assert await blob_store.containers(unchanged_for_s=-60, besides=known) == {names[2]}


@pytest.mark.parametrize(
    "path", ["", "/", "../x", "a/b", f"{'0' * 32}/../{'0' * 32}", f"{'0' * 32}", "acc_name/"]
)
async def test_only_random_names_are_paths(blob_store: BlobStore, path: str) -> None:
    for call in (blob_store.write(path, b"x"), blob_store.read(path), blob_store.remove(path)):
        with pytest.raises(ValueError, match="not a"):
            await call


async def test_a_capture_an_opt_out_and_a_sweep_work_on_s3(
    s3_settings: LoopSettings, aws: Aws
) -> None:
    async with open_loop(s3_settings) as loop:
        account = await consenting_account(loop)
        said = await say(loop, account)
        assert len(aws.objects(s3_settings.vault.blobs_url)) == 2
        lease = await loop.queue.lease("reviewer")
        assert lease
        assert (await loop.queue.read(lease)).pcm == said.pcm
        stray = a_path()
        await loop.blobs.write(stray, b"left by a store that was restored")
        assert await loop.sweep.strays(unchanged_for_s=3600) == 0
        assert await loop.sweep.strays(unchanged_for_s=-60) == 1
        assert len(aws.objects(s3_settings.vault.blobs_url)) == 2
        await opt_out(loop, account)
        await loop.rights.settled()
        assert aws.objects(s3_settings.vault.blobs_url) == []
    assert not s3_settings.blobs.exists(), "no audio on this machine"


async def test_nothing_said_stands_in_a_bucket_unsealed(
    s3_settings: LoopSettings, aws: Aws
) -> None:
    async with open_loop(s3_settings) as loop:
        account = await consenting_account(loop)
        said = await say(loop, account)
        names = aws.objects(s3_settings.vault.blobs_url)
        for word in (account, said.device, said.utterance_id):
            assert not any(word in name for name in names)
        bodies = [await loop.blobs.read(name.removeprefix("sealed/")) for name in names]
        assert not any(said.pcm[:16] in body for body in bodies)


async def test_a_bucket_that_keeps_old_versions_is_refused(aws: Aws) -> None:
    url = aws.new_bucket()
    aws.client("s3").put_bucket_versioning(
        Bucket=url.removeprefix("s3://").partition("/")[0],
        VersioningConfiguration={"Status": "Enabled"},
    )
    blobs = S3Blobs(url)
    with pytest.raises(BlobsUnavailable, match="versioning"):
        await blobs.write(a_path(), b"would stay")


async def test_a_bucket_that_is_missing_is_not_a_missing_blob(aws: Aws) -> None:
    blobs = S3Blobs(aws.new_bucket().replace("s3://audio", "s3://other"))
    path = a_path()
    for call in (blobs.write(path, b"x"), blobs.read(path), blobs.remove(path)):
        with pytest.raises(BlobsUnavailable):
            await call
    with pytest.raises(BlobsUnavailable):
        await blobs.remove(f"{secrets.token_hex(16)}/")


@pytest.mark.parametrize("url", ["gs://bucket/x", "s3://", "s3://bucket?password=x", "bucket"])
def test_other_addresses_are_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        S3Blobs(url)
    assert "password" not in str(refused.value)


def test_unavailable_audio_is_an_unavailable_store() -> None:
    """So that an erasure stays pending, and a caller is told to try again."""
    assert issubclass(BlobsUnavailable, StoreUnavailable)
    assert issubclass(BlobsUnavailable, OSError)
    assert BlobsUnavailable.code == "BLOBS_UNAVAILABLE"
