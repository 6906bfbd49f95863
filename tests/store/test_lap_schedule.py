"""When a lap is due, on a real store: by what was reviewed, by what was withdrawn, by time."""

from __future__ import annotations

import asyncio
import errno
import itertools
import logging
from pathlib import Path

import pytest

from tests.fixtures.datasets import gold, reviewed
from tests.fixtures.registry import artefact_of, in_service, registry_of
from tests.fixtures.store import consenting_account, opt_out, until
from training_loop.datasets.errors import DatasetEmpty
from training_loop.datasets.split import Shares
from training_loop.errors import StoreUnavailable
from training_loop.lap.plan import LapPlan
from training_loop.lap.schedule import AGAIN_AFTER_S, Reason, Schedule, When
from training_loop.loop import Loop
from training_loop.registry.replacements import Replacements
from training_loop.store.supervisor import EmbeddedStore
from training_loop.training.trainer import ModelKind

ALL_TRAIN = Shares(test=0.0, hold_out=0.0)
AT_TWO = When(new_items=2)
DAY_S = 86_400.0


class Clock:
    """Stands still unless it is set to go on with every look at it."""

    def __init__(self, now_s: float, step_s: float = 0.0) -> None:
        self.now_s = now_s
        self._step_s = step_s

    def __call__(self) -> float:
        self.now_s += self._step_s
        return self.now_s


def schedule_of(
    loop: Loop, when: When, clock: Clock | None = None, plan: LapPlan | None = None
) -> Schedule:
    replacements = Replacements(loop.store, registry_of(loop))
    return Schedule(loop.datasets, replacements, plan or LapPlan(), when, clock=clock or Clock(2e9))


async def test_what_was_reviewed_since_the_last_data_set_makes_a_lap_due(loop: Loop) -> None:
    schedule = schedule_of(loop, AT_TWO)
    account = await consenting_account(loop)
    assert await schedule.look() is None
    await reviewed(loop, account, gold("set a timer"))
    assert await schedule.look() is None
    await reviewed(loop, account, gold("set another timer"))
    assert await schedule.look() is Reason.ITEMS
    await loop.datasets.create(shares=ALL_TRAIN)
    assert await schedule.look() is None
    await reviewed(loop, account, gold("and a third"))
    await reviewed(loop, account, gold("and a fourth"))
    assert await schedule.look() is Reason.ITEMS
    await opt_out(loop, account)
    assert await schedule.look() is None, "nobody may learn from them any more"


async def test_what_a_data_set_left_out_is_not_new_again(loop: Loop) -> None:
    account = await consenting_account(loop)
    await reviewed(loop, account, gold("set a timer"))
    for intent in ("stop", "ask_time"):
        await reviewed(loop, account, gold("that one", intent))
    manifest = await loop.datasets.create(shares=ALL_TRAIN)
    assert manifest.report.left_out == {"contradicting": 2}
    schedule = schedule_of(loop, AT_TWO)
    assert (await schedule.standing()).new_items == 0
    await reviewed(loop, account, gold("set another timer"))
    assert (await schedule.standing()).new_items == 1


async def test_time_makes_a_lap_due_where_there_is_anything_new(loop: Loop) -> None:
    account = await consenting_account(loop)
    await reviewed(loop, account, gold("set a timer"))
    made = await loop.datasets.create(shares=ALL_TRAIN)
    clock = Clock(made.created_at_s + 8 * DAY_S)
    schedule = schedule_of(loop, When(every_s=7 * DAY_S), clock)
    assert await schedule.look() is None
    await reviewed(loop, account, gold("set another timer"))
    assert await schedule.look() is Reason.TIME
    clock.now_s = made.created_at_s + 6 * DAY_S
    assert await schedule.look() is None


async def test_a_model_that_learned_from_what_was_erased_makes_a_lap_due_until_it_is_replaced(
    loop: Loop, tmp_path: Path
) -> None:
    leaving, staying = await consenting_account(loop), await consenting_account(loop)
    for account in (leaving, staying):
        await reviewed(loop, account, gold("set a timer"))
    kind = ModelKind.LANGUAGE_MODEL
    await registry_of(loop).ensure_base(artefact_of(kind, tmp_path), kind=kind)
    await in_service(loop, tmp_path, leaving, staying, kind=kind)
    schedule = schedule_of(loop, When())
    assert await schedule.look() is None
    await loop.rights.delete_account(leaving)
    assert await schedule.look() is Reason.REPLACEMENT
    await in_service(loop, tmp_path, staying, kind=kind)
    await loop.sweep.once()
    assert await schedule.look() is None


async def test_what_must_be_replaced_is_made_though_the_schedule_names_other_kinds(
    loop: Loop, tmp_path: Path
) -> None:
    account = await consenting_account(loop)
    await reviewed(loop, account, gold("set a timer"))
    kind = ModelKind.LANGUAGE_MODEL
    await registry_of(loop).ensure_base(artefact_of(kind, tmp_path), kind=kind)
    await in_service(loop, tmp_path, account, kind=kind)
    await loop.rights.delete_account(account)
    begun = asyncio.Queue[LapPlan]()

    async def lap(reason: Reason, plan: LapPlan) -> None:
        assert reason is Reason.REPLACEMENT
        await begun.put(plan)

    schedule = schedule_of(loop, When(), plan=LapPlan(kinds=(ModelKind.NLU,), seed=7))
    running = asyncio.create_task(schedule.forever(lap))
    async with asyncio.timeout(60):
        plan = await begun.get()
    assert plan == LapPlan(kinds=(ModelKind.NLU, kind), seed=7)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_schedule_goes_on_when_the_store_is_back(
    own_loop: Loop, own_store: EmbeddedStore, caplog: pytest.LogCaptureFixture
) -> None:
    account = await consenting_account(own_loop)
    for text in ("set a timer", "set another timer"):
        await reviewed(own_loop, account, gold(text))
    schedule, due = schedule_of(own_loop, AT_TWO), asyncio.Queue[Reason]()

    async def lap(reason: Reason, _plan: LapPlan) -> None:
        await due.put(reason)

    await own_store.stop()
    with pytest.raises(StoreUnavailable):
        await schedule.look()

    async def noticed() -> bool:
        return any(StoreUnavailable.code in record.getMessage() for record in caplog.records)

    with caplog.at_level(logging.WARNING):
        running = asyncio.create_task(schedule.forever(lap, look_every_s=0.01))
        await until(noticed)
        assert due.empty()
        await own_store.start()
        async with asyncio.timeout(20):
            assert await due.get() is Reason.ITEMS
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_lap_that_failed_is_tried_again_and_not_at_every_look(loop: Loop) -> None:
    """Expected failures and a full disk end no schedule. What is none of them does."""
    account = await consenting_account(loop)
    for text in ("set a timer", "set another timer"):
        await reviewed(loop, account, gold(text))
    failures = [DatasetEmpty("nothing"), OSError(errno.ENOSPC, "full"), ValueError("a bug")]
    began_s: list[float] = []
    clock = Clock(2e9, step_s=AGAIN_AFTER_S / 4)

    async def fails(reason: Reason, _plan: LapPlan) -> None:
        assert reason is Reason.ITEMS
        began_s.append(clock.now_s)
        raise failures[len(began_s) - 1]

    with pytest.raises(ValueError, match="a bug"):
        async with asyncio.timeout(20):
            await schedule_of(loop, AT_TWO, clock).forever(fails, look_every_s=0.01)
    waited_s = [after - before for before, after in itertools.pairwise(began_s)]
    assert len(waited_s) == 2
    assert min(waited_s) > AGAIN_AFTER_S
