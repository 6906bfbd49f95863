"""A server's side of a trial: load the candidate, count, and let go of it when the trial ends."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

from training_loop.background import ended
from training_loop.errors import EarmarkError, StoreUnavailable
from training_loop.registry.pointer import Stage
from training_loop.registry.registry import ModelRegistry, ServingModel
from training_loop.registry.trial_board import LEASE_S, Trial, TrialBoard

LOOK_EVERY_S = 0.5

_log = logging.getLogger(__name__)


class Candidate(Protocol):
    async def lost(self) -> None:
        """Returns when it is no use any more."""
        ...

    async def close(self) -> None: ...


Loaded = TypeVar("Loaded", bound=Candidate)


class TrialFollower(Generic[Loaded]):
    """Of one kind of model, on one event loop. Without a trial it costs a read every half second.

    A candidate that cannot be loaded or is lost ends the trial on every server; requests go on
    with the model in service. While the store is away the candidate is let go of, before the trial
    could have ended unnoticed.
    """

    def __init__(
        self,
        registry: ModelRegistry,
        board: TrialBoard,
        server_id: str,
        load: Callable[[ServingModel], Awaitable[Loaded]],
    ) -> None:
        self._registry = registry
        self._board = board
        self._server = server_id
        self._load = load
        self._trial: Trial | None = None
        self._candidate: Loaded | None = None
        self._watching: asyncio.Task[None] | None = None
        self._failure = ""
        self._counts: Counter[str] = Counter()
        self._batch = time.time_ns()
        self._reached_s = time.monotonic()

    def tried(self, stage: Stage) -> tuple[Trial, Loaded] | None:
        """The trial and its loaded candidate, if it is in this stage."""
        if self._trial is None or self._candidate is None or self._failure:
            return None
        return (self._trial, self._candidate) if self._trial.stage is stage else None

    def count(self, trial: Trial, name: str, number: int = 1) -> None:
        """Counts of a trial that is over are dropped."""
        if self._trial is not None and self._trial.trial == trial.trial and number:
            self._counts[name] += number

    def failed(self, trial: Trial, code: str) -> None:
        """From now on nobody uses the candidate."""
        if self._trial is not None and self._trial.trial == trial.trial and not self._failure:
            _log.warning("a candidate is no longer tried: %s", code)
            self._failure = code

    async def forever(self) -> None:
        """Until cancelled; then the candidate is let go of."""
        try:
            while True:
                try:
                    await self.look()
                except StoreUnavailable:
                    if time.monotonic() - self._reached_s > LEASE_S:
                        await self._let_go()
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            await self._let_go()

    async def look(self) -> None:
        """Follows the board once, and tells what was counted. Raises StoreUnavailable."""
        staged = await self._board_is_staged()
        state = await self._board.read()
        self._reached_s = time.monotonic()
        if state is None:
            await self._let_go()
            if staged:  # whoever led the trial died: nothing is tried any more
                for stage in Stage:
                    await self._registry.unstage(self._board.kind, stage)
            return
        if self._trial is None or self._trial.trial != state.trial.trial:
            await self._let_go()
            self._trial = state.trial
            await self._take_up(state.trial)
        self._trial = state.trial
        await self._tell(state.trial)

    async def _board_is_staged(self) -> bool:
        return bool(await self._registry.pointer_of(self._board.kind).staged())

    async def _take_up(self, trial: Trial) -> None:
        try:
            model = await self._registry.staged_model(trial.model)
            candidate = await self._load(model)
        except StoreUnavailable:
            self._trial = None
            raise
        except Exception as fault:  # noqa: BLE001 - whatever it is, the model in service goes on
            self.failed(trial, fault.code if isinstance(fault, EarmarkError) else "NOT_LOADED")
            return
        self._candidate = candidate
        self._watching = asyncio.create_task(self._watch(trial, candidate))

    async def _watch(self, trial: Trial, candidate: Loaded) -> None:
        await candidate.lost()
        self.failed(trial, "CANDIDATE_LOST")

    async def _tell(self, trial: Trial) -> None:
        """What could not be told is told with the next look, under the same number."""
        telling = dict(self._counts)
        loaded = self._candidate is not None and not self._failure
        await self._board.tell(
            trial.trial,
            self._server,
            self._batch,
            telling,
            failure=self._failure,
            ready=trial.stage if loaded else None,
        )
        self._counts.subtract(telling)
        self._counts = +self._counts
        self._batch += 1

    async def _let_go(self) -> None:
        candidate, self._candidate = self._candidate, None
        self._trial = None
        self._failure = ""
        self._counts.clear()
        if self._watching is not None:
            await ended(self._watching)
            self._watching = None
        if candidate is not None:
            await candidate.close()
