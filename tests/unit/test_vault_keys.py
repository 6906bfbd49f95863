"""Master keys in a file and in the environment: versions, and what is refused."""

from __future__ import annotations

import asyncio
import os
import secrets
from pathlib import Path
from typing import IO

import pytest

from training_loop.errors import InvalidArgument
from training_loop.settings import LoopSettings, VaultSettings
from training_loop.vault.aws_kms_keys import AwsKmsKeys
from training_loop.vault.environment_keys import EnvironmentKeys
from training_loop.vault.errors import Corrupted, KeyVersionMissing, MasterKeyRefused
from training_loop.vault.key_provider import Destruction, KeyProvider
from training_loop.vault.keyring import Keyring, VersionRecord, version_of
from training_loop.vault.master_key import FileKeys
from training_loop.vault.opening import open_key_provider
from training_loop.vault.s3_blobs import S3Blobs


def _names(directory: Path) -> set[str]:
    return {entry.name for entry in directory.iterdir()}


def _written(count: int) -> str:
    return ",".join(secrets.token_hex(32) for _ in range(count))


@pytest.fixture(params=["file", "environment"])
def two_versions(request: pytest.FixtureRequest, tmp_path: Path) -> KeyProvider:
    if request.param == "environment":
        return EnvironmentKeys(_written(2))
    path = tmp_path / "master.key"
    path.write_text(_written(2).replace(",", "\n"))
    path.chmod(0o600)
    return FileKeys(path)


async def test_each_version_unwraps_what_it_wrapped_and_nothing_else(
    two_versions: KeyProvider,
) -> None:
    old, new = await two_versions.versions()
    for key_id in (old, new):
        wrapped = await two_versions.wrap(b"secret", key_id=key_id, context="vault/1")
        assert b"secret" not in wrapped
        opened = await two_versions.unwrap(wrapped, key_id=key_id, context="vault/1")
        assert opened == b"secret"
        other = new if key_id == old else old
        for wrong_id, context in ((other, "vault/1"), (key_id, "vault/2")):
            with pytest.raises(MasterKeyRefused):
                await two_versions.unwrap(wrapped, key_id=wrong_id, context=context)


async def test_a_version_that_is_not_there_is_named_as_missing(two_versions: KeyProvider) -> None:
    with pytest.raises(MasterKeyRefused, match="local-0123 is missing"):
        await two_versions.unwrap(b"", key_id="local-0123", context="vault/1")


async def test_a_file_gains_a_version_and_loses_one_without_touching_the_others(
    tmp_path: Path,
) -> None:
    path = tmp_path / "keys" / "master.key"
    keys = FileKeys(path)
    assert await keys.versions() == ()
    first = await keys.add_version()
    wrapped = await keys.wrap(b"secret", key_id=first, context="x")
    second = await FileKeys(path).add_version()
    assert await keys.versions() == (first, second)
    assert await keys.unwrap(wrapped, key_id=first, context="x") == b"secret"
    assert path.stat().st_mode & 0o777 == 0o600
    for _ in range(2):
        assert await keys.destroy(first) is Destruction.DESTROYED
        assert await keys.versions() == (second,)
    assert _names(path.parent) == {"master.key", "master.key.lock"}


async def test_versions_added_at_once_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    added = await asyncio.gather(*(FileKeys(path).add_version() for _ in range(8)))
    assert set(await FileKeys(path).versions()) == set(added)


async def test_what_a_destroyed_version_left_on_the_disk_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    keys = FileKeys(path)
    first = await keys.add_version()
    await keys.add_version()
    held = os.open(path, os.O_RDONLY)
    try:
        size = os.fstat(held).st_size
        await keys.destroy(first)
        assert os.pread(held, size, 0) == bytes(size)
    finally:
        os.close(held)


