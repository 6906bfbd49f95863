"""A candidate is tried on every server, and out of all of them as soon as it must be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Set
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from redis.asyncio import Redis

from assistant.trial import following
from assistant.trial.following import TrialFollower
from tests.fixtures.training import manifest_for, rasa_archive
from training_loop.audit.entry import AuditEntry
from training_loop.audit.log import AuditLog, shard_name
from training_loop.datasets.item_ref import ItemRef
from training_loop.registry import trial_board
from training_loop.registry.course import Course, Ending, Phase, TrialPlan
from training_loop.registry.errors import ModelRefused, TrialEnded
from training_loop.registry.live_signals import Signal
from training_loop.registry.pointer import Stage
from training_loop.registry.pointer_change import ACTION
from training_loop.registry.registry import ModelRegistry, ServingModel
from training_loop.registry.trial_board import (
    AGREED,
    CANARY,
    COMPARED,
    SERVING,
    Trial,
    TrialBoard,
    TrialState,
)
from training_loop.registry.trying import GradualReleases
from training_loop.store import keys
from training_loop.training.trainer import ModelKind

ONE = ItemRef(item="i1", epoch=3)
PLAN = TrialPlan(shadow_for_s=5, canary_for_s=5, canary_share=0.5)


@dataclass(slots=True)
class Held:
    """A candidate that a server has loaded."""

    closed: asyncio.Event = field(default_factory=asyncio.Event)
    died: asyncio.Event = field(default_factory=asyncio.Event)

    async def lost(self) -> None:
        await self.died.wait()

    async def close(self) -> None:
        self.closed.set()


@dataclass(slots=True, kw_only=True)
class Server:
    follower: TrialFollower[Held]
    loaded: list[Held]
    fails: bool = False

    def trial(self, stage: Stage) -> Trial | None:
        tried = self.follower.tried(stage)
        return tried[0] if tried else None


@dataclass(slots=True, kw_only=True)
class Trying:
    """One process that leads a trial, by a clock that the test moves."""

    registry: ModelRegistry
    board: TrialBoard
    releases: GradualReleases
    audit: AuditLog
    consented: set[ItemRef]
    now_s: float = 0.0
    leading: list[asyncio.Task[Course]] = field(default_factory=list)

    def lead(self, model: str, plan: TrialPlan = PLAN) -> asyncio.Task[Course]:
        async def led() -> Course:
            return (await self.releases.release(model, plan)).course

        self.leading.append(asyncio.create_task(led()))
        return self.leading[-1]

    async def entries(self, model: str) -> list[tuple[str, str]]:
        shard = shard_name(keys.shard_of(model))
        entries = [AuditEntry.read(shard, line) async for line in self.audit.lines(shard)]
        of_trials = [one for one in entries if one.subject == model and one.action != ACTION]
        return [(entry.action, entry.detail) for entry in of_trials]


@pytest.fixture
async def trying(
    registry: ModelRegistry, registry_client: Redis, archives: Path
) -> AsyncIterator[Trying]:
    await registry.ensure_base(rasa_archive(archives / "base.tar.gz", b"base"))
    board, audit, consented = (
        TrialBoard(registry_client, ModelKind.NLU),
        AuditLog(registry_client),
        {ONE},
    )
    trying: Trying

    async def asked() -> Set[ItemRef]:
        return frozenset(consented)

    releases = GradualReleases(
        registry, lambda _: board, audit, asked, clock=lambda: trying.now_s, look_every_s=0.01
    )
    trying = Trying(
        registry=registry, board=board, releases=releases, audit=audit, consented=consented
    )
    yield trying
    for task in trying.leading:
        task.cancel()
    await asyncio.gather(*trying.leading, return_exceptions=True)


@pytest.fixture
async def candidate(trying: Trying, archives: Path) -> str:
    archive = rasa_archive(archives / "candidate.tar.gz", b"candidate")
    serving = await trying.registry.serving()
    return trying.registry.register(archive, manifest_for(archive, serving.model, ONE, at_s=2.0))


@asynccontextmanager
async def serving(
    trying: Trying, monkeypatch: pytest.MonkeyPatch, count: int = 2
) -> AsyncIterator[list[Server]]:
    monkeypatch.setattr(following, "LOOK_EVERY_S", 0.01)
    async with AsyncExitStack() as stack:
        servers = []
        for number in range(count):
            server = _server(trying, f"server-{number}")
            task = asyncio.create_task(server.follower.forever())
            stack.push_async_callback(_ended, task)
            servers.append(server)
        yield servers


def _server(trying: Trying, name: str) -> Server:
    loaded: list[Held] = []
    server: Server

    async def load(_: ServingModel) -> Held:
        if server.fails:
            raise RuntimeError("no memory")
        loaded.append(Held())
        return loaded[-1]

    server = Server(
        follower=TrialFollower(trying.registry, trying.board, name, load), loaded=loaded
    )
    return server


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - several tasks, none has an event of ours
            await asyncio.sleep(0.005)


async def reached(trying: Trying, condition: Callable[[TrialState], object]) -> TrialState:
    async with asyncio.timeout(60):
        while (state := await trying.board.read()) is None or not condition(state):  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        return state


def counted(server: Server, stage: Stage, **counts: int) -> None:
    trial = server.trial(stage)
    assert trial is not None
    for name, number in counts.items():
        server.follower.count(trial, name.replace("__", ":"), number)


async def test_a_sound_candidate_is_shadow_and_canary_on_every_server_and_then_serves(
    trying: Trying, candidate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(trying, monkeypatch) as servers:
        leading = trying.lead(candidate)
        await until(lambda: all(server.trial(Stage.SHADOW) for server in servers))
        for server in servers:
            counted(server, Stage.SHADOW, shadow__compared=60, shadow__agreed=57)
        state = await reached(trying, lambda state: state.compared == 120)
        assert state.agreed == 114
        trying.now_s = 5.0
        await until(lambda: all(server.trial(Stage.CANARY) for server in servers))
        async with asyncio.timeout(60):  # its servers may know it first
            while await trying.registry.pointer.staged() != {Stage.CANARY: candidate}:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        for server in servers:
            counted(server, Stage.CANARY, canary__turns=60)
        await reached(trying, lambda state: state.tally(CANARY).turns == 120)
        trying.now_s = 10.0
        assert (await leading).phase is Phase.SERVING
        await until(lambda: all(server.loaded[0].closed.is_set() for server in servers))
    assert (await trying.registry.serving()).model == candidate
    assert await trying.registry.pointer.staged() == {}
    assert await trying.entries(candidate) == [
        ("model_stage", "stage=shadow"),
        ("model_stage", "stage=canary"),
        ("model_stage", "stage=serving"),
    ]


async def test_a_canary_that_nobody_asks_ends_and_stays_a_candidate(
    trying: Trying, candidate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await trying.registry.serving()
    async with serving(trying, monkeypatch, count=1) as (server,):
        leading = trying.lead(candidate, TrialPlan(shadow_for_s=0, canary_for_s=5, longest=2))
        await until(lambda: server.trial(Stage.CANARY))
        trying.now_s = 10.0
        course = await leading
        assert course.ending is Ending.TOO_FEW
        await until(lambda: server.loaded[0].closed.is_set())
    assert (await trying.registry.serving()).model == before.model
    assert (await trying.entries(candidate))[-1][1] == "stage=ended,ending=too_few"
    await trying.registry.promote(candidate, {ONE})
    assert (await trying.registry.serving()).model == candidate


async def test_a_canary_that_fares_worse_is_out_on_every_server_with_the_reason(
    trying: Trying, candidate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await trying.registry.serving()
    async with serving(trying, monkeypatch) as servers:
        leading = trying.lead(candidate, TrialPlan(shadow_for_s=0, canary_for_s=900))
        await until(lambda: all(server.trial(Stage.CANARY) for server in servers))
        for server in servers:
            counted(server, Stage.CANARY, serving__turns=500, serving__correction=5)
            counted(server, Stage.CANARY, canary__turns=60, canary__correction=20)
        course = await leading
        assert course.ending is Ending.WORSE
        await until(lambda: not any(server.trial(Stage.CANARY) for server in servers))
        await until(lambda: all(server.loaded[0].closed.is_set() for server in servers))
    assert (await trying.registry.serving()).model == before.model
    with pytest.raises(ModelRefused, match=r"people correct it more often: 33\.3%"):
        await trying.registry.promote(candidate, {ONE})
    action, detail = (await trying.entries(candidate))[-1]
    assert action == "model_rolled_back"
    assert "ending=worse,correction=0.0100_to_0.3333" in detail


@pytest.mark.parametrize("stage", list(Stage))
async def test_a_withdrawn_consent_ends_the_trial_at_once(
    trying: Trying, candidate: str, monkeypatch: pytest.MonkeyPatch, stage: Stage
) -> None:
    plan = TrialPlan(shadow_for_s=900 if stage is Stage.SHADOW else 0, canary_for_s=900)
    async with serving(trying, monkeypatch, count=1) as (server,):
        leading = trying.lead(candidate, plan)
        await until(lambda: server.trial(stage))
        trying.consented.clear()
        assert (await leading).ending is Ending.CONSENT_ENDED
        await until(lambda: server.loaded[0].closed.is_set())
    assert not trying.registry.shelf.has_artefact(candidate)


@pytest.mark.parametrize("how", ["dies", "does not load"])
async def test_a_candidate_that_one_server_loses_is_used_by_none(
    trying: Trying, candidate: str, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    async with serving(trying, monkeypatch) as (one, other):
        one.fails = how == "does not load"
        leading = trying.lead(candidate, TrialPlan(shadow_for_s=900))
        if how == "dies":
            await until(lambda: one.loaded and other.loaded)
            one.loaded[0].died.set()
        course = await leading
        assert course.ending is Ending.DIED
        await until(lambda: not other.trial(Stage.SHADOW))
    assert course.reasons[0].endswith("CANDIDATE_LOST." if how == "dies" else "NOT_LOADED.")


async def test_a_trial_whose_leader_died_ends_by_itself(
    trying: Trying, candidate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial_board, "LEASE_S", 0.3)
    async with serving(trying, monkeypatch, count=1) as (server,):
        await trying.board.open(candidate, Stage.SHADOW, PLAN)
        await trying.registry.pointer.stage(Stage.SHADOW, candidate)
        await until(lambda: server.loaded)
        await until(lambda: server.loaded[0].closed.is_set())
        async with asyncio.timeout(60):
            while await trying.registry.pointer.staged():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert await trying.board.read() is None


async def test_a_second_trial_of_the_kind_ends_the_first(
    trying: Trying, candidate: str, archives: Path
) -> None:
    leading = trying.lead(candidate)
    await reached(trying, lambda state: state.trial.model == candidate)
    second = await trying.board.open("nlu-another", Stage.SHADOW, PLAN)
    with pytest.raises(TrialEnded):
        await leading
    state = await trying.board.read()
    assert state is not None
    assert state.trial == second
    assert not trying.registry.shelf.decided(candidate).decision.final


async def test_a_batch_of_counts_that_is_told_twice_counts_once_and_late_ones_never(
    trying: Trying,
) -> None:
    board = trying.board
    trial = (await board.open("nlu-1", Stage.CANARY, PLAN)).trial
    counts = {COMPARED: 3, f"{COMPARED}:ask_time": 3, AGREED: 2, f"{AGREED}:ask_time": 2}
    counts |= {f"{SERVING}:turns": 9, f"{CANARY}:turns": 4, f"{CANARY}:fallback": 1}
    for batch in (1, 1, 2):
        assert await board.tell(trial, "server-1", batch, counts)
    assert await board.tell(trial, "server-2", 1, {COMPARED: 1})
    state = await board.read()
    assert state is not None
    assert (state.compared, state.agreed) == (7, 4)
    assert state.agreement == {"ask_time": (4, 6)}
    assert state.tally(CANARY).turns == 8
    assert state.tally(CANARY).bad[Signal.FALLBACK] == 2
    later = await board.open("nlu-2", Stage.CANARY, PLAN)
    assert not await board.tell(trial, "server-1", 3, counts)
    state = await board.read()
    assert state is not None
    assert state.trial == later
    assert state.counts == {}
