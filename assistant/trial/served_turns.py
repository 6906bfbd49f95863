"""How people fare with the model in service: counted on every turn, told in batches."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from assistant.telling import keep_telling
from training_loop.registry.live_counts import TURNS, LiveCounts
from training_loop.registry.live_signals import Signal

TELL_EVERY_S = 2.0


class ServedTurns:
    """Of one kind of model on one server. Holds numbers alone; a crash loses those of the last
    seconds, a store that is away none."""

    def __init__(
        self,
        counts: LiveCounts,
        server_id: str,
        *,
        settled_after_s: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Turns that end within `settled_after_s` of a change of the model are not counted: they
        may have begun with the one before."""
        self._counts = counts
        self._server = server_id
        self._settled_after_s = settled_after_s
        self._clock = clock
        self._model = ""
        self._from_s = 0.0
        self._untold: Counter[tuple[str, str]] = Counter()
        self._telling: Mapping[tuple[str, str], int] = {}
        self._batch = time.time_ns()

    def serves(self, model: str) -> None:
        """From now on this one answers."""
        if model == self._model:
            return
        if self._model:
            self._from_s = self._clock() + self._settled_after_s
        self._model = model

    def count(self, bad: Iterable[Signal]) -> None:
        """Of a turn that the model in service answered."""
        if not self._model or self._clock() < self._from_s:
            return
        self._untold[self._model, TURNS] += 1
        for signal in bad:
            self._untold[self._model, signal.value] += 1

    async def tell(self) -> None:
        """Raises StoreUnavailable; then the same is told the next time, under the same number."""
        if not self._telling:
            self._telling, self._untold = self._untold, Counter()
            self._batch += 1
        if self._telling:
            await self._counts.tell(self._server, self._batch, self._telling)
            self._telling = {}

    async def forever(self) -> None:
        """Tells until it is cancelled, and a last time then."""
        await keep_telling(self.tell, TELL_EVERY_S, "the count of turns")
