"""The child of `ray_engine`: `python -m training_loop.training.ray_driver JOB`.

Only this process imports Ray and knows the cluster: whoever asked keeps its signals, its memory and
its secrets to itself, and when this ends, however it ends, the cluster ends what it ran. What goes
back are JSON lines: `line` and `code`, what the kind of job adds, or `failed`.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import ray
from ray.exceptions import RayActorError, RayError

from training_loop.errors import EarmarkError
from training_loop.training.engine import EngineUnavailable
from training_loop.training.errors import TrainerKilled, TrainingFailed
from training_loop.training.limited_process import Limits
from training_loop.training.ray_command import coming_back
from training_loop.training.ray_installation import own_installation
from training_loop.training.ray_parcel import (
    BACK,
    LINES,
    THERE,
    Seal,
    pack,
    put_back,
    tree,
    unpacking,
)
from training_loop.training.ray_room import TrainingRoom, described
from training_loop.training.work import own_output
from training_loop.vault.cipher import new_key

PLACE_WITHIN_S = 600.0
"""How long a command may wait for a free processor of the cluster."""
CLOSE_WITHIN_S = 12.0
KNOCK_WITHIN_S = 10.0

_Room: Any = ray.remote(num_cpus=1, max_restarts=0)(TrainingRoom)

Send = Callable[[Mapping[str, Any]], None]


def connect(address: str) -> None:
    """Joins a cluster that runs; starts none. Raises EngineUnavailable."""
    try:
        _knock(address)
        ray.init(
            address=address or "auto",
            log_to_driver=False,
            configure_logging=False,
            ignore_reinit_error=True,
        )
    except (RayError, OSError, ValueError, RuntimeError) as fault:
        raise EngineUnavailable(f"Ray cannot be reached ({type(fault).__name__}).") from fault


def _knock(address: str) -> None:
    """Ray itself waits for minutes where nobody answers."""
    where = urlsplit(address if "://" in address else f"ray://{address}")
    if where.hostname and where.port:
        socket.create_connection((where.hostname, where.port), KNOCK_WITHIN_S).close()


def require_memory(limits: Limits) -> None:
    """Raises EngineUnavailable where no machine of the cluster has as much as is to be kept free:
    Ray would wait for one."""
    nodes: Sequence[Mapping[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
    there = [node["Resources"].get("memory", 0) for node in nodes if node["Alive"]]
    if not any(memory >= limits.keeps_bytes for memory in there):
        wanted = limits.keeps_bytes >> 20
        raise EngineUnavailable(f"No machine of the cluster has {wanted} MiB of memory for it.")


Work = Callable[[Mapping[str, Any], Send], Coroutine[Any, Any, None]]
"""What a job's `do` names, as "package.module:function"."""


class Failed(Exception):
    """What was told by a worker: a code and its sentence."""


async def carry_out(job: Mapping[str, Any], send: Send) -> None:
    """Runs one command on the cluster. Raises EarmarkErrors and Failed."""
    limits = Limits(**job["order"]["limits"])
    require_memory(limits)
    room: Any = _Room.options(memory=limits.keeps_bytes).remote()
    try:
        key = new_key()
        await _admit(room, key)
        code = await _run(room, key, job, send)
    except RayActorError as fault:
        raise TrainerKilled("The worker that trained was ended.") from fault
    except RayError as fault:
        raise TrainingFailed(f"Ray failed with {type(fault).__name__}.") from fault
    finally:
        with suppress(RayError, TimeoutError):
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await room.close.remote()
        ray.kill(room)
    send({"code": code})


async def _admit(room: Any, key: bytes) -> None:
    try:
        async with asyncio.timeout(PLACE_WITHIN_S):
            found = await room.open.remote(key)
    except TimeoutError as fault:
        raise EngineUnavailable("No processor of the cluster became free.") from fault
    except RayError as fault:
        raise EngineUnavailable(f"No worker can take it ({type(fault).__name__}).") from fault
    if found != own_installation():
        raise EngineUnavailable("A worker has another installation.")


async def _run(room: Any, key: bytes, job: Mapping[str, Any], send: Send) -> int:
    there, back = Seal(key, THERE), Seal(key, BACK)
    files = (pair for name, path in job["sources"] for pair in tree(name, Path(path)))
    for chunk in pack(files, Path(job["home"])):
        _check(await room.take.remote(there.close(chunk)))
    hearing = asyncio.create_task(_hear(room, Seal(key, LINES), send))
    try:
        answer = back.open_json(await room.run.remote(there.close_json(job["order"])))
        _check(answer.get("failed"))
        await hearing
    finally:
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)
    if answer["code"] == 0:
        await _fetch(room, back, job, answer["removed"])
    return int(answer["code"])


async def _hear(room: Any, seal: Seal, send: Send) -> None:
    over = False
    while not over:
        lines, over = seal.open_json(await room.said.remote())
        for line in lines:
            send({"line": line})


async def _fetch(room: Any, back: Seal, job: Mapping[str, Any], removed: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory(dir=job["home"], prefix=".arriving-") as arriving:
        with unpacking(Path(arriving)) as spool:
            while chunk := back.open(await room.give.remote()):
                spool.write(chunk)
        paths = dict(job["sources"])
        for place in coming_back(job["order"]):
            gone = (name.removeprefix(f"{place}/") for name in removed if _below(name, place))
            put_back(Path(arriving) / place, Path(paths[place]), gone)


def _below(name: str, place: str) -> bool:
    return name.startswith(f"{place}/")


def _check(failed: Sequence[str] | None) -> None:
    if failed:
        raise Failed(*failed)


def _work_of(job: Mapping[str, Any]) -> Work:
    module, _, name = job["do"].partition(":")
    work: Work = getattr(importlib.import_module(module), name)
    return work


async def _until_told_to_end(work: Coroutine[Any, Any, None]) -> None:
    """A polite end of this process is one of what it runs, too."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for ending in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(ending, task.cancel)
    await task


def main() -> int:
    said = own_output()

    def send(event: Mapping[str, Any]) -> None:
        said.write(json.dumps(event) + "\n")
        said.flush()

    job = json.load(sys.stdin)
    try:
        connect(job["address"])
        asyncio.run(_until_told_to_end(_work_of(job)(job, send)))
    except EarmarkError as failure:
        send({"failed": (failure.code, str(failure))})
    except Failed as failure:
        send({"failed": failure.args})
    except asyncio.CancelledError:
        return 1
    except Exception as fault:  # noqa: BLE001 - this is the border of the process
        send({"failed": described(fault)})
    finally:
        ray.shutdown()
    return 0


if __name__ == "__main__":
    from training_loop.training import ray_driver

    sys.exit(ray_driver.main())  # of the module that jobs import: its classes exist once