async def test_a_file_replaced_while_it_is_read_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader had opened the old file, and finds it overwritten."""
    path = tmp_path / "master.key"
    key_id = await FileKeys(path).add_version()
    overwritten = tmp_path / "old"
    overwritten.write_bytes(bytes(65))
    overwritten.chmod(0o600)
    opened, original = [], Path.open

    def open_old_first(self: Path, mode: str) -> IO[bytes]:
        opened.append(self)
        return original(overwritten if len(opened) == 1 else self, mode)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", open_old_first)
        assert await FileKeys(path).versions() == (key_id,)
    assert len(opened) == 2


async def test_a_disk_that_fills_leaves_the_key_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = FileKeys(tmp_path / "master.key")
    await keys.add_version()
    before = (tmp_path / "master.key").read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="no space"):
            await keys.add_version()
    assert (tmp_path / "master.key").read_bytes() == before
    assert _names(tmp_path) == {"master.key", "master.key.lock"}


@pytest.mark.parametrize("written", ["xyz", "ab" * 31, "ab" * 32 + ",ab", "ab" * 33])
def test_what_is_no_key_is_refused_and_not_repeated(written: str) -> None:
    with pytest.raises(MasterKeyRefused) as refused:
        EnvironmentKeys(written)
    assert written not in str(refused.value)


async def test_the_environment_says_what_to_do_for_a_new_version() -> None:
    with pytest.raises(MasterKeyRefused, match="append one"):
        await EnvironmentKeys(_written(1)).add_version()
    keys = EnvironmentKeys(_written(2))
    old = (await keys.versions())[0]
    assert await keys.destroy(old) is Destruction.LEFT


async def test_a_key_moves_from_the_file_to_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    key_id = await FileKeys(path).add_version()
    wrapped = await FileKeys(path).wrap(b"secret", key_id=key_id, context="x")
    moved = EnvironmentKeys(path.read_text())
    assert await moved.unwrap(wrapped, key_id=key_id, context="x") == b"secret"


def test_settings_choose_the_provider_and_show_no_secret(tmp_path: Path) -> None:
    written = _written(1)
    environment = {
        "EARMARK_STATE": str(tmp_path),
        "EARMARK_KEY_PROVIDER": "environment",
        "EARMARK_MASTER_KEY": written,
        "EARMARK_BLOBS_URL": "s3://bucket/prefix",
    }
    settings = LoopSettings.from_environment(environment)
    assert written not in repr(settings)
    assert isinstance(open_key_provider(settings.vault, settings.master_key), EnvironmentKeys)
    for name, kind in (("file", FileKeys), ("aws-kms:alias/earmark", AwsKmsKeys)):
        chosen = VaultSettings(key_provider=name)
        assert isinstance(open_key_provider(chosen, settings.master_key), kind)
    with pytest.raises(InvalidArgument, match="EARMARK_KEY_PROVIDER"):
        open_key_provider(VaultSettings(key_provider="aws-kms:key"), settings.master_key)
    assert S3Blobs(settings.vault.blobs_url)


def test_a_wrapped_key_says_its_version_and_is_bound_to_it() -> None:
    keyring = Keyring.new()
    wrapped = keyring.wrap(b"k" * 32, "place")
    assert version_of(wrapped) == 1
    relabelled = wrapped[:4] + b"\x02" + wrapped[5:]
    with pytest.raises(KeyVersionMissing):
        keyring.unwrap(relabelled, "place")
    both = Keyring(current=2, secrets={1: keyring.secrets[1], 2: keyring.secrets[1]})
    with pytest.raises(Corrupted):
        both.unwrap(relabelled, "place")


@pytest.mark.parametrize("cut", [b"\x02", b"\x02\x00\x00\x00"])
def test_a_wrapped_key_cut_short_is_noticed(cut: bytes) -> None:
    with pytest.raises(Corrupted):
        version_of(cut)


async def test_a_version_record_moved_to_another_version_is_refused(
    two_versions: KeyProvider,
) -> None:
    key_id = (await two_versions.versions())[0]
    record = await VersionRecord.make(1, Keyring.new().secrets[1], two_versions, key_id, 0.0)
    assert VersionRecord.load(1, record.dump().encode()) == record
    with pytest.raises(MasterKeyRefused):
        await VersionRecord.load(2, record.dump().encode()).open(two_versions)
