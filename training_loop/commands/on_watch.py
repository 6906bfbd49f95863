"""How people fare with a model since its release, as `training-loop models` says it."""

from __future__ import annotations

from dataclasses import dataclass

from rich.table import Table

from training_loop.registry.kinds import kind_of
from training_loop.registry.live_counts import LiveCounts
from training_loop.registry.live_signals import Signal, Tally
from training_loop.registry.live_watch import Watched, WatchRules, on_watch, watched
from training_loop.registry.registry import ModelRegistry
from training_loop.registry.release_watch import WATCHED


@dataclass(frozen=True, slots=True, kw_only=True)
class OnWatch:
    """A model that serves and is watched, and the one before it."""

    model: str
    before: str
    seen: Watched
    least_turns: int


async def watched_model(registry: ModelRegistry, model: str, rules: WatchRules) -> OnWatch | None:
    """None where it does not serve or is not watched."""
    kind = kind_of(model)
    pointer = await registry.pointer_of(kind).read()
    now_ms = await registry.pointer_of(kind).now_ms()
    if pointer.model != model or kind not in WATCHED or not on_watch(pointer, rules, now_ms):
        return None
    tallies = await LiveCounts(registry.store, kind).read()
    return OnWatch(
        model=model,
        before=pointer.previous,
        seen=watched(pointer, tallies, rules, now_ms),
        least_turns=rules.least_turns,
    )


def comparison(found: OnWatch) -> Table:
    """Its bad turns beside those of the model before."""
    before, since = found.seen.before.get(found.before, Tally()), found.seen.since
    table = Table("on watch", "before", "since")
    table.add_row("turns", str(before.turns), str(since.turns))
    for signal in Signal:
        table.add_row(signal.value, _share(before, signal), _share(since, signal))
    if min(before.turns, since.turns) < found.least_turns:
        table.caption = f"Nothing is decided below {found.least_turns} turns of each."
    return table


def _share(tally: Tally, signal: Signal) -> str:
    return f"{tally.bad.get(signal, 0) / tally.turns:.1%}" if tally.turns else ""
