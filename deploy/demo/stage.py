"""The demo's server: a process of its own on a free port and a fresh state directory."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

_READY_WITHIN_S = 180.0
_STOPPED_WITHIN_S = 20.0
_EVERYTHING_IS_HEARD = {
    "EARMARK_REVIEW_RATE": "1",
    "EARMARK_REVIEW_K": "1",
    "EARMARK_REVIEW_PER_ACCOUNT_DAY": "1000",
    "EARMARK_REVIEW_EVERY": "0.5",
}
"""Three accounts are too few for a sample whose clips many people could have said."""


class CurtainStuck(Exception):
    """The server did not start; the message is the end of its log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where the running server is found."""

    address: str
    state: Path
    pages: str
    """Where the pages are once `pages_open`, as browsers see it."""
    operator_token: str
    process_id: int


@asynccontextmanager
async def raised(directory: Path) -> AsyncIterator[Stage]:
    """`assistant serve` below `directory`, ended with the context. Raises CurtainStuck."""
    state = directory / "state"
    state.mkdir(parents=True)
    pages = f"http://localhost:{_free_port()}"
    log = directory / "server.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "assistant.cli", "serve"),
            *("--listen", "127.0.0.1:0", "--state", str(state)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={
                **os.environ,
                "COLUMNS": "200",
                "EARMARK_WEB_ORIGIN": pages,
                "EARMARK_PAGES_URL": pages,
                **_EVERYTHING_IS_HEARD,
            },
        )
    try:
        await _ready(process, state, log)
        yield Stage(
            address=(state / "address").read_text(),
            state=state,
            pages=pages,
            operator_token=(state / "operator.token").read_text().strip(),
            process_id=process.pid,
        )
    finally:
        await ended(process)


@asynccontextmanager
async def pages_open(stage: Stage) -> AsyncIterator[None]:
    """`training-loop web` for the running server. Raises CurtainStuck."""
    log = stage.state.parent / "pages.log"
    port = stage.pages.rpartition(":")[2]
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "training_loop.cli", "web"),
            *("--server", stage.address, "--listen", f"127.0.0.1:{port}"),
            *("--public-origin", stage.pages),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        async with asyncio.timeout(_READY_WITHIN_S):
            while not await _listens(int(port)):
                if process.returncode is not None:
                    raise CurtainStuck(log.read_text(errors="replace")[-2000:])
                await asyncio.sleep(0.1)
        yield
    finally:
        await ended(process)


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


async def _ready(process: asyncio.subprocess.Process, state: Path, log: Path) -> None:
    try:
        async with asyncio.timeout(_READY_WITHIN_S):
            while not (state / "address").exists():
                if process.returncode is not None:
                    raise CurtainStuck(log.read_text(errors="replace")[-2000:])
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise CurtainStuck(log.read_text(errors="replace")[-2000:]) from None


async def ended(process: asyncio.subprocess.Process) -> None:
    """Returns once the process is gone: asked first, killed when it does not listen."""
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(_STOPPED_WITHIN_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
