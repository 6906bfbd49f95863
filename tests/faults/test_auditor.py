"""The auditor beside ordinary traffic and as a process: no false alarm, and no silent one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import re
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from tests.fixtures.auditor import a_household, auditor_of, days_ago_ms, found_by
from tests.fixtures.store import (
    EVERYTHING_ON,
    SHOWN,
    a_review,
    an_utterance,
    consenting_account,
    opt_out,
    try_to_say,
)
from training_loop.auditor.finding import RoundReport
from training_loop.cli import app
from training_loop.errors import AccountGone
from training_loop.loop import Loop
from training_loop.queue.lease import LeaseLost
from training_loop.settings import LoopSettings

_WORKERS = 8
_ACTS = 6
"""What each of them does at least."""
_MET = {"h", "hx", "i", "ix", "v", "r", "blob"}


class _Traffic:
    """Everything that ordinary use does, in a random order, on a few accounts."""

    def __init__(self, loop: Loop, seed: int) -> None:
        self._loop = loop
        self._chance = random.Random(seed)
        self._account = ""
        self._request = 0
        self.done = 0

    async def forever(self) -> None:
        self._account = await consenting_account(self._loop)
        acts: list[Callable[[], Awaitable[object]]] = [
            *([self._say] * 6 + [self._review] * 2),
            *(self._withdraw, self._return, self._forget, self._forget_all, self._delete),
        ]
        while True:
            with contextlib.suppress(AccountGone, LeaseLost):
                await self._chance.choice(acts)()
            self.done += 1

    async def _say(self) -> None:
        await try_to_say(self._loop, an_utterance(self._account, pcm=b"\x01\x02" * 40))

    async def _review(self) -> None:
        lease = await self._loop.queue.lease("reviewer")
        if lease is None:
            return
        await self._loop.queue.read(lease)
        match self._chance.randrange(3):
            case 0:
                await self._loop.queue.ack(lease, a_review())
            case 1:
                await self._loop.queue.discard(lease)
            case _:
                await self._loop.queue.release(lease)

    async def _withdraw(self) -> None:
        await opt_out(self._loop, self._account)

    async def _return(self) -> None:
        self._request += 1
        request = f"{id(self)}-{self._request}"
        await self._loop.rights.change(self._account, EVERYTHING_ON, SHOWN, request)

    async def _forget(self) -> None:
        page = await self._loop.rights.history(self._account, 1)
        for entry in page.entries:
            await self._loop.rights.delete_utterance(self._account, entry.utterance_id)

    async def _forget_all(self) -> None:
        await self._loop.rights.delete_since(self._account, 0)

    async def _delete(self) -> None:
        account, self._account = self._account, await consenting_account(self._loop)
        await self._loop.rights.delete_account(account)


async def test_beside_ordinary_traffic_it_raises_no_false_alarm(own_loop: Loop) -> None:
    traffic = [_Traffic(own_loop, seed) for seed in range(_WORKERS)]
    running = [asyncio.create_task(one.forever()) for one in traffic]
    running.append(asyncio.create_task(_sweeping(own_loop)))
    checked = RoundReport()
    while min(one.done for one in traffic) < _ACTS or not checked.checked.keys() >= _MET:
        report = await auditor_of(own_loop).once()
        assert not report.findings, found_by(report)
        checked.checked += report.checked
        stopped = [task for task in running if task.done()]
        assert not stopped, stopped[0].exception()
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def _sweeping(loop: Loop) -> None:
    while True:
        await loop.sweep.once()
        await asyncio.sleep(0)


async def _once(loop: Loop) -> tuple[int, str]:
    """The command's exit code, and all it says."""
    arguments = ["auditor", "once", "--state", str(loop.settings.state)]
    runner = CliRunner(env={"COLUMNS": "120", "EARMARK_STORE_URL": ""})
    result = await asyncio.to_thread(runner.invoke, app, arguments)
    return result.exit_code, result.output


async def _started(loop: Loop, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "training_loop.cli", "auditor", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "EARMARK_STATE": str(loop.settings.state), "COLUMNS": "120"},
    )


async def test_once_ends_with_4_when_it_found_something_and_says_nothing_of_whom(
    own_loop: Loop, caplog: pytest.LogCaptureFixture
) -> None:
    home = await a_household(own_loop)
    # The auditor is not given the master key: it needs none.
    own_loop.settings.master_key.rename(own_loop.settings.state / "elsewhere")
    status, said = await _once(own_loop)
    assert (status, "0 mismatches" in said) == (0, True), said
    await own_loop.store.zadd(home.key("hx"), {home.items[0]: days_ago_ms(600)})
    status, said = await _once(own_loop)
    assert status == 4
    assert re.search(r"hx\W+beyond_retention\W+set aside\W+1", said), said
    logged = caplog.text
    assert "mismatch: 1 of kind hx, beyond_retention, set aside" in logged
    for secret in (home.account, home.items[0], str(own_loop.settings.state)):
        assert secret not in said + logged


async def test_without_a_store_it_says_so(own_loop: Loop, tmp_path: Path) -> None:
    away = replace(own_loop, settings=LoopSettings(state=tmp_path / "elsewhere"))
    status, said = await _once(away)
    assert status == 1
    assert "STORE_NOT_RUNNING" in said


async def test_a_running_auditor_tells_prometheus_and_its_exit_code(own_loop: Loop) -> None:
    home = await a_household(own_loop)
    await own_loop.store.zadd(home.key("hx"), {home.items[0]: days_ago_ms(600)})
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = await _started(own_loop, "run", "--every", "0.05", "--metrics-port", str(port))
    metrics = ""
    async with asyncio.timeout(60), httpx.AsyncClient() as client:
        while not re.search(r"earmark_auditor_rounds_total [2-9]", metrics):
            with contextlib.suppress(httpx.TransportError):
                metrics = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
            await asyncio.sleep(0.02)  # another process has no event of ours
    process.send_signal(signal.SIGTERM)
    _, err = await process.communicate()
    assert 'earmark_auditor_mismatches_total{kind="hx",reason="beyond_retention"} 1.0' in metrics
    assert 'earmark_auditor_items_total{kind="h"}' in metrics
    assert home.account not in metrics + err.decode()
    assert process.returncode == 4, err.decode()
