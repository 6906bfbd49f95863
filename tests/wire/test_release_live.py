"""Candidates on a running server's traffic: real workers, real streams, a real store."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import psutil
import pytest

from assistant.asr.models import EMBEDDED_MODEL
from tests.fixtures.registry import registered
from tests.fixtures.server import Party, ServerProcess, new_party, spoken
from training_loop.loop import Loop, open_loop
from training_loop.registry.course import Course, Ending, Phase, TrialPlan
from training_loop.registry.kinds import kind_of
from training_loop.registry.live_signals import LiveRules
from training_loop.registry.pointer import Stage
from training_loop.registry.registry import ModelRegistry
from training_loop.registry.release import release, roll_back
from training_loop.registry.trial_board import CANARY, SERVING, TURNS, TrialBoard, TrialState
from training_loop.registry.trying import GradualReleases
from training_loop.settings import LoopSettings
from training_loop.training.rooms import open_registry
from training_loop.training.trainer import ModelKind

ONLY_SHADOW = TrialPlan(shadow_for_s=900, least_agreement=0)
EVERYBODY = TrialPlan(shadow_for_s=0, canary_for_s=900, canary_share=1.0)
PAINT = "paint the fence red"


@dataclass(slots=True, kw_only=True)
class Site:
    """A running server, somebody who talks to it, and its registry."""

    loop: Loop
    registry: ModelRegistry
    party: Party
    server: ServerProcess

    async def candidate(self, artefact: Path, kind: ModelKind) -> str:
        return await registered(self.registry, artefact, kind)

    def lead(self, model: str, plan: TrialPlan) -> asyncio.Task[Course]:
        releases = GradualReleases(
            self.registry,
            lambda one: TrialBoard(self.loop.store, kind_of(one)),
            self.loop.audit,
            self.registry.consented,
            look_every_s=0.05,
        )

        async def led() -> Course:
            return (await releases.release(model, plan)).course

        return asyncio.create_task(led())

    async def seen(self, kind: ModelKind, condition: Callable[[TrialState], object]) -> TrialState:
        board = TrialBoard(self.loop.store, kind)
        async with asyncio.timeout(60):
            while (state := await board.read()) is None or not condition(state):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return state

    async def intent(self, text: str, session: str = "") -> str:
        turn = await self.party.type(text, text_only=True, session_id=session)
        return str(turn.one("interpretation").intent)


@pytest.fixture(scope="module")
def trying_server(
    tmp_path_factory: pytest.TempPathFactory, base_nlu_model: Path
) -> Iterator[ServerProcess]:
    process = ServerProcess(state=tmp_path_factory.mktemp("trials") / "state")
    process.start()
    yield process
    process.stop()


@pytest.fixture
async def site(trying_server: ServerProcess) -> AsyncIterator[Site]:
    server = trying_server
    async with (
        open_loop(LoopSettings(state=server.state)) as loop,
        grpc.aio.insecure_channel(server.address) as channel,
    ):
        yield Site(
            loop=loop,
            registry=open_registry(server.state, loop.store),
            party=await new_party(server, channel),
            server=server,
        )


async def ended(leading: asyncio.Task[Course]) -> None:
    leading.cancel()
    await asyncio.gather(leading, return_exceptions=True)


async def test_a_shadow_sees_what_may_be_learned_from_and_changes_no_answer(
    site: Site, painting_model: Path
) -> None:
    model = await site.candidate(painting_model, ModelKind.NLU)
    leading = site.lead(model, ONLY_SHADOW)
    await site.seen(ModelKind.NLU, lambda state: state.ready)
    assert await site.intent("what time is it") == "ask_time"
    await site.party.consent(improve_models=True)
    for _ in range(3):
        assert await site.intent("what time is it") == "ask_time"
    state = await site.seen(ModelKind.NLU, lambda state: state.compared >= 3)
    assert state.agreement["ask_time"] == (0, 3), "the first was of somebody who did not consent"
    assert state.tally(CANARY).turns == 0
    await ended(leading)
    assert await site.registry.pointer.staged() == {}


async def test_a_canary_answers_its_sessions_and_when_it_dies_the_model_in_service_does(
    site: Site, painting_model: Path
) -> None:
    model = await site.candidate(painting_model, ModelKind.NLU)
    leading = site.lead(model, EVERYBODY)
    state = await site.seen(
        ModelKind.NLU, lambda state: state.trial.stage is Stage.CANARY and state.ready
    )
    assert {await site.intent(PAINT, f"session-{number}") for number in range(5)} == {"paint"}
    state = await site.seen(ModelKind.NLU, lambda state: state.tally(CANARY).turns >= 5)
    assert f"{SERVING}:{TURNS}" not in state.counts
    for worker in _workers_with(site, model):
        worker.kill()
    for number in range(5):
        assert await site.intent("what time is it", f"session-{number}") == "ask_time"
    course = await leading
    assert course.ending is Ending.DIED
    assert site.registry.shelf.decided(model).decision.final
    assert await site.intent(PAINT) != "paint"


async def test_a_canary_has_its_share_of_sessions_and_keeps_each(
    site: Site, painting_model: Path
) -> None:
    model = await site.candidate(painting_model, ModelKind.NLU)
    half = TrialPlan(
        shadow_for_s=0, canary_for_s=900, canary_share=0.5, rules=LiveRules(margin=0.9)
    )
    leading = site.lead(model, half)
    await site.seen(ModelKind.NLU, lambda state: state.ready)
    sessions = [f"session-{number}" for number in range(24)]

    async def by_candidate(session: str) -> bool:
        """Asked twice: where the candidate is too slow once, the model in service answers."""
        return "paint" in [await site.intent(PAINT, session) for _ in range(2)]

    first = [await by_candidate(session) for session in sessions]
    again = [await by_candidate(session) for session in sessions]
    assert first == again
    assert 4 <= sum(first) <= 20
    await ended(leading)


async def test_a_language_model_is_shadowed_released_swapped_in_and_rolled_back(
    site: Site, tmp_path: Path
) -> None:
    kind = ModelKind.LANGUAGE_MODEL
    renamed = _with_marker(tmp_path / "model")
    model = await site.candidate(renamed, kind)
    await site.party.consent(improve_models=True)
    leading = site.lead(model, ONLY_SHADOW)
    await site.seen(kind, lambda state: state.ready)
    pcm = spoken("what time is it")
    assert (await site.party.say(pcm)).heard == "what time is it"
    state = await site.seen(kind, lambda state: state.compared)
    assert (state.compared, state.agreed) == (4, 4)
    await ended(leading)
    released = await release(site.registry, model, site.registry.consented)
    assert released.servers
    assert (await site.party.say(pcm)).heard == "what time is it"
    back = await roll_back(site.registry, site.registry.consented, kind=kind)
    assert back.model.model != model
    assert back.servers == released.servers


async def test_a_broken_language_model_is_refused_and_people_are_heard_on(
    site: Site, tmp_path: Path
) -> None:
    kind = ModelKind.LANGUAGE_MODEL
    broken = _with_marker(tmp_path / "model")
    graph = broken / "graph" / "Gr.fst"
    graph.write_bytes(graph.read_bytes()[:2_000])
    model = await site.candidate(broken, kind)
    course = await site.lead(model, TrialPlan(shadow_for_s=900))
    assert course.phase is Phase.ENDED
    assert course.reasons == ("A server lost it while it was tried: SPEECH_MODEL_UNUSABLE.",)
    assert (await site.party.say(spoken("what time is it"))).heard == "what time is it"


async def test_the_commands_try_and_release_a_language_model_and_put_it_back(
    site: Site, tmp_path: Path
) -> None:
    kind = ModelKind.LANGUAGE_MODEL
    before = await site.registry.serving(kind)
    model = await site.candidate(_with_marker(tmp_path / "model", "by a command"), kind)
    stages = ("--shadow-for", "1s", "--canary-for", "1s", "--canary-share", "0.5")
    alone = ("--least-turns", "0")  # nobody speaks meanwhile
    told = await _command(site, "models", "release", model[:10], *stages, *alone)
    assert "As a shadow" in told
    assert "As a canary" in told
    assert f"In service: {model}" in told
    assert (await site.registry.serving(kind)).model == model
    assert (await site.party.say(spoken("what time is it"))).heard == "what time is it"
    assert f"In service again: {before.model}" in await _command(site, "rollback", "lm")
    assert (await site.registry.serving(kind)).model == before.model


async def _command(site: Site, *words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "training_loop.cli", *words, "--state", str(site.server.state)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    assert process.returncode == 0, told.decode()
    return told.decode()


def _with_marker(directory: Path, mark: str = "by a test") -> Path:
    """The embedded model, as another one: a file more tells them apart."""
    shutil.copytree(EMBEDDED_MODEL, directory)
    (directory / "trained.txt").write_text(mark)
    return directory


def _workers_with(site: Site, model: str) -> list[psutil.Process]:
    assert site.server.process is not None
    children = psutil.Process(site.server.process.pid).children(recursive=True)
    return [child for child in children if any(model in part for part in child.cmdline())]
