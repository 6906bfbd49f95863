"""The embedded store keeps what it acknowledged, alone on its directory, as long as we live."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import psutil
import pytest
from redis.exceptions import RedisError

from tests.fixtures.store import until
from training_loop.loop import open_loop
from training_loop.settings import LoopSettings
from training_loop.store import supervisor
from training_loop.store.binary import CONFIGURED
from training_loop.store.client import connect
from training_loop.store.errors import StoreLocked, StoreNotRunning, StoreStartFailed
from training_loop.store.premises import LONGEST_SOCKET_PATH
from training_loop.store.supervisor import EmbeddedStore


async def test_every_acknowledged_write_is_on_disk_before_the_reply(
    own_store: EmbeddedStore,
) -> None:
    client = connect(own_store.url)
    wanted = {
        "appendonly": "yes",
        "appendfsync": "always",
        "no-appendfsync-on-rewrite": "no",
        "save": "",
        "maxmemory-policy": "noeviction",
        "port": "0",
    }
    found = {name: (await client.config_get(name))[name] for name in wanted}
    await client.aclose()
    assert found == wanted


async def test_no_log_of_the_server_keeps_arguments(own_store: EmbeddedStore) -> None:
    client = connect(own_store.url)
    slow = await client.config_get("slowlog-log-slower-than")
    large = await client.config_get("commandlog-re*")
    await client.aclose()
    assert set(slow.values()) | set(large.values()) == {"-1"}


async def test_acknowledged_writes_survive_kill_9_and_the_server_comes_back(
    own_store: EmbeddedStore,
) -> None:
    client = connect(own_store.url)
    acknowledged: list[int] = []

    async def write(first: int) -> None:
        for number in range(first, first + 40):
            try:
                await client.hset("kept", str(number), "1")
            except RedisError:
                continue
            acknowledged.append(number)

    async def kill_twice() -> None:
        for after in (60, 160):
            await until(partial(_reached, acknowledged, after))
            killed = own_store.process_id
            assert killed
            os.kill(killed, signal.SIGKILL)

    await asyncio.gather(kill_twice(), *(write(1000 * number) for number in range(8)))
    stored = {int(name) for name in await client.hkeys("kept")}
    await client.aclose()
    assert len(acknowledged) > 160
    assert set(acknowledged) <= stored


async def _reached(numbers: list[int], count: int) -> bool:
    return len(numbers) >= count


async def test_a_second_store_on_the_same_directory_is_refused(
    own_store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_LOCK_WITHIN_S", 0.1)
    second = EmbeddedStore(own_store.socket_path.parent)
    with pytest.raises(StoreLocked):
        await second.start()
    client = connect(own_store.url)
    assert await client.ping()
    await client.aclose()


async def test_a_directory_too_deep_for_a_socket_gets_a_short_private_one(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100)
    store = EmbeddedStore(deep / "store")
    await store.start()
    try:
        assert len(os.fsencode(store.socket_path)) <= LONGEST_SOCKET_PATH
        socket = store.socket_path
        assert socket.parent.stat().st_mode & 0o077 == 0
        async with open_loop(LoopSettings(state=deep)) as loop:
            assert await loop.store.ping()
    finally:
        await store.stop()
    assert not socket.parent.exists()


async def test_the_socket_is_its_owners_alone(own_store: EmbeddedStore) -> None:
    assert own_store.socket_path.stat().st_mode & 0o077 == 0
    assert own_store.socket_path.parent.stat().st_mode & 0o077 == 0


async def test_what_was_written_is_there_after_a_stop_and_a_start(tmp_path: Path) -> None:
    for written in (None, b"yes"):
        store = EmbeddedStore(tmp_path / "store")
        await store.start()
        client = connect(store.url)
        assert await client.get("before") == written
        await client.set("before", "yes")
        await client.aclose()
        await store.stop()


async def test_without_a_running_store_the_error_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreNotRunning) as refused:
        async with open_loop(LoopSettings(state=tmp_path)):
            pass
    assert "assistant serve" in refused.value.hint


async def test_a_configured_binary_that_is_none_is_named_as_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CONFIGURED, str(tmp_path / "missing"))
    with pytest.raises(StoreStartFailed, match=CONFIGURED):
        await EmbeddedStore(tmp_path / "store").start()
    monkeypatch.delenv(CONFIGURED)
    again = EmbeddedStore(tmp_path / "store")
    await again.start()  # the failed start left no lock behind
    await again.stop()


async def test_a_server_that_ends_at_once_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CONFIGURED, "/bin/false")
    with pytest.raises(StoreStartFailed, match="status 1"):
        await EmbeddedStore(tmp_path / "store").start()


_KEEPS_A_STORE = """
import asyncio, pathlib, sys
from training_loop.store.supervisor import EmbeddedStore

async def main():
    store = EmbeddedStore(pathlib.Path(sys.argv[1]))
    await store.start()
    print(store.process_id, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_the_server_ends_with_its_supervisor_even_on_kill_9(tmp_path: Path) -> None:
    keeper = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _KEEPS_A_STORE, str(tmp_path), stdout=subprocess.PIPE
    )
    assert keeper.stdout
    server = int(await keeper.stdout.readline())
    assert psutil.pid_exists(server)
    keeper.kill()
    await keeper.wait()

    async def gone() -> bool:
        return not psutil.pid_exists(server)

    await until(gone)
    successor = EmbeddedStore(tmp_path)
    await successor.start()
    await successor.stop()


async def test_a_server_that_outlives_its_supervisor_keeps_the_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _KEEPS_A_STORE, str(tmp_path), stdout=subprocess.PIPE
    )
    assert keeper.stdout
    server = int(await keeper.stdout.readline())
    os.kill(server, signal.SIGSTOP)
    keeper.kill()
    await keeper.wait()
    monkeypatch.setattr(supervisor, "_LOCK_WITHIN_S", 0.1)
    with pytest.raises(StoreLocked):
        await EmbeddedStore(tmp_path).start()
    monkeypatch.undo()
    os.kill(server, signal.SIGCONT)
    successor = EmbeddedStore(tmp_path)
    await successor.start()
    await successor.stop()
