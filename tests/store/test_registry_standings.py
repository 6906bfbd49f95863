"""A tracking server is told which model serves and which is tried, whoever changed it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Set
from pathlib import Path

import pytest

from tests.fixtures.training import manifest_for, rasa_archive
from training_loop.background import ended
from training_loop.datasets.item_ref import ItemRef
from training_loop.registry.pointer import Stage, TakenOut
from training_loop.registry.pointer_change import Cause
from training_loop.registry.registry import ModelRegistry
from training_loop.registry.release import release, roll_back
from training_loop.registry.shelf import Decided, Decision
from training_loop.registry.tracking.run import TrackedRun
from training_loop.registry.tracking.standings import Standings
from training_loop.registry.tracking.tracker import Tracker

NOBODY: Set[ItemRef] = frozenset()


async def nobody() -> Set[ItemRef]:
    return NOBODY


@pytest.fixture
def tracker(tmp_path: Path) -> Tracker:
    """Gives MLflow no time, so that everything waits to be looked at."""
    return Tracker(tmp_path / "tracking", within_s=0)


@pytest.fixture
async def standings(registry: ModelRegistry, tracker: Tracker) -> Standings:
    await tracker.keep(TrackedRun(kind="nlu", began_at_s=1.0, ended_at_s=2.0))
    return Standings(registry, tracker)


@pytest.fixture
async def base(registry: ModelRegistry, archives: Path) -> str:
    return (await registry.ensure_base(rasa_archive(archives / "base.tar.gz", b"base"))).model


def candidate(
    registry: ModelRegistry, archives: Path, name: str, parent: str, at_s: float, **decided: Decided
) -> str:
    archive = rasa_archive(archives / f"{name}.tar.gz", name.encode())
    return registry.register(archive, manifest_for(archive, parent, at_s=at_s), **decided)


def told(tracker: Tracker) -> Mapping[str, str]:
    standing = tracker.last_standing("nlu")
    return standing.aliases if standing else {}


async def test_each_change_of_what_serves_and_of_what_is_tried_is_told(
    registry: ModelRegistry, standings: Standings, tracker: Tracker, base: str, archives: Path
) -> None:
    await standings.note()
    assert told(tracker) == {"serving": base}
    one = candidate(registry, archives, "one", base, 2.0)
    await standings.note()
    assert told(tracker) == {"serving": base, "candidate": one}
    await registry.stage(one, Stage.SHADOW, NOBODY)
    await standings.note()
    assert told(tracker) == {"serving": base, "shadow": one}
    await registry.stage(one, Stage.CANARY, NOBODY)
    await standings.note()
    assert told(tracker) == {"serving": base, "canary": one}
    await release(registry, one, nobody)
    await standings.note()
    assert told(tracker) == {"serving": one}
    await roll_back(registry, nobody)
    await standings.note()
    assert told(tracker) == {"serving": base}


async def test_a_model_taken_out_a_sweep_and_a_refusal_are_told(
    registry: ModelRegistry, standings: Standings, tracker: Tracker, base: str, archives: Path
) -> None:
    worse = candidate(registry, archives, "worse", base, 2.0)
    await release(registry, worse, nobody)
    noted = TakenOut(model=worse, reasons=("Slow.",), figures={})
    await registry.take_out(await registry.pointer.read(), registry.manifest(base), noted)
    registry.refuse(worse, noted.reasons)
    await standings.note()
    assert told(tracker) == {"serving": base, "refused": worse}
    owed = candidate(registry, archives, "owed", base, 3.0)
    await release(registry, owed, nobody)
    await registry.roll_back(NOBODY, cause=Cause.WITHDRAWN)
    registry.withdraw(owed, ("Its consent ended.",))
    await standings.note()
    assert told(tracker) == {"serving": base, "refused": worse}


async def test_an_override_makes_a_candidate_of_what_was_refused(
    registry: ModelRegistry, standings: Standings, tracker: Tracker, base: str, archives: Path
) -> None:
    held = Decided(decision=Decision.HELD, reasons=("Worse for an intent.",))
    model = candidate(registry, archives, "held", base, 2.0, decided=held)
    await standings.note()
    assert told(tracker) == {"serving": base, "refused": model}
    registry.shelf.decide(model, Decided(decision=Decision.CANDIDATE))
    await standings.note()
    assert told(tracker) == {"serving": base, "candidate": model}


async def test_what_stays_as_it_is_is_told_once(
    standings: Standings, tracker: Tracker, base: str
) -> None:
    await standings.note()
    waiting = tracker.waiting()
    await standings.note()
    assert tracker.waiting() == waiting
    assert len(waiting) == 2, "a run and the standing of one kind"


async def test_an_installation_that_records_nothing_starts_no_mlflow(
    registry: ModelRegistry, tracker: Tracker, base: str, tmp_path: Path
) -> None:
    await Standings(registry, tracker).note()
    assert tracker.waiting() == ()
    named = Tracker(tmp_path / "named", "http://127.0.0.1:9", within_s=0)
    await Standings(registry, named).note()
    assert told(named) == {"serving": base}, "a server that somebody names is told at once"


@pytest.fixture
async def running(standings: Standings) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(standings.forever(look_every_s=0.02))
    yield task
    await ended(task)


async def test_a_server_tells_what_another_process_changed(
    registry: ModelRegistry,
    tracker: Tracker,
    base: str,
    archives: Path,
    running: asyncio.Task[None],
) -> None:
    one = candidate(registry, archives, "one", base, 2.0)
    elsewhere = ModelRegistry(registry.shelf.root, registry.store)
    await release(elsewhere, one, nobody)
    async with asyncio.timeout(60):
        while told(tracker) != {"serving": one}:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert not running.done()
