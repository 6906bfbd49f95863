"""A work that is given items one after another: loaded once, limited, and never told on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from tests.loop.trainer_work import SAID
from training_loop.training.errors import OverLimit, TrainingFailed
from training_loop.training.limited_items import LimitedItems
from training_loop.training.limited_process import Limits

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@asynccontextmanager
async def process(room: Path, work: str = "EachOf", **limits: int) -> AsyncIterator[LimitedItems]:
    (room / "beside").write_text(SAID)
    items = LimitedItems(
        f"tests.loop.trainer_work:{work}",
        {"beside": str(room / "beside")},
        room=room,
        limits=Limits(**limits),
    )
    try:
        yield items
    finally:
        await items.end()


async def test_each_item_is_answered_by_one_process_under_the_limits(tmp_path: Path) -> None:
    async with process(tmp_path, memory_bytes=1 << 30, nice=3) as items:
        await items.start()
        large = "ten million " * 40_000
        assert [await items.answer(text.encode()) for text in ("one", large)] == [
            ["one", SAID],
            [large, SAID],
        ]
        child, *limits = await items.answer(b"limits")
        assert limits == [1 << 30, 3, 3]
        assert psutil.pid_exists(child)
    assert not psutil.pid_exists(child)


async def test_an_item_that_wants_more_memory_fails_it_and_every_further_one(
    tmp_path: Path,
) -> None:
    async with process(tmp_path, memory_bytes=1 << 30) as items:
        await items.start()
        assert await items.answer(b"one") == ["one", SAID]
        for item in (b"devour", b"one"):
            with pytest.raises(OverLimit, match="more memory than it may have"):
                await items.answer(item)


async def test_a_loop_without_end_is_ended_by_the_processor_time(tmp_path: Path) -> None:
    async with process(tmp_path, cpu_s=1) as items:
        await items.start()
        with pytest.raises(OverLimit, match="processor time"):
            await items.answer(b"burn")


async def test_a_failure_tells_its_place_and_nothing_that_was_said(tmp_path: Path) -> None:
    async with process(tmp_path) as items:
        await items.start()
        with pytest.raises(TrainingFailed, match=r"ValueError at trainer_work\.py") as raised:
            await items.answer(b"gossip")
    assert SAID not in repr(raised.value)


async def test_a_work_that_cannot_begin_is_told_at_once(tmp_path: Path) -> None:
    async with process(tmp_path, work="Nothing") as items:
        with pytest.raises(TrainingFailed, match="AttributeError"):
            await items.start()
