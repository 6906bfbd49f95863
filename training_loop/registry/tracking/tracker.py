"""Records runs: first on the disk, then with MLflow, now or when its server is there again."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path

from training_loop.durable_files import write_atomically
from training_loop.registry.tracking.run import TrackedAlias, TrackedRun

DELIVER_WITHIN_S = 120.0
SPOOL = "spool"
_MOST_WAITING = 1000
_LONGEST_CODE = 64
RUN = ".run"
ALIAS = ".alias"
NOT_DELIVERED = 3
TARGET = "EARMARK_TRACKING_TARGET"
_log = logging.getLogger(__name__)


class Recording(Enum):
    RECORDED = "recorded"
    WAITING = "waiting"
    """The tracking server is away: it is told with the next run, or by `deliver`."""
    REFUSED = "refused"
    """Too many wait already; this one was not kept."""


class Tracker:
    """Of one state directory. Nothing of it fails a training: what cannot be recorded waits.

    `url` is a tracking server's or a database's; empty for a database under `root`. MLflow runs in
    a process of its own: it takes seconds to import, and sends nothing to anybody but the server.
    """

    def __init__(self, root: Path, url: str = "", *, within_s: float = DELIVER_WITHIN_S) -> None:
        self._root = root
        self._url = url
        self._within_s = within_s
        self._delivering = asyncio.Lock()

    @property
    def url(self) -> str:
        """Also for `mlflow ui --backend-store-uri`. May hold a password."""
        return self._url or f"sqlite:///{self._root / 'mlflow.db'}"

    async def record(self, run: TrackedRun) -> Recording:
        """Never raises but for cancellation: then, as when the server is away, the run waits."""
        return await self.record_all([run])

    async def alias(self, alias: TrackedAlias) -> Recording:
        """As `record`. No other model of its kind has the alias afterwards."""
        return await self.record_all([alias])

    async def record_all(self, told: Sequence[TrackedRun | TrackedAlias]) -> Recording:
        """As `record` and `alias`, and the server is told once: the worst of what came of them."""
        try:
            kept = [await self._keep(one) for one in told]
            await self.deliver()
        except OSError as fault:
            _log.warning("a run could not be written down (%s)", type(fault).__name__)
            return Recording.REFUSED
        if None in kept:
            return Recording.REFUSED
        waits = any(place is not None and place.exists() for place in kept)
        return Recording.WAITING if waits else Recording.RECORDED

    async def deliver(self) -> int:
        """Tells the server all that waits, oldest first; returns how many wait still. Raises
        OSError when the spool cannot be read."""
        async with self._delivering:
            if self.waiting():
                await self._deliver()
        return len(self.waiting())

    def waiting(self) -> tuple[Path, ...]:
        """What the server was not told yet, oldest first."""
        return waiting(self._root / SPOOL)

    async def _keep(self, one: TrackedRun | TrackedAlias) -> Path | None:
        """Where it lies; None where too many wait. Raises OSError."""
        if len(self.waiting()) >= _MOST_WAITING:
            _log.error("a run was not recorded: too many wait for the tracking server")
            return None
        place = self._root / SPOOL / _name(one)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        await asyncio.to_thread(write_atomically, place, one.to_bytes())
        return place

    async def _deliver(self) -> None:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "training_loop.registry.tracking.deliver"),
            *(str(self._root / SPOOL), str(self._root / "artefacts")),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment(self.url),
            start_new_session=True,
        )
        code = "no answer"
        try:
            async with asyncio.timeout(self._within_s):
                said, _ = await process.communicate()
                code = said[:_LONGEST_CODE].decode(errors="replace")
        except TimeoutError:
            pass
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        if process.returncode:
            left = len(self.waiting())
            _log.warning("runs were not recorded (%s); %d wait for the server", code, left)


def _name(one: TrackedRun | TrackedAlias) -> str:
    """Names are in the order of time."""
    if isinstance(one, TrackedRun):
        return f"{one.began_at_s * 1000:015.0f}-{one.key}{RUN}"
    return f"{one.at_s * 1000:015.0f}-{one.key}{ALIAS}"


def waiting(spool: Path) -> tuple[Path, ...]:
    """Runs and aliases that were written down, oldest first."""
    found = [path for path in spool.glob("*") if path.suffix in (RUN, ALIAS)]
    return tuple(sorted(found, key=lambda path: path.name))


def environment(url: str, inherited: Mapping[str, str] = os.environ) -> dict[str, str]:
    """For the process that MLflow runs in: the address is no argument, since those are public."""
    return {
        **inherited,
        TARGET: url,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
        "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
        "MLFLOW_ENABLE_ASYNC_LOGGING": "false",
        "GIT_PYTHON_REFRESH": "quiet",
    }
