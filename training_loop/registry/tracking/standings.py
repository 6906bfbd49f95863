"""Tells a tracking server which model serves and which is tried, whoever changed it."""

from __future__ import annotations

import asyncio
import logging
import time

from training_loop.errors import EarmarkError
from training_loop.registry.registry import ModelRegistry
from training_loop.registry.tracking.run import TrackedStanding
from training_loop.registry.tracking.tracker import Tracker
from training_loop.training.trainer import ModelKind

LOOK_EVERY_S = 60.0
_LONGEST_WAIT_S = 3600.0
_MOST_LOOKS = 5
_log = logging.getLogger(__name__)


class Standings:
    """Compares what is with what was told last, so that no change is missed, whichever process
    made it and whether it lived to say so. Any number of processes may do it at once.

    Nobody is told before the tracker is in use: an installation that records nothing starts no
    MLflow.
    """

    def __init__(self, registry: ModelRegistry, tracker: Tracker) -> None:
        self._registry = registry
        self._tracker = tracker

    async def note(self) -> None:
        """Writes down what is different; `Tracker.deliver` tells it. Raises StoreUnavailable and
        OSError."""
        if not self._tracker.in_use:
            return
        for kind in ModelKind:
            for _ in range(_MOST_LOOKS):  # another process may write down something older meanwhile
                aliases = await self._registry.catalogue.aliases(kind)
                last = await asyncio.to_thread(self._tracker.last_standing, kind.value)
                if (last.aliases if last else {}) == aliases:
                    break
                standing = TrackedStanding(kind=kind.value, aliases=aliases, at_s=time.time())
                await self._tracker.keep(standing)

    async def forever(self, *, look_every_s: float = LOOK_EVERY_S) -> None:
        """Until cancelled; survives the absence of the store and of the tracking server, which is
        asked again after a minute, two, four, up to an hour. Changes that a process died over are
        brought into the audit log as well."""
        wait_s, tried_at_s = 0.0, 0.0
        while True:
            try:
                await self._audited()
                await self.note()
                if self._tracker.waiting() and time.monotonic() - tried_at_s >= wait_s:
                    left, tried_at_s = await self._tracker.deliver(), time.monotonic()
                    wait_s = min(_LONGEST_WAIT_S, max(LOOK_EVERY_S, 2 * wait_s)) if left else 0.0
            except (EarmarkError, OSError) as fault:
                code = fault.code if isinstance(fault, EarmarkError) else type(fault).__name__
                _log.warning("the tracking server was not told what serves (%s)", code)
            await asyncio.sleep(look_every_s)

    async def _audited(self) -> None:
        for kind in ModelKind:
            await self._registry.pointer_of(kind).audited()
