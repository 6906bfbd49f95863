"""A worker that dies or hangs costs the request on its way and no other."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from assistant.errors import InterpreterUnavailable
from assistant.home import Home
from assistant.nlu.serving import NluService
from tests.fixtures.nlu import eventually

SERVER = """
import asyncio, sys
from pathlib import Path
from assistant.home import Home
from assistant.nlu.serving import NluService

async def main():
    service = NluService(Home(root=Path(sys.argv[1])))
    await service.start(Path(sys.argv[2]))
    print("serving", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def worker_of(pid: int) -> psutil.Process:
    """The one NLU worker among a process's children."""
    (worker,) = [
        child
        for child in psutil.Process(pid).children()
        if "assistant.nlu.worker" in child.cmdline()
    ]
    return worker


async def test_a_worker_killed_mid_request_fails_that_request_and_the_next_one_works(
    nlu_service: NluService,
) -> None:
    worker = worker_of(os.getpid())
    worker.suspend()
    request = asyncio.create_task(nlu_service.interpret("what time is it"))
    await asyncio.sleep(0)  # one turn of the loop: the request is on its way
    worker.kill()
    with pytest.raises(InterpreterUnavailable) as lost:
        await request
    assert lost.value.code == "INTERPRETER_UNAVAILABLE"
    assert (await nlu_service.interpret("what time is it")).intent == "ask_time"
    assert worker_of(os.getpid()) != worker
    assert await nlu_service.healthy()


async def test_a_worker_that_hangs_fails_within_the_deadline_and_may_come_back(
    home: Home, base_nlu_model: Path
) -> None:
    service = NluService(home, deadline_s=3.0)
    await service.start(base_nlu_model)

    async def answers() -> bool:
        try:
            return (await service.interpret("what time is it")).intent == "ask_time"
        except InterpreterUnavailable:
            return False

    worker = worker_of(os.getpid())
    try:
        worker.suspend()
        with pytest.raises(InterpreterUnavailable):
            await service.interpret("what time is it")
        assert not await service.healthy()
        worker.resume()
        await eventually(service.healthy)
        await eventually(answers)
    finally:
        worker.resume()
        await service.close()


async def test_a_worker_killed_while_nobody_asks_is_replaced(nlu_service: NluService) -> None:
    worker = worker_of(os.getpid())
    worker.kill()

    async def replaced() -> bool:
        return not worker.is_running() and await nlu_service.healthy()

    await eventually(replaced)
    assert (await nlu_service.interpret("what time is it")).intent == "ask_time"


async def test_a_swap_succeeds_although_the_worker_in_service_just_died(
    nlu_service: NluService, painting_model: Path
) -> None:
    worker_of(os.getpid()).kill()
    await nlu_service.swap(painting_model)
    assert (await nlu_service.interpret("sing a song")).intent == "sing"
    assert worker_of(os.getpid())


async def test_closing_leaves_no_process(home: Home, base_nlu_model: Path) -> None:
    service = NluService(home)
    await service.start(base_nlu_model)
    worker = worker_of(os.getpid())
    await service.close()
    assert not worker.is_running()
    with pytest.raises(InterpreterUnavailable):
        await NluService(home, deadline_s=0.1).interpret("what time is it")


def test_a_worker_ends_with_its_parent_however_that_ended(home: Home, painting_model: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(home.root), str(painting_model)],
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    with parent, parent.stdout:
        assert parent.stdout.readline() == b"serving\n"
        worker = worker_of(parent.pid)
        parent.send_signal(signal.SIGKILL)
        parent.wait(timeout=60)
    _, alive = psutil.wait_procs([worker], timeout=60)
    assert not alive
