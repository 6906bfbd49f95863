"""`training-loop keys rotate` is killed again and again, and goes on where it was."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from tests.fixtures.store import consenting_account, opt_out, say
from training_loop.loop import Loop
from training_loop.store import keys
from training_loop.vault.account_vault import DATA
from training_loop.vault.keyring import version_of
from training_loop.vault.keyring_store import StoredKeyring

_ACCOUNTS = 8000


async def _rotating(state: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "training_loop.cli", "keys", "rotate"),
        *("--state", str(state)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "COLUMNS": "100"},
    )


async def _many_accounts(loop: Loop) -> None:
    pipeline = loop.store.pipeline(transaction=False)
    for number in range(_ACCOUNTS):
        account = f"acc_{number:024d}"
        wrapped = loop.vault.new_wrapped_key(account, DATA)
        pipeline.hset(keys.account(account), mapping={"state": "live", "data_key": wrapped})
    await pipeline.execute()


async def _kill_when(loop: Loop, reached: Callable[[StoredKeyring], bool]) -> None:
    """Starts a rotation and kills it as soon as the store shows that it has come so far. Then the
    ten seconds pass after which a dead process is not waited for."""
    alive = {holder.process for holder in await loop.rotation._keyring.holders()}
    process = await _rotating(loop.settings.state)
    async with asyncio.timeout(60):
        while True:
            stored = await loop.rotation._keyring.read()
            assert stored is not None
            if reached(stored):
                break
            assert process.returncode is None
            await asyncio.sleep(0.002)
    process.kill()
    assert await process.wait() == -signal.SIGKILL
    for holder in await loop.rotation._keyring.holders():
        if holder.process not in alive:
            await loop.rotation._keyring.leave(holder.process)


async def _household(loop: Loop, over: asyncio.Event, kept: list[str]) -> None:
    """Lives on meanwhile; any failure fails the test."""
    while not over.is_set():
        account = await consenting_account(loop)
        await say(loop, account)
        gone = await consenting_account(loop)
        await say(loop, gone)
        await opt_out(loop, gone)
        assert len((await loop.rights.history(account, 10)).entries) == 1
        kept.append(account)
        await asyncio.sleep(0.01)


async def test_a_rotation_killed_at_each_stage_goes_on_and_nobody_notices(own_loop: Loop) -> None:
    await _many_accounts(own_loop)
    over, kept = asyncio.Event(), list[str]()
    async with asyncio.TaskGroup() as group:
        group.create_task(_household(own_loop, over, kept))
        await _kill_when(own_loop, lambda stored: stored.rotating_to == 2)
        await _kill_when(own_loop, lambda stored: stored.current == 2)
        await _kill_when(own_loop, lambda stored: stored.rewrapped >= 1000)
        status = await own_loop.rotation.status()
        assert status.stored.rotating_to == 2
        assert status.wrapped_by[1] > 0, "it was killed in the middle"
        assert status.wrapped_by[2] >= 1000
        last = await _rotating(own_loop.settings.state)
        said = (await last.communicate())[0].decode()
        over.set()
    assert last.returncode == 0, said
    assert "An interrupted rotation went on" in said
    assert "destroyed" in said
    status = await own_loop.rotation.status()
    assert status.wrapped_by.keys() == {2}
    assert status.stored.rotating_to is None
    assert len(own_loop.settings.master_key.read_text().split()) == 1
    assert len(kept) > 10
    for account in kept:
        assert len((await own_loop.rights.history(account, 10)).entries) == 1
    one = await own_loop.store.hget(keys.account(f"acc_{0:024d}"), "data_key")
    assert isinstance(one, bytes)
    assert version_of(one) == 2
    own_loop.vault.unwrap(f"acc_{0:024d}", DATA, one)
