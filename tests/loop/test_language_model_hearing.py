"""Clips that several processes hear at once, with stock Vosk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.asr.models import EMBEDDED_MODEL
from tests.fixtures.hearing import request
from training_loop.training.each_item import put_item
from training_loop.training.engine import LOCAL_ENGINE
from training_loop.training.errors import TrainerKilled
from training_loop.training.language_model.hearing import AT_ONCE, hear_each, shares_for
from training_loop.training.language_model.work import clip
from training_loop.training.limited_process import LimitedCommand, Limits
from training_loop.training.trainer import TrainingProgress, untold
from training_loop.utterance import NamedEntity

TEXTS = ("stop", "what time is it", "good night", "set a timer for ten minutes", "stop the music")
CLIPS = 25
LIMITS = Limits(memory_bytes=6 << 30)
WITHIN_S = 60.0


class TwoAtOnce:
    """This machine's engine, which begins nothing before two are there."""

    def __init__(self, *, second_is_killed: bool = False) -> None:
        self._both = asyncio.Barrier(2)
        self._killed = second_is_killed
        self.ended = 0

    async def run(
        self, command: LimitedCommand, on_line: Callable[[str], None], *, given: bytes = b""
    ) -> int:
        async with asyncio.timeout(WITHIN_S):
            place = await self._both.wait()
        if self._killed and place == 1:
            raise TrainerKilled("The trainer was ended by SIGKILL.")
        try:
            return await LOCAL_ENGINE.run(command, on_line, given=given)
        finally:
            self.ended += 1


def durations(text: str) -> list[NamedEntity]:
    said = "ten minutes"
    start = text.find(said)
    if start < 0:
        return []
    end = start + len(said)
    return [NamedEntity(name="duration", value=said, text=said, start=start, end=end)]


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    directory = tmp_path / "clips"
    directory.mkdir()
    sound = {text: request(text) for text in TEXTS}
    for number in range(CLIPS):
        text = TEXTS[number % len(TEXTS)]
        put_item(directory, number, clip(text, durations(text), sound[text]))
    return directory


async def test_every_result_is_that_of_its_own_clip(clips: Path, tmp_path: Path) -> None:
    told: list[TrainingProgress] = []
    found = await hear_each(
        EMBEDDED_MODEL,
        clips,
        workspace=tmp_path,
        limits=LIMITS,
        progress=told.append,
        engine=TwoAtOnce(),
        processors=2,
    )
    said = [len(TEXTS[number % len(TEXTS)].split()) for number in range(CLIPS)]
    assert [words for words, _, _, _ in found] == said
    assert sum(errors for _, errors, _, _ in found) <= 2
    assert all(took_ms > 0 for _, _, took_ms, _ in found)
    assert [len(whole) for _, _, _, whole in found] == [words == 6 for words in said]
    assert all(all(whole) for _, errors, _, whole in found if not errors)
    assert told[-1] == TrainingProgress(stage="evaluating", done=1.0, detail="clips")
    done = [one.done or 0.0 for one in told]
    assert done == sorted(done), "progress never goes back"


async def test_when_one_process_fails_the_other_has_ended(clips: Path, tmp_path: Path) -> None:
    engine = TwoAtOnce(second_is_killed=True)
    with pytest.raises(TrainerKilled):
        await hear_each(
            EMBEDDED_MODEL,
            clips,
            workspace=tmp_path,
            limits=LIMITS,
            progress=untold,
            engine=engine,
            processors=2,
        )
    assert engine.ended == 1


def test_few_clips_are_not_worth_a_process_more_and_memory_bounds_how_many_there_are() -> None:
    assert shares_for(0, 8) == shares_for(20, 8) == 1
    assert shares_for(60, 1) == 1
    assert shares_for(60, 2) == 2
    assert shares_for(1_000, 64) == AT_ONCE
