"""The preparer as a process: kept running, ended with its server, and real from end to end."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from assistant.preparer_process import PreparerProcess
from tests.fixtures.sampling import PreparerStage
from tests.fixtures.store import consenting_account, until
from tests.store.clips_in_review import lent, tasks_on
from training_loop.loop import Loop
from training_loop.sampling.reports import SamplingReports
from training_loop.sampling.worker_process import WorkerProcess
from training_loop.settings import LoopSettings
from training_loop.utterance import SpokenWord

_SLEEPER = ("-c", "import time; time.sleep(600)")


@pytest.fixture
async def child(loop: Loop, request: pytest.FixtureRequest) -> AsyncIterator[PreparerProcess]:
    process = PreparerProcess(loop.settings, **getattr(request, "param", {}))
    process.start()
    yield process
    await process.stop()


def is_there(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def running(process: PreparerProcess, *, other_than: int | None = None) -> int:
    async def is_up() -> bool:
        return process.process_id not in (None, other_than)

    await until(is_up)
    assert process.process_id
    return process.process_id


@pytest.mark.parametrize("child", [{"command": _SLEEPER}], indirect=True)
async def test_a_preparer_that_is_killed_is_started_again_and_ends_when_asked(
    child: PreparerProcess,
) -> None:
    first = await running(child)
    os.kill(first, signal.SIGKILL)
    second = await running(child, other_than=first)
    await child.stop()
    assert not is_there(second)
    await child.stop()


@pytest.mark.parametrize("child", [{"command": ("-c", "raise SystemExit(1)")}], indirect=True)
async def test_a_preparer_that_cannot_run_is_tried_again_with_growing_pauses(
    child: PreparerProcess, caplog: pytest.LogCaptureFixture
) -> None:
    async def thrice() -> bool:
        return len(caplog.messages) >= 3

    await until(thrice)
    assert [one.rpartition(" in ")[2] for one in caplog.messages[:3]] == ["0.5 s", "1.0 s", "2.0 s"]


_PARENT = f"""
import asyncio, os, psutil
from pathlib import Path
from assistant.preparer_process import PreparerProcess
from training_loop.sampling.worker_process import WorkerProcess
from training_loop.settings import LoopSettings
from training_loop.utterance import SpokenWord
SLEEPER = {_SLEEPER!r}
def runs(process_id):
    return psutil.Process(process_id).cmdline()[1:] == list(SLEEPER)
async def main():
    process = PreparerProcess(LoopSettings(state=Path("/nowhere")),
                              command=SLEEPER)
    process.start()
    while not (process.process_id and runs(process.process_id)):
        await asyncio.sleep(0.01)
    print(process.process_id, flush=True)
    os.kill(os.getpid(), 9)
asyncio.run(main())
"""


async def test_a_preparer_ends_with_a_server_that_is_killed() -> None:
    ended = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", _PARENT], capture_output=True, check=False
    )
    process_id = int(ended.stdout)

    async def gone() -> bool:
        return not is_there(process_id)

    await until(gone)


def real_settings(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> LoopSettings:
    for name, value in (("RATE", "1"), ("K", "2"), ("EVERY", "0.05"), ("PER_ACCOUNT_DAY", "9")):
        monkeypatch.setenv(f"EARMARK_REVIEW_{name}", value)
    return loop.settings


async def test_the_command_prepares_what_waits_as_soon_as_it_waits(
    preparing: PreparerStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the real de-identification, in the real processes."""
    process = PreparerProcess(real_settings(preparing.loop, monkeypatch))
    reports = SamplingReports(preparing.loop.store)
    process.start()
    try:
        async with asyncio.timeout(60):
            while await reports.latest() is None:  # noqa: ASYNC110 - it is another process
                await asyncio.sleep(0.05)
            for _ in range(2):
                account = await consenting_account(preparing.loop)
                await preparing.said(account, "set a timer for ten minutes", pcm=b"")
            while await preparing.offered() < 2:  # noqa: ASYNC110 - it is another process
                await asyncio.sleep(0.05)
    finally:
        await process.stop()
    assert await preparing.tasks.waits() == set()


async def test_reviewers_learn_how_sure_the_recogniser_was_of_each_word_they_see(
    preparing: PreparerStage,
) -> None:
    """Of a word that is hidden from them they learn nothing."""
    heard, sure = "call anna about the radio", (0.95, 0.31, 0.42, 0.88, 0.97)
    words = tuple(
        SpokenWord(text=word, start_ms=300 * n, end_ms=300 * n + 280, confidence=sure[n])
        for n, word in enumerate(heard.split())
    )
    for _ in range(2):
        account = await consenting_account(preparing.loop)
        await preparing.said(account, heard, words=words, pcm=b"", alternatives=(), entities=())
    async with WorkerProcess() as worker:
        await preparing.preparer(disguise=worker).once()
    clip = (await lent(tasks_on(preparing.loop), "reviewer")).clip
    assert [(word.text, word.confidence, word.redacted) for word in clip.words] == [
        ("call", 0.95, False),
        ("<name>", 1.0, True),
        ("about", 0.42, False),
        ("the", 0.88, False),
        ("radio", 0.97, False),
    ]
