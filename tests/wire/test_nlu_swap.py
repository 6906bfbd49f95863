"""A model is swapped while requests keep coming: none fails, and none is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from assistant.nlu.interpreter import Interpretation
from assistant.nlu.serving import NluService
from assistant.nlu.worker_process import ModelRefused
from tests.fixtures.nlu import eventually


class Callers:
    """Ask without a pause until told to stop; the first error ends them."""

    def __init__(self, service: NluService, text: str) -> None:
        self.answers: list[Interpretation] = []
        self._stop = asyncio.Event()
        self._tasks = [asyncio.create_task(self._call(service, text)) for _ in range(4)]

    async def _call(self, service: NluService, text: str) -> None:
        while not self._stop.is_set():
            self.answers.append(await service.interpret(text))

    async def answered(self, more: int) -> None:
        """Returns when this many more answers have come."""
        wanted = len(self.answers) + more

        async def reached() -> bool:
            return len(self.answers) >= wanted or any(task.done() for task in self._tasks)

        await eventually(reached)

    async def stop(self) -> None:
        self._stop.set()
        await asyncio.gather(*self._tasks)


async def test_a_swap_under_load_fails_no_request(
    nlu_service: NluService, base_nlu_model: Path, painting_model: Path
) -> None:
    callers = Callers(nlu_service, "paint the fence red")
    await callers.answered(20)
    before = nlu_service.current().fingerprint
    after = (await nlu_service.swap(painting_model)).fingerprint
    await callers.answered(20)
    assert nlu_service.current().fingerprint == after != before
    await nlu_service.swap(base_nlu_model)
    await callers.answered(20)
    await callers.stop()
    intents = [answer.intent for answer in callers.answers]
    assert "paint" in intents
    assert intents[0] != "paint"
    assert intents[-1] != "paint"


async def test_from_the_return_of_a_swap_on_the_new_model_answers(
    nlu_service: NluService, painting_model: Path
) -> None:
    await nlu_service.swap(painting_model)
    assert (await nlu_service.interpret("paint the fence red")).intent == "paint"


async def test_a_model_that_does_not_load_leaves_the_one_in_service(
    nlu_service: NluService, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(b"not an archive")
    served = nlu_service.current()
    callers = Callers(nlu_service, "what time is it")
    with pytest.raises(ModelRefused):
        await nlu_service.swap(broken)
    await callers.answered(10)
    await callers.stop()
    assert nlu_service.current() == served
    assert {answer.intent for answer in callers.answers} == {"ask_time"}


async def test_two_swaps_at_once_end_with_one_of_them(
    nlu_service: NluService, base_nlu_model: Path, painting_model: Path
) -> None:
    first, second = await asyncio.gather(
        nlu_service.swap(painting_model), nlu_service.swap(base_nlu_model)
    )
    assert first != second
    assert nlu_service.current() == second
    assert (await nlu_service.interpret("what time is it")).intent == "ask_time"
