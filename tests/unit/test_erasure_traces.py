"""Names are found in files wherever they stand, and only those."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from training_loop.erasure import traces
from training_loop.erasure.tombstones import (
    Forgotten,
    Tombstone,
    TombstoneLog,
    account_digest,
)
from training_loop.erasure.traces import Needles


@pytest.mark.parametrize("names", [3, 3000])
def test_each_name_is_found_at_any_place_and_across_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: int
) -> None:
    monkeypatch.setattr(traces, "_PIECE", 4096)
    chance = random.Random(7)
    known = [f"utt_{chance.randbytes(12).hex()}".encode() for _ in range(names)]
    path, planted = tmp_path / "file", set()
    data = bytearray(chance.randbytes(200_000))
    for place in range(13, len(data) - 64, 1013):
        name = chance.choice(known)
        data[place : place + len(name)] = name
        planted.add(name)
    path.write_bytes(data)
    assert Needles(known).found_in(path) == planted
    others = [f"utt_{chance.randbytes(12).hex()}".encode() for _ in range(names)]
    assert Needles(others).found_in(path) == frozenset()


def test_an_empty_file_and_one_that_is_gone_hold_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    needles = Needles([b"utt_000000000001"])
    assert needles.found_in(tmp_path / "empty") == frozenset()
    assert needles.found_in(tmp_path / "gone") == frozenset()


def _event(number: int) -> Tombstone:
    digest = account_digest(f"acc_{number}")
    return Tombstone(event=Forgotten.ACCOUNT, account=digest, at_s=float(number))


async def test_a_torn_end_of_the_tombstone_log_costs_only_what_was_never_acknowledged(
    tmp_path: Path,
) -> None:
    path = tmp_path / "state" / "tombstones" / "log"
    path.parent.parent.mkdir()
    await TombstoneLog(path).bury(_event(1))
    with path.open("ab") as file:
        file.write(b"0123456789abcdef {torn")
    log = TombstoneLog(path)
    assert list(await log.since(0)) == [_event(1)]
    await log.bury(_event(2))
    assert list(await log.since(0)) == [_event(1), _event(2)]
    assert list(await log.since(1)) == [_event(2)]
