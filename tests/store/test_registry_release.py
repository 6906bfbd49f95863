"""Models are complete or not there, go into service only whole and consented to, and come back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Set
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.fixtures.training import manifest_for, rasa_archive
from training_loop.registry.errors import (
    ModelRefused,
    ModelTampered,
    NothingToRollBackTo,
    ReleaseFailed,
    ServingChanged,
)
from training_loop.registry.registry import ModelRegistry, ModelState, ServingModel
from training_loop.registry.release import release, roll_back
from training_loop.registry.serving_watch import follow
from training_loop.store import keys
from training_loop.store.supervisor import EmbeddedStore
from training_loop.training.dataset import ItemRef

ONE, TWO = ItemRef(item="i1", epoch=3), ItemRef(item="i2", epoch=5)
ALL: Set[ItemRef] = {ONE, TWO}


async def all_consent() -> Set[ItemRef]:
    return ALL


async def candidate(
    registry: ModelRegistry, archives: Path, name: str, *items: ItemRef, at_s: float = 2.0
) -> str:
    archive = rasa_archive(archives / f"{name}.tar.gz", name.encode())
    serving = await registry.serving()
    return registry.register(archive, manifest_for(archive, serving.model, *items, at_s=at_s))


@pytest.fixture
async def base(registry: ModelRegistry, archives: Path) -> ServingModel:
    return await registry.ensure_base(rasa_archive(archives / "base.tar.gz", b"base"))


class Server:
    """What a server loaded, and whether it can load more."""

    def __init__(self) -> None:
        self.loaded: list[str] = []
        self.swapped = asyncio.Event()
        self.fails = False

    async def apply(self, model: ServingModel) -> None:
        if self.fails:
            raise RuntimeError("no memory")
        self.loaded.append(model.model)
        self.swapped.set()


@asynccontextmanager
async def following(
    registry: ModelRegistry,
    apply: Callable[[ServingModel], Awaitable[None]],
    name: str = "server-1",
    loaded: ServingModel | None = None,
) -> AsyncIterator[None]:
    """Runs `follow`, from its first acknowledgement on."""
    task = asyncio.create_task(follow(registry, name, apply, loaded=loaded, heartbeat_s=0.5))
    generation = (await registry.pointer.read()).generation
    async with asyncio.timeout(60):
        while not await _has_dealt_with(registry, name, generation):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _has_dealt_with(registry: ModelRegistry, name: str, generation: int) -> bool:
    state = (await registry.pointer.servers()).get(name)
    return state is not None and state.generation >= generation


async def test_the_base_model_serves_first_and_is_registered_once(
    registry: ModelRegistry, base: ServingModel, archives: Path
) -> None:
    again = await registry.ensure_base(archives / "base.tar.gz")
    assert again == base
    assert base.generation == 1
    (record,) = await registry.models(frozenset())
    assert record.state is ModelState.SERVING


async def test_a_newer_base_replaces_a_base_and_never_a_model_that_learned(
    registry: ModelRegistry, base: ServingModel, archives: Path
) -> None:
    newer = await registry.ensure_base(rasa_archive(archives / "newer.tar.gz", b"newer"))
    assert newer.model != base.model
    learned = await candidate(registry, archives, "learned", ONE)
    await registry.promote(learned, ALL)
    kept = await registry.ensure_base(rasa_archive(archives / "newest.tar.gz", b"newest"))
    assert kept.model == learned


async def test_a_running_server_swaps_and_the_release_waits_for_it(
    registry: ModelRegistry, base: ServingModel, archives: Path
) -> None:
    server = Server()
    async with following(registry, server.apply, loaded=base):
        model = await candidate(registry, archives, "learned", ONE)
        done = await release(registry, model, all_consent)
        assert server.loaded == [model]
        assert done.servers == ("server-1",)
        back = await roll_back(registry, all_consent)
        assert server.loaded == [model, base.model]
        assert back.model.model == base.model


async def test_what_a_server_loads_is_the_verified_archive(
    registry: ModelRegistry, base: ServingModel, archives: Path
) -> None:
    held: list[bytes] = []

    async def apply(model: ServingModel) -> None:
        held.append(model.path.read_bytes())

    async with following(registry, apply, loaded=base):
        model = await candidate(registry, archives, "learned")
        await release(registry, model, all_consent)
    assert held == [(archives / "learned.tar.gz").read_bytes()]


async def test_a_server_that_cannot_load_it_gets_the_old_model_back(
    registry: ModelRegistry, base: ServingModel, archives: Path
) -> None:
    well, ill = Server(), Server()
    ill.fails = True
    async with (
        following(registry, well.apply, "well", base),
        following(registry, ill.apply, "ill", base),
    ):
        model = await candidate(registry, archives, "learned")
        with pytest.raises(ReleaseFailed, match="ill could not load it: RuntimeError"):
            await release(registry, model, all_consent)
        assert (await registry.serving()).model == base.model
        with pytest.raises(ModelRefused):
            await registry.promote(model, ALL)


async def test_without_a_server_the_release_stands_for_the_next_one(
    registry: ModelRegistry, base: ServingModel, archives: Path
) -> None:
    model = await candidate(registry, archives, "learned")
    done = await release(registry, model, all_consent)
    assert done.servers == ()
    server = Server()
    async with following(registry, server.apply, loaded=base):
        assert server.loaded == [model]


async def test_a_server_that_never_answers_is_not_waited_for_without_end(
    registry: ModelRegistry, base: ServingModel, archives: Path
) -> None:
    async def forever(_: ServingModel) -> None:
        await asyncio.Event().wait()

    async with following(registry, forever, loaded=base):
        model = await candidate(registry, archives, "learned")
        with pytest.raises(ReleaseFailed, match="within"):
            await release(registry, model, all_consent, within_s=0.2)
        assert (await registry.serving()).model == base.model


async def test_following_survives_the_death_of_the_store(
    registry: ModelRegistry,
    registry_store: EmbeddedStore,
    registry_client: Redis,
    base: ServingModel,
    archives: Path,
) -> None:
    server = Server()
    async with following(registry, server.apply, loaded=base):
        model = await candidate(registry, archives, "learned")
        await registry_store.stop()
        await registry_store.start()
        await release(registry, model, all_consent, within_s=20)
        async with asyncio.timeout(60):
            await server.swapped.wait()
        assert server.loaded == [model]


async def test_consent_that_ended_since_the_training_refuses_for_good(
    registry: ModelRegistry, base: ServingModel, archives: Path
) -> None:
    model = await candidate(registry, archives, "learned", ONE, TWO)
    with pytest.raises(ModelRefused, match="1 of 2 items"):
        await registry.promote(model, {ONE, ItemRef(item=TWO.item, epoch=TWO.epoch + 1)})
    assert not registry.archive(model).exists()
    with pytest.raises(ModelRefused):
        await registry.promote(model, ALL)
    assert (await registry.serving()).model == base.model


async def test_a_model_in_service_is_tainted_once_an_item_is_withdrawn(
    registry: ModelRegistry, base: ServingModel, archives: Path
) -> None:
    await registry.promote(await candidate(registry, archives, "learned", ONE, TWO), ALL)
    records = {record.serving: record for record in await registry.models({ONE})}
    assert records[True].state is ModelState.TAINTED
    assert records[True].withdrawn == (TWO,)
    assert records[False].state is ModelState.RETIRED


async def test_rolling_back_passes_over_a_model_whose_consents_are_gone(
    registry: ModelRegistry, base: ServingModel, archives: Path
) -> None:
    for number, items in enumerate(((ONE, TWO), (ONE,))):
        model = await candidate(registry, archives, f"m{number}", *items)
        await registry.promote(model, ALL)
    back = await registry.roll_back({ONE})
    assert back.model == base.model
    with pytest.raises(NothingToRollBackTo):
        await registry.roll_back({ONE})


async def test_rolling_back_goes_one_model_at_a_time(
    registry: ModelRegistry, base: ServingModel, archives: Path
) -> None:
    first = await candidate(registry, archives, "first")
    await registry.promote(first, ALL)
    await registry.promote(await candidate(registry, archives, "second"), ALL)
    assert (await registry.pointer.read()).previous == first
    assert (await registry.roll_back(ALL)).model == first
    assert (await registry.pointer.read()).previous == base.model
    assert (await registry.roll_back(ALL)).model == base.model


@pytest.mark.parametrize("part", ["model.tar.gz", "manifest.json"])
async def test_a_tampered_model_is_never_put_into_service(
    registry: ModelRegistry, base: ServingModel, archives: Path, part: str
) -> None:
    model = await candidate(registry, archives, "learned", ONE)
    path = registry.archive(model).with_name(part)
    path.write_bytes(path.read_bytes().replace(b'"seed":42', b'"seed":43') + b" ")
    with pytest.raises(ModelTampered):
        await registry.promote(model, ALL)
    assert (await registry.serving()).model == base.model


async def test_a_server_refuses_a_model_that_was_tampered_with_in_service(
    registry: ModelRegistry, base: ServingModel, archives: Path
) -> None:
    model = await candidate(registry, archives, "learned")
    await registry.promote(model, ALL)
    registry.archive(model).write_bytes(b"other weights")
    server = Server()
    async with following(registry, server.apply, loaded=base):
        states = await registry.pointer.servers()
    assert server.loaded == []
    assert states["server-1"].failure == "MODEL_TAMPERED"
    assert (await registry.ensure_base(archives / "base.tar.gz")).model == base.model


async def test_two_candidates_of_one_parent_cannot_both_be_released(
    registry: ModelRegistry, base: ServingModel, archives: Path
) -> None:
    first = await candidate(registry, archives, "first")
    second = await candidate(registry, archives, "second")
    results = await asyncio.gather(
        registry.promote(first, ALL), registry.promote(second, ALL), return_exceptions=True
    )
    assert sum(isinstance(result, ServingModel) for result in results) == 1
    assert sum(isinstance(result, ServingChanged) for result in results) == 1


async def test_repeating_a_change_of_the_pointer_is_harmless(
    registry: ModelRegistry, base: ServingModel
) -> None:
    """The client retries, so every script may run twice."""
    before = await registry.pointer.read()
    change = partial(
        registry.pointer.change,
        before,
        model="nlu-x",
        fingerprint="f",
        previous=base.model,
    )
    once = await change()
    assert await change() == once


async def test_a_registration_that_was_cut_short_leaves_no_model(
    registry: ModelRegistry,
    registry_client: Redis,
    base: ServingModel,
    archives: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def cut(*_: object) -> None:
        raise OSError("power cut")

    archive = rasa_archive(archives / "learned.tar.gz", b"learned")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", cut)
        with pytest.raises(OSError, match="power cut"):
            registry.register(archive, manifest_for(archive, base.model))
    assert len(await registry.models(ALL)) == 1
    (tmp_path / "registry" / ".unfinished-left").mkdir()
    ModelRegistry(tmp_path / "registry", registry_client)
    assert not (tmp_path / "registry" / ".unfinished-left").exists()


async def test_the_manifest_names_items_and_epochs_and_no_account(
    registry: ModelRegistry, base: ServingModel, archives: Path
) -> None:
    model = await candidate(registry, archives, "learned", ONE)
    manifest = registry.manifest(model)
    assert manifest.items == (ONE,)
    assert manifest.parent == base.model
    assert manifest.evaluation is not None
    assert b"account" not in manifest.to_bytes()


async def test_silent_servers_are_forgotten(
    registry: ModelRegistry, registry_client: Redis, base: ServingModel
) -> None:
    ghost = '{"model":"m","fingerprint":"f","generation":0,"failure":"","at_ms":1}'
    await registry_client.hset(keys.NLU_IN_SERVICE, "ghost", ghost)
    async with following(registry, Server().apply, loaded=base):
        assert set(await registry.pointer.servers()) == {"server-1"}
        assert await registry_client.hkeys(keys.NLU_IN_SERVICE) == [b"server-1"]
    assert await registry.pointer.servers() == {}
