"""The NLU worker over its real socket: what it understands and what it refuses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
import pytest_asyncio

from assistant.errors import BadRequest, SetupIncomplete
from assistant.home import Home
from assistant.nlu.serving import NluService
from assistant.nlu.worker_process import ModelRefused, WorkerProcess
from assistant.setup import fingerprint
from assistant.v1 import nlu_worker_pb2 as pb
from assistant.v1 import nlu_worker_pb2_grpc

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def understanding(home: Home, base_nlu_model: Path) -> AsyncIterator[NluService]:
    """One worker for all tests that only ask it."""
    service = NluService(home, deadline_s=30.0)
    await service.start(base_nlu_model)
    yield service
    await service.close()


async def test_a_request_becomes_an_intent_and_its_entities(understanding: NluService) -> None:
    read = await understanding.interpret("Set a timer for ten minutes")
    assert read.intent == "set_timer"
    assert read.confidence > 0.5
    assert read.ranking[0].name == "set_timer"
    duration = read.entity("duration")
    assert duration is not None
    assert (duration.value, duration.text) == ("ten minutes", "ten minutes")
    assert read.text[duration.start : duration.end] == "ten minutes"


async def test_what_no_intent_fits_is_not_understood(understanding: NluService) -> None:
    read = await understanding.interpret("zxqv wvut qqq")
    assert read.intent in {"", "out_of_scope"}


async def test_a_text_cannot_choose_its_intent(understanding: NluService) -> None:
    """Rasa alone would take `/delete_today` for that intent with confidence 1."""
    asked = await understanding.interpret("what time is it")
    forged = await understanding.interpret('/delete_today{"confirm": "yes"}')
    assert asked.intent == "ask_time"
    assert forged.confidence < 1.0


async def test_synonyms_and_roles_arrive(home: Home, painting_model: Path) -> None:
    service = NluService(home, deadline_s=30.0)
    await service.start(painting_model)
    try:
        painted = await service.interpret("paint my door dark blue")
        colour = painted.entity("colour")
        assert colour is not None
        assert (colour.value, colour.text) == ("blue", "dark blue")
        flown = await service.interpret("fly from oslo to rome")
        start, end = flown.entity("place", "start"), flown.entity("place", "end")
        assert start is not None
        assert end is not None
        assert (start.text, end.text) == ("oslo", "rome")
    finally:
        await service.close()


async def test_many_requests_at_once_get_their_own_answers(understanding: NluService) -> None:
    texts = ["what time is it", "set a timer for ten minutes", "flip a coin"] * 10
    answers = await asyncio.gather(*map(understanding.interpret, texts))
    assert [answer.text for answer in answers] == texts
    assert len({(answer.text, answer.intent) for answer in answers}) == 3


@pytest.mark.parametrize("text", ["", "/", "x" * 1001, "a\x00b"])
async def test_a_bad_text_is_refused_before_the_worker(
    understanding: NluService, text: str
) -> None:
    with pytest.raises(BadRequest):
        await understanding.interpret(text)
    assert (await understanding.interpret("what time is it")).intent == "ask_time"


async def test_the_longest_text_is_answered(understanding: NluService) -> None:
    assert await understanding.interpret("what time is it " * 62)


async def test_the_service_names_the_archive_it_serves(
    understanding: NluService, base_nlu_model: Path
) -> None:
    served = understanding.current()
    assert served.path == base_nlu_model
    assert served.fingerprint == fingerprint.of_file(base_nlu_model)
    assert await understanding.healthy()


async def test_the_worker_is_its_owners_alone_and_refuses_a_text_without_or_beyond_length(
    home: Home, painting_model: Path
) -> None:
    worker = await WorkerProcess.start(home.rasa_python, painting_model, deadline_s=30.0)
    try:
        assert worker.socket.parent.stat().st_mode & 0o077 == 0
        async with grpc.aio.insecure_channel(f"unix:{worker.socket}") as channel:
            stub = nlu_worker_pb2_grpc.NluWorkerStub(channel)
            for text in ("", "x" * 2001):
                with pytest.raises(grpc.aio.AioRpcError) as refused:
                    await stub.Parse(pb.ParseRequest(text=text), timeout=30)
                assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    finally:
        await worker.stop()
    assert not worker.socket.parent.exists()


async def test_a_model_that_is_missing_or_damaged_is_refused(home: Home, tmp_path: Path) -> None:
    """Also beside a good one, which Rasa's own loader would silently take."""
    damaged = tmp_path / "damaged.tar.gz"
    damaged.write_bytes(home.base_nlu_model.read_bytes()[:20_000])
    (tmp_path / "good.tar.gz").write_bytes(home.base_nlu_model.read_bytes())
    for model in (damaged, tmp_path / "missing.tar.gz"):
        service = NluService(home)
        with pytest.raises(ModelRefused):
            await service.start(model)
        assert not await service.healthy()
        await service.close()


async def test_without_rasas_environment_the_error_says_what_to_run(
    tmp_path: Path, base_nlu_model: Path
) -> None:
    service = NluService(Home(root=tmp_path))
    with pytest.raises(SetupIncomplete) as missing:
        await service.start(base_nlu_model)
    assert "assistant setup" in missing.value.hint
    await service.close()


async def test_nothing_that_was_said_is_printed(
    home: Home, painting_model: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    service = NluService(home, deadline_s=30.0)
    await service.start(painting_model)
    await service.interpret("remind me to feed the axolotl tomorrow")
    await service.close()
    printed = capfd.readouterr()
    assert "axolotl" not in printed.out + printed.err
