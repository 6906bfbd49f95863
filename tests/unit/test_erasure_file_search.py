"""Erasures that search files at once share the reading, and none relies on an older one."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from training_loop.erasure import file_search
from training_loop.erasure.file_search import FileSearch, Place
from training_loop.erasure.traces import Needles

MINE, OTHERS, GONE = b"utt_000000000001", b"utt_000000000002", b"utt_000000000003"


class _Read:
    """Counts the searches that began, and holds up the first one."""

    def __init__(self) -> None:
        self.searches: list[frozenset[bytes]] = []
        self.first_reads, self.go_on = threading.Event(), threading.Event()

    def needles(self, names: set[bytes]) -> Needles:
        self.searches.append(frozenset(names))
        needles = Needles(names)
        if len(self.searches) == 1:
            found_in = needles.found_in

            def held_up(path: Path) -> frozenset[bytes]:
                found = found_in(path)
                self.first_reads.set()
                assert self.go_on.wait(10)
                return found

            needles.found_in = held_up  # type: ignore[method-assign]
        return needles


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> _Read:
    watched = _Read()
    monkeypatch.setattr(file_search, "Needles", watched.needles)
    return watched


async def test_each_is_told_of_its_own_names_by_place(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "file").write_bytes(b"-".join([MINE, OTHERS, MINE]))
    (tmp_path / "sealed").mkdir()
    (tmp_path / "sealed" / "file").write_bytes(OTHERS)
    search = FileSearch(
        {
            "log": Place(directory=tmp_path / "log"),
            "files": Place(directory=tmp_path, besides=frozenset({"log", "sealed"})),
            "missing": Place(directory=tmp_path / "nowhere"),
        }
    )
    mine, others, gone = await asyncio.gather(
        search.count([MINE]), search.count([OTHERS, GONE]), search.count([GONE])
    )
    assert mine == {"log": 1, "files": 0, "missing": 0}
    assert others == {"log": 1, "files": 0, "missing": 0}
    assert gone == {"log": 0, "files": 0, "missing": 0}


async def test_those_who_come_while_one_reads_share_the_next_reading(
    tmp_path: Path, read: _Read
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"nothing yet")
    search = FileSearch({"files": Place(directory=tmp_path)})
    first = asyncio.create_task(search.count([GONE]))
    await asyncio.to_thread(read.first_reads.wait, 10)
    file.write_bytes(MINE + OTHERS)  # what the first search has not seen
    later = [asyncio.create_task(search.count([name])) for name in (MINE, OTHERS, GONE)]
    await asyncio.sleep(0)
    read.go_on.set()
    assert (await first)["files"] == 0
    assert [(await one)["files"] for one in later] == [1, 1, 0]
    assert read.searches == [frozenset({GONE}), frozenset({MINE, OTHERS, GONE})]


async def test_a_caller_that_gives_up_does_not_end_the_others_search(
    tmp_path: Path, read: _Read
) -> None:
    (tmp_path / "file").write_bytes(MINE)
    search = FileSearch({"files": Place(directory=tmp_path)})
    impatient, patient = (asyncio.create_task(search.count([MINE])) for _ in range(2))
    await asyncio.to_thread(read.first_reads.wait, 10)
    impatient.cancel()
    read.go_on.set()
    assert (await patient)["files"] == 1
    assert len(read.searches) == 1
