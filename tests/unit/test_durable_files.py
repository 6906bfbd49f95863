"""What is written is there whole or as it was before, for its owner alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from training_loop.durable_files import sync, write_atomically


def test_a_reader_that_began_before_reads_the_old_content_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "state"
    write_atomically(path, b"old" * 1000)
    with path.open("rb") as reader:
        start = reader.read(3)
        write_atomically(path, b"new")
        assert start + reader.read() == b"old" * 1000
    assert path.read_bytes() == b"new"


def test_what_is_written_is_its_owners_alone(tmp_path: Path) -> None:
    write_atomically(tmp_path / "state", b"content")
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o600


def test_a_write_that_fails_leaves_the_old_content_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state"
    write_atomically(path, b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_content_and_name_reach_the_disk_before_the_call_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    really = os.fsync

    def recorded(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        really(descriptor)

    monkeypatch.setattr(os, "fsync", recorded)
    write_atomically(tmp_path / "state", b"content")
    assert synced[0].startswith(".")  # the content, under its first name
    assert synced[1:] == [tmp_path.name]


def test_files_and_directories_can_be_synced_and_what_is_not_there_cannot(tmp_path: Path) -> None:
    (tmp_path / "state").write_bytes(b"content")
    sync(tmp_path / "state")
    sync(tmp_path)
    with pytest.raises(FileNotFoundError):
        sync(tmp_path / "gone")
