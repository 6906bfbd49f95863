"""A released model with which people fare worse is out of service again: once, with the reason, and
whoever died or looked meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from redis.asyncio import Redis

from assistant.trial.served_turns import ServedTurns
from tests.fixtures.registry import artefact_of, manifest_of
from training_loop.audit.entry import AuditEntry
from training_loop.audit.log import AuditLog, shard_name
from training_loop.datasets.item_ref import ItemRef
from training_loop.errors import StoreUnavailable
from training_loop.registry.errors import ModelRefused, ReleaseFailed
from training_loop.registry.live_counts import DAY_MS, KEPT_DAYS, TURNS, LiveCounts
from training_loop.registry.live_signals import Signal, Tally
from training_loop.registry.live_watch import WatchRules
from training_loop.registry.pointer import InService, TakenOut
from training_loop.registry.record import ModelState
from training_loop.registry.registry import ModelRegistry
from training_loop.registry.release import release
from training_loop.registry.release_watch import ReleaseWatch
from training_loop.store import keys
from training_loop.store.supervisor import EmbeddedStore
from training_loop.training.trainer import ModelKind

NLU, LM = ModelKind.NLU, ModelKind.LANGUAGE_MODEL
WATCHED = ("model_rolled_back", "model_left_in_service")
WITHDRAWN = ItemRef(item="i1", epoch=3)
"""The store of these tests knows no account, so nobody consents to it."""


@dataclass(slots=True, kw_only=True)
class Watching:
    registry: ModelRegistry
    client: Redis
    audit: AuditLog
    where: Path
    batch: int = 0
    counts: dict[ModelKind, LiveCounts] = field(default_factory=dict)

    def watch(self, rules: WatchRules | None = None) -> ReleaseWatch:
        """As one more server has it."""
        return ReleaseWatch(self.registry, self.audit, rules or WatchRules())

    async def base(self, kind: ModelKind = NLU) -> str:
        return (await self.registry.ensure_base(artefact_of(kind, self.where), kind=kind)).model

    async def candidate(self, *items: ItemRef, kind: ModelKind = NLU) -> str:
        artefact = artefact_of(kind, self.where)
        parent = (await self.registry.serving(kind)).model
        return self.registry.register(artefact, manifest_of(kind, artefact, parent, items))

    async def released(self, *items: ItemRef, kind: ModelKind = NLU) -> str:
        model = await self.candidate(*items, kind=kind)
        await self.registry.promote(model, set(items))
        return model

    async def answered(self, model: str, turns: int, *, bad: int, kind: ModelKind = NLU) -> None:
        self.batch += 1
        told = {(model, TURNS): turns, (model, Signal.FALLBACK.value): bad}
        await LiveCounts(self.client, kind).tell("server", self.batch, told)

    async def counted(self, model: str, kind: ModelKind = NLU) -> Tally:
        now_ms = await self.registry.pointer.now_ms()
        tallies = await LiveCounts(self.client, kind).read()
        return tallies.of(model, since_ms=now_ms - DAY_MS, until_ms=now_ms)

    async def serving(self, kind: ModelKind = NLU) -> str:
        return (await self.registry.serving(kind)).model

    async def entries(self, model: str) -> list[tuple[str, str]]:
        """Of what the watch came to."""
        shard = shard_name(keys.shard_of(model))
        entries = [AuditEntry.read(shard, line) async for line in self.audit.lines(shard)]
        mine = [one for one in entries if one.subject == model and one.action in WATCHED]
        return [(one.action, one.detail) for one in mine]


@pytest.fixture
def watching(registry: ModelRegistry, registry_client: Redis, archives: Path) -> Watching:
    return Watching(
        registry=registry, client=registry_client, audit=AuditLog(registry_client), where=archives
    )


async def test_a_model_that_is_surely_worse_gives_way_once_though_many_servers_look(
    watching: Watching,
) -> None:
    before = await watching.base()
    await watching.answered(before, 400, bad=8)
    worse = await watching.released()
    await watching.answered(worse, 200, bad=60)
    generation = (await watching.registry.pointer.read()).generation

    looked = await asyncio.gather(*(watching.watch().look() for _ in range(6)))

    assert worse in looked
    assert await watching.serving() == before
    assert (await watching.registry.pointer.read()).generation == generation + 1
    record = await watching.registry.record(worse)
    assert record.state is ModelState.REFUSED
    assert record.reasons == (
        "In service it understands less: 30.0% of its turns, 2.0% with the model before.",
    )
    assert await watching.entries(worse) == [
        ("model_rolled_back", "stage=serving,ending=worse,fallback=0.0200_to_0.3000")
    ]
    with pytest.raises(ModelRefused, match="understands less"):
        await watching.registry.promote(worse, set())


async def test_a_model_that_is_as_good_stays_however_often_one_looks(watching: Watching) -> None:
    await watching.answered(await watching.base(), 400, bad=8)
    good = await watching.released()
    watch = watching.watch()
    for _ in range(20):
        await watching.answered(good, 20, bad=1)
        assert await watch.look() == ""
    assert await watching.serving() == good
    assert await watching.entries(good) == []


async def test_a_watch_that_is_over_or_switched_off_takes_nothing_out(watching: Watching) -> None:
    await watching.answered(await watching.base(), 400, bad=0)
    model = await watching.released()
    await watching.answered(model, 400, bad=400)
    assert await watching.watch(WatchRules(lasts_s=0)).look() == ""
    assert await watching.watch(WatchRules(lasts_s=0.001)).look() == ""
    assert await watching.serving() == model


async def test_a_roll_back_by_hand_ends_the_watch_and_a_second_release_is_counted_anew(
    watching: Watching,
) -> None:
    before = await watching.base()
    await watching.answered(before, 400, bad=0)
    model = await watching.released()
    await watching.answered(model, 90, bad=90)
    await watching.registry.roll_back(set())
    await watching.answered(before, 400, bad=400)
    assert await watching.watch().look() == ""
    assert await watching.serving() == before
    await watching.registry.promote(model, set())
    assert (await watching.counted(model)).turns == 0
    await watching.answered(model, 90, bad=90)
    assert await watching.watch().look() == "", "180 turns, of which 90 are of this release"


async def test_a_model_that_lost_a_consent_never_returns_and_an_unknown_one_does_not_either(
    watching: Watching,
) -> None:
    """The model before learned from something withdrawn. The one before that may serve, and nobody
    knows how people fared with it: what serves stays, and that is on record once."""
    await watching.base()
    tainted = await watching.released(WITHDRAWN)
    await watching.answered(tainted, 400, bad=8)
    replacement = await watching.released()
    await watching.answered(replacement, 200, bad=60)
    watch = watching.watch()
    for _ in range(3):
        assert await watch.look() == ""
    assert await watching.serving() == replacement
    assert await watching.entries(replacement) == [
        ("model_left_in_service", "stage=serving,ending=worse,fallback=0.0200_to_0.3000")
    ]


async def test_past_a_model_that_may_not_serve_the_one_that_is_known_to_be_better_does(
    watching: Watching,
) -> None:
    base = await watching.base()
    await watching.answered(base, 400, bad=8)
    tainted = await watching.released(WITHDRAWN)
    await watching.answered(tainted, 400, bad=8)
    replacement = await watching.released()
    await watching.answered(replacement, 200, bad=60)
    assert await watching.watch().look() == replacement
    assert await watching.serving() == base


async def test_of_two_kinds_the_newest_is_taken_out_first_and_the_other_counted_anew(
    watching: Watching,
) -> None:
    """Whom a misunderstood turn is due to, its count does not say."""
    models = {}
    for kind in (NLU, LM):
        await watching.answered(await watching.base(kind), 400, bad=8, kind=kind)
    for kind in (NLU, LM):
        models[kind] = await watching.released(kind=kind)
        await watching.answered(models[kind], 200, bad=60, kind=kind)
    watch = watching.watch()
    assert await watch.look() == models[LM]
    assert await watch.look() == ""
    assert await watching.serving() == models[NLU]
    assert (await watching.counted(models[NLU])).turns == 0
    await watching.answered(models[NLU], 200, bad=60)
    assert await watch.look() == models[NLU]


async def test_what_a_server_that_died_left_undone_the_next_look_of_another_does(
    watching: Watching,
) -> None:
    before = await watching.base()
    worse = await watching.released()
    noted = TakenOut(model=worse, reasons=("It was worse.",), figures={"fallback": "0_to_1"})
    manifest = watching.registry.manifest(before)
    seen = await watching.registry.pointer.read()
    await watching.registry.take_out(seen, manifest, noted)
    assert (await watching.registry.record(worse)).state is ModelState.RETIRED

    another = watching.watch()
    for _ in range(2):
        assert await another.look() == ""
    record = await watching.registry.record(worse)
    assert (record.state, record.reasons) == (ModelState.REFUSED, noted.reasons)
    assert [action for action, _ in await watching.entries(worse)] == ["model_rolled_back"]


async def test_a_release_that_no_server_could_load_leaves_the_model_before_on_watch(
    watching: Watching,
) -> None:
    await watching.answered(await watching.base(), 400, bad=8)
    watched = await watching.released()
    pointer = watching.registry.pointer
    broken = await watching.candidate()
    generation = (await pointer.read()).generation
    await pointer.acknowledge("server", InService(generation=generation + 1, failure="NO_MEMORY"))
    with pytest.raises(ReleaseFailed):
        await release(watching.registry, broken, watching.registry.consented)
    await watching.answered(watched, 200, bad=60)
    assert await watching.watch().look() == watched


async def test_a_batch_of_counts_that_is_told_twice_counts_once_and_old_days_go(
    watching: Watching,
) -> None:
    counts = LiveCounts(watching.client, NLU)
    key = keys.live_counts("nlu")
    today = await watching.registry.pointer.now_ms() // DAY_MS
    gone, stays = today - KEPT_DAYS, today - KEPT_DAYS + 1
    await watching.client.hset(
        key,
        mapping={
            "day": today - 1,
            f"{gone}:nlu-1:turns": 5,
            f"{stays}:nlu-1:turns": 7,
            "batch:gone": f"{today - 2}:9",
        },
    )
    for batch, new in ((1, True), (1, False), (2, True)):
        assert await counts.tell("server-1", batch, {("nlu-1", TURNS): 3}) is new
    assert await counts.tell("server-2", 1, {("nlu-2", TURNS): 1})
    found = (await counts.read()).by_day
    assert found == {
        (stays, "nlu-1"): {TURNS: 7},
        (today, "nlu-1"): {TURNS: 6},
        (today, "nlu-2"): {TURNS: 1},
    }
    assert not await watching.client.hexists(key, "batch:gone")
    assert 0 < await watching.client.ttl(key) <= KEPT_DAYS * 86_400
    await counts.forget("nlu-1")
    assert (await counts.read()).models == {"nlu-2"}


async def test_a_store_that_was_away_is_told_everything_once_when_it_is_back(
    watching: Watching, registry_store: EmbeddedStore
) -> None:
    served = ServedTurns(LiveCounts(watching.client, NLU), "server")
    served.serves("nlu-1")
    served.count(())
    await registry_store.stop()
    with pytest.raises(StoreUnavailable):
        await served.tell()
    served.count((Signal.FALLBACK, Signal.SLOW))
    await registry_store.start()
    for _ in range(3):
        await served.tell()
    tally = await watching.counted("nlu-1")
    assert tally.turns == 2
    assert {signal: n for signal, n in tally.bad.items() if n} == {
        Signal.FALLBACK: 1,
        Signal.SLOW: 1,
    }


async def test_turns_that_may_have_begun_with_the_model_before_are_not_counted(
    watching: Watching,
) -> None:
    now_s = 0.0
    counts = LiveCounts(watching.client, LM)
    served = ServedTurns(counts, "server", settled_after_s=30, clock=lambda: now_s)
    for model, at_s in (("lm-1", 0.0), ("lm-2", 10.0), ("lm-2", 39.0), ("lm-2", 41.0)):
        now_s = at_s
        served.serves(model)
        served.count(())
    await served.tell()
    assert (await watching.counted("lm-1", LM)).turns == 1
    assert (await watching.counted("lm-2", LM)).turns == 1
