"""Records runs: first on the disk, then with MLflow, now or when its server is there again."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from enum import Enum
from pathlib import Path
from urllib.parse import urlsplit

from training_loop.durable_files import write_atomically
from training_loop.registry.tracking.run import NotRecordable, TrackedRun, TrackedStanding

DELIVER_WITHIN_S = 120.0
SPOOL = "spool"
TOLD = "told"
_MOST_WAITING = 1000
_LONGEST_CODE = 64
RUN = ".run"
STANDING = ".standing"
NOT_DELIVERED = 3
TARGET = "EARMARK_TRACKING_TARGET"
_DELIVER = """
import sys
sys.modules["pandas"] = None
from training_loop.registry.tracking.deliver import main
sys.exit(main())
"""
"""Without data frames, which MLflow loads wherever they are installed: a third of its start."""
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

    @property
    def in_use(self) -> bool:
        """Whether anybody asked for it: a server is named, or something was recorded before."""
        return bool(self._url) or (self._root / SPOOL).exists()

    async def record(self, one: TrackedRun | TrackedStanding) -> Recording:
        """Never raises but for cancellation: then, as when the server is away, it waits."""
        return await self.record_all([one])

    async def record_all(self, told: Sequence[TrackedRun | TrackedStanding]) -> Recording:
        """As `record`, and the server is told once: the worst of what came of them. A standing
        takes the place of those of its kind that wait."""
        try:
            kept = [await self.keep(one) for one in told]
            await self.deliver()
        except OSError as fault:
            _log.warning("a run could not be written down (%s)", type(fault).__name__)
            return Recording.REFUSED
        if None in kept:
            return Recording.REFUSED
        waits = any(place is not None and place.exists() for place in kept)
        return Recording.WAITING if waits else Recording.RECORDED

    async def keep(self, one: TrackedRun | TrackedStanding) -> Path | None:
        """Writes it down and tells nobody yet. Where it lies; None where too many wait. Raises
        OSError."""
        earlier: tuple[Path, ...] = ()
        if isinstance(one, TrackedStanding):
            earlier = self._standings(one.kind)
        elif len(self.waiting()) >= _MOST_WAITING:
            _log.error("a run was not recorded: too many wait for the tracking server")
            return None
        place = self._root / SPOOL / _name(one)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        await asyncio.to_thread(write_atomically, place, one.to_bytes())
        for path in earlier:
            if path != place:
                path.unlink(missing_ok=True)
        return place

    def last_standing(self, kind: str) -> TrackedStanding | None:
        """What the server is told of a kind, or was last; None for nothing that can be read."""
        for path in (*reversed(self._standings(kind)), told_in(self._root, self.url) / kind):
            with suppress(OSError, ValueError, KeyError, TypeError, NotRecordable):
                return TrackedStanding.from_bytes(path.read_bytes())
        return None

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

    def _standings(self, kind: str) -> tuple[Path, ...]:
        return tuple(path for path in self.waiting() if path.name.endswith(f"-{kind}{STANDING}"))

    async def _deliver(self) -> None:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _DELIVER),
            *(str(self._root / SPOOL), str(told_in(self._root, self.url))),
            str(self._root / "artefacts"),
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


def _name(one: TrackedRun | TrackedStanding) -> str:
    """Names are in the order of time."""
    if isinstance(one, TrackedRun):
        return f"{one.began_at_s * 1000:015.0f}-{one.key}{RUN}"
    return f"{one.at_s * 1000:015.0f}-{one.key}-{one.kind}{STANDING}"


def waiting(spool: Path) -> tuple[Path, ...]:
    """Runs and standings that were written down, oldest first."""
    found = [path for path in spool.glob("*") if path.suffix in (RUN, STANDING)]
    return tuple(sorted(found, key=lambda path: path.name))


def told_in(root: Path, url: str) -> Path:
    """Where the last standings that a server was told lie: another server is told anew."""
    parts = urlsplit(url)
    place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    return root / TOLD / hashlib.sha256(place.encode()).hexdigest()[:16]


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
