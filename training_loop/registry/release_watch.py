"""Watches released models, and puts the earlier one back where people surely fare worse."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from training_loop.audit.log import AuditLog
from training_loop.errors import EarmarkError, StoreUnavailable
from training_loop.registry.earlier import nearest_usable
from training_loop.registry.errors import ServingChanged
from training_loop.registry.live_counts import LiveCounts
from training_loop.registry.live_signals import Regression
from training_loop.registry.live_watch import WatchRules, on_watch, watched, worse_than
from training_loop.registry.pointer import Pointer, TakenOut
from training_loop.registry.registry import ModelRegistry
from training_loop.training.trainer import ModelKind

LOOK_EVERY_S = 2.0
WATCHED = (ModelKind.NLU, ModelKind.LANGUAGE_MODEL)
"""Thresholds stand and fall with the language understanding that they are for."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _OnWatch:
    kind: ModelKind
    pointer: Pointer


class ReleaseWatch:
    """Any number of servers may look at once: a model is taken out once, and a server that dies in
    between leaves the rest to the next look of any.

    Where several kinds were released, nobody can tell by the turns which of them is to blame. The
    newest is taken out first, and the others are counted anew.
    """

    def __init__(self, registry: ModelRegistry, audit: AuditLog, rules: WatchRules) -> None:
        self._registry = registry
        self._audit = audit
        self._rules = rules
        self._counts = {kind: LiveCounts(registry.store, kind) for kind in WATCHED}
        self._taken_out: set[str] = set()
        """Those that this process knows to be refused since."""
        self._left: set[tuple[str, int]] = set()
        """Those that it left in service, with their generation."""

    async def forever(self) -> None:
        """Until cancelled; survives the store's absence."""
        while True:
            try:
                await self.look()
            except StoreUnavailable:
                _log.warning("watching the models in service waits for the store")
            except (EarmarkError, OSError) as fault:
                code = fault.code if isinstance(fault, EarmarkError) else type(fault).__name__
                _log.error("the models in service were not watched: %s", code)
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> str:
        """Once. Returns the model that this call took out of service, or empty.

        Raises StoreUnavailable, SigningKeyRefused, and OSError where the registry cannot be
        written.
        """
        seen = [
            _OnWatch(kind=kind, pointer=await self._registry.pointer_of(kind).read())
            for kind in WATCHED
        ]
        now_ms = await self._registry.pointer.now_ms()
        on = [one for one in seen if on_watch(one.pointer, self._rules, now_ms)]
        for one in seen:
            if one.pointer.taken_out is not None:
                await self._see_through(one.pointer.taken_out, on)
        for one in sorted(on, key=lambda one: one.pointer.released_ms, reverse=True):
            if await self._judge(one, now_ms):
                await self._see_through_now(one, on)
                return one.pointer.model
        return ""

    async def _judge(self, one: _OnWatch, now_ms: int) -> bool:
        """Whether this call took it out of service."""
        tallies = await self._counts[one.kind].read()
        worse = worse_than(watched(one.pointer, tallies, self._rules, now_ms), self._rules)
        if not worse or (one.pointer.model, one.pointer.generation) in self._left:
            return False
        earlier = await asyncio.to_thread(
            nearest_usable,
            self._registry.shelf,
            one.pointer.model,
            await self._registry.consented(),
        )
        if earlier is None or earlier.model not in worse:
            await self._leave(one.pointer, worse)
            return False
        noted = _noted(one.pointer.model, worse[earlier.model])
        try:
            await self._registry.take_out(one.pointer, earlier, noted)
        except ServingChanged:
            return False
        _log.warning("people fared worse with %s: %s serves again", noted.model, earlier.model)
        return True

    async def _leave(self, pointer: Pointer, worse: Mapping[str, tuple[Regression, ...]]) -> None:
        """Those that it is worse than may not serve any more, and of the others nobody knows
        whether people would fare better."""
        model = pointer.model
        self._left.add((model, pointer.generation))
        _log.warning("people fare worse with %s, and no model known to be better may serve", model)
        left = _noted(model, next(iter(worse.values())))
        await self._record("model_left_in_service", left)

    async def _see_through_now(self, one: _OnWatch, on: list[_OnWatch]) -> None:
        pointer = await self._registry.pointer_of(one.kind).read()
        if pointer.taken_out is not None:
            await self._see_through(pointer.taken_out, [other for other in on if other is not one])

    async def _see_through(self, noted: TakenOut, others: list[_OnWatch]) -> None:
        """What follows once a model was taken out, in an order in which no crash leaves a part of
        it out: it counts as done when the model is refused."""
        if noted.model in self._taken_out:
            return
        decided = await asyncio.to_thread(self._registry.shelf.decided, noted.model)
        if not decided.decision.final:
            await self._record("model_rolled_back", noted)
            for other in others:
                await self._counts[other.kind].forget(other.pointer.model)
            await asyncio.to_thread(self._registry.refuse, noted.model, noted.reasons)
        self._taken_out.add(noted.model)

    async def _record(self, action: str, noted: TakenOut) -> None:
        await self._audit.record(
            "machine",
            action,
            subject=noted.model,
            detail={"stage": "serving", "ending": "worse", **noted.figures},
            request_id=f"{action} {noted.model}",
        )


def _noted(model: str, worse: tuple[Regression, ...]) -> TakenOut:
    return TakenOut(
        model=model,
        reasons=tuple(one.text for one in worse),
        figures={one.signal.value: f"{one.serving:.4f}_to_{one.candidate:.4f}" for one in worse},
    )
