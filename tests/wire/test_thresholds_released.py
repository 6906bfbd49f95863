"""Released thresholds decide on a running server from the next request on, until rolled back."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import grpc
import pytest

from assistant.hearing.endpointer import Endpointing
from assistant.thresholds import unchosen
from assistant.v1 import assistant_pb2 as pb
from tests.fixtures.registry import registered
from tests.fixtures.server import Party, ServerProcess, new_party, spoken
from training_loop.loop import Loop, open_loop
from training_loop.registry.errors import ModelTampered, NothingToRollBackTo, ReleaseFailed
from training_loop.registry.pointer import InService
from training_loop.registry.registry import ModelRegistry
from training_loop.registry.release import Release, release, roll_back
from training_loop.registry.shelf import sha256_of
from training_loop.settings import LoopSettings
from training_loop.training.rooms import open_registry
from training_loop.training.thresholds import NluThresholds, Thresholds
from training_loop.training.trainer import ModelKind

KIND = ModelKind.THRESHOLDS
ASKED = "what time is it"
UNSURE_OF_ALL = NluThresholds(offset=-30.0)


@dataclass(slots=True, kw_only=True)
class House:
    """A running server, somebody who talks to it, and its registry."""

    loop: Loop
    registry: ModelRegistry
    party: Party
    work: Path

    async def chosen(self, **parts: object) -> Thresholds:
        """For the NLU in service unless `parts` say otherwise."""
        nlu = await self.registry.serving(ModelKind.NLU)
        now = replace(unchosen(Endpointing()), nlu_model=nlu.fingerprint)
        return replace(now, **parts)  # type: ignore[arg-type]

    async def candidate(self, package: Path) -> str:
        return await registered(self.registry, package, KIND)

    async def release(self, thresholds: Thresholds) -> Release:
        package = self.work / "thresholds.json"
        thresholds.write(package)
        return await release(self.registry, await self.candidate(package), self.registry.consented)

    async def roll_back(self) -> Release:
        return await roll_back(self.registry, self.registry.consented, kind=KIND)

    async def command(self, *words: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "training_loop.cli", *words),
            *("--state", str(self.loop.settings.state)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        told, _ = await process.communicate()
        assert process.returncode == 0, told.decode()
        return told.decode()

    async def understands(self) -> bool:
        turn = await self.party.type(ASKED, text_only=True)
        return str(turn.one("interpretation").intent) == "ask_time"

    async def stops_because(self, *, wake: bool = False) -> int:
        """Why the server stops listening to a request that ends with 1.2 s of silence."""
        said = spoken(f"alexa, {ASKED}" if wake else ASKED)
        return int((await self.party.say(said, wake=wake)).one("stop_capture").reason)

    async def followed(self) -> InService:
        """What the server says once it has dealt with the pointer as it is."""
        at = self.registry.pointer_of(KIND)
        generation = (await at.read()).generation
        async with asyncio.timeout(60):
            while True:
                (state,) = (await at.servers()).values()
                if state.generation == generation:
                    return state
                await asyncio.sleep(0.05)


@pytest.fixture(scope="module")
def deciding_server(
    tmp_path_factory: pytest.TempPathFactory, base_nlu_model: Path
) -> Iterator[ServerProcess]:
    process = ServerProcess(state=tmp_path_factory.mktemp("deciding") / "state")
    process.start()
    yield process
    process.stop()


@pytest.fixture
async def house(deciding_server: ServerProcess, tmp_path: Path) -> AsyncIterator[House]:
    """With the thresholds that the server has of itself, before and after."""
    server = deciding_server
    async with (
        open_loop(LoopSettings(state=server.state)) as loop,
        grpc.aio.insecure_channel(server.address) as channel,
    ):
        opened = House(
            loop=loop,
            registry=open_registry(server.state, loop.store),
            party=await new_party(server, channel),
            work=tmp_path,
        )
        yield opened
        with suppress(NothingToRollBackTo):
            while True:
                await opened.roll_back()


async def test_a_released_package_decides_the_next_request_and_a_roll_back_undoes_it(
    house: House,
) -> None:
    base = await house.registry.serving(KIND)
    assert await house.understands()
    package = house.work / "thresholds.json"
    (await house.chosen(nlu=UNSURE_OF_ALL)).write(package)
    model = await house.candidate(package)
    told = await house.command("models", "release", model)
    assert f"In service: {model}" in told
    assert "on 1 server." in told, "the server said that it arrived"
    assert not await house.understands()
    told = await house.command("rollback", "thresholds")
    assert f"In service again: {base.model}" in told
    assert await house.understands()
    with pytest.raises(NothingToRollBackTo):
        await house.roll_back()


async def test_the_next_utterance_ends_after_the_silence_that_was_released(house: House) -> None:
    assert await house.stops_because() == pb.StopCapture.END_OF_SPEECH
    await house.release(await house.chosen(trailing_silence_ms=1_500))
    assert await house.stops_because() == pb.StopCapture.END_OF_AUDIO
    await house.roll_back()
    assert await house.stops_because() == pb.StopCapture.END_OF_SPEECH


async def test_the_next_wake_word_is_believed_from_the_score_that_was_released(
    house: House,
) -> None:
    assert await house.stops_because(wake=True) == pb.StopCapture.END_OF_SPEECH
    await house.release(await house.chosen(wake_accept_from=0.9999))
    assert await house.stops_because(wake=True) == pb.StopCapture.FALSE_WAKE
    await house.roll_back()
    assert await house.stops_because(wake=True) == pb.StopCapture.END_OF_SPEECH


async def test_what_was_chosen_for_another_nlu_leaves_this_one_alone_and_the_rest_counts(
    house: House,
) -> None:
    other = await house.chosen(nlu_model="a" * 64, nlu=UNSURE_OF_ALL, trailing_silence_ms=1_500)
    await house.release(other)
    assert await house.understands()
    assert await house.stops_because() == pb.StopCapture.END_OF_AUDIO


async def test_a_tampered_package_is_refused_and_the_one_before_goes_on(house: House) -> None:
    before = await house.release(await house.chosen(trailing_silence_ms=1_500))
    package = house.work / "tampered.json"
    (await house.chosen(nlu=UNSURE_OF_ALL)).write(package)
    model = await house.candidate(package)
    on_shelf = house.registry.archive(model)
    on_shelf.write_text(on_shelf.read_text().replace("-30.0", "-31.0"))
    with pytest.raises(ModelTampered):
        await release(house.registry, model, house.registry.consented)
    at = house.registry.pointer_of(KIND)
    forced = await at.change(
        await at.read(), model=model, fingerprint=sha256_of(package), previous=before.model.model
    )
    assert (await house.followed()).failure == "MODEL_TAMPERED"
    assert await house.understands()
    assert await house.stops_because() == pb.StopCapture.END_OF_AUDIO
    await at.change(
        forced, model=before.model.model, fingerprint=before.model.fingerprint, previous=""
    )


async def test_a_package_that_says_nonsense_is_refused_by_the_server_and_taken_back(
    house: House,
) -> None:
    before = await house.registry.serving(KIND)
    package = house.work / "nonsense.json"
    (await house.chosen()).write(package)
    content = json.loads(package.read_text())
    package.write_text(json.dumps(content | {"trailing_silence_ms": -1}))
    with pytest.raises(ReleaseFailed, match="THRESHOLDS_REFUSED"):
        await release(house.registry, await house.candidate(package), house.registry.consented)
    assert (await house.registry.serving(KIND)).model == before.model
    assert await house.understands()


async def test_a_restarted_server_decides_by_what_is_released(
    own_server: ServerProcess, tmp_path: Path
) -> None:
    async def with_house() -> None:
        async with (
            open_loop(LoopSettings(state=own_server.state)) as loop,
            grpc.aio.insecure_channel(own_server.address) as channel,
        ):
            registry = open_registry(own_server.state, loop.store)
            party = await new_party(own_server, channel)
            house = House(loop=loop, registry=registry, party=party, work=tmp_path)
            if (await registry.serving(KIND)).generation == 1:
                await house.release(await house.chosen(nlu=UNSURE_OF_ALL))
            assert not await house.understands()

    await with_house()
    own_server.stop()
    own_server.start()
    await with_house()
