"""A model that was released at once goes on being watched: a bad one is out again by itself."""

from __future__ import annotations

import asyncio
import itertools
import re
import shutil
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest

from tests.fixtures.server import Party, ServerProcess, new_party
from training_loop.loop import Loop, open_loop
from training_loop.registry.live_counts import DAY_MS, TURNS, LiveCounts
from training_loop.registry.live_signals import Signal, Tally
from training_loop.registry.live_watch import WatchRules
from training_loop.registry.manifest import Manifest
from training_loop.registry.record import ModelState
from training_loop.registry.registry import ModelRegistry
from training_loop.registry.release import release
from training_loop.registry.release_watch import ReleaseWatch
from training_loop.registry.shelf import sha256_of
from training_loop.settings import LoopSettings
from training_loop.training.rooms import open_registry
from training_loop.training.trainer import ModelKind

LEAST_TURNS = 10
WITHIN_S = 120.0
REQUESTS = itertools.cycle(("what time is it", "turn on the kitchen light"))
"""No two that follow one another are alike: nobody says anything again."""


@dataclass(slots=True, kw_only=True)
class Site:
    loop: Loop
    registry: ModelRegistry
    party: Party

    async def released_at_once(self, archive: Path) -> str:
        serving = await self.registry.serving()
        manifest = Manifest(
            kind=ModelKind.NLU,
            parent=serving.model,
            created_at_s=time.time(),
            archive_sha256=sha256_of(archive),
            base_data="",
            config="",
            seed=1,
        )
        model = await asyncio.to_thread(self.registry.register, archive, manifest)
        assert (await release(self.registry, model, self.registry.consented)).servers
        return model

    async def served(self, model: str) -> Tally:
        now_ms = await self.registry.pointer.now_ms()
        tallies = await LiveCounts(self.loop.store, ModelKind.NLU).read()
        return tallies.of(model, since_ms=now_ms - DAY_MS, until_ms=now_ms)

    async def speaks_until_served(self, model: str, turns: int) -> None:
        """Until the store was told of that many turns of a model."""
        async with asyncio.timeout(WITHIN_S):
            while (await self.served(model)).turns < turns:
                await self.party.type(next(REQUESTS), text_only=True)


@pytest.fixture(scope="module")
def watching_server(
    tmp_path_factory: pytest.TempPathFactory, base_nlu_model: Path
) -> Iterator[ServerProcess]:
    process = ServerProcess(
        state=tmp_path_factory.mktemp("watched") / "state",
        environment={"EARMARK_WATCH_TURNS": str(LEAST_TURNS), "EARMARK_PREPARER": "off"},
    )
    process.start()
    yield process
    process.stop()


@pytest.fixture
async def watched_site(watching_server: ServerProcess) -> AsyncIterator[Site]:
    server = watching_server
    async with (
        open_loop(LoopSettings(state=server.state)) as loop,
        grpc.aio.insecure_channel(server.address) as channel,
    ):
        yield Site(
            loop=loop,
            registry=open_registry(server.state, loop.store),
            party=await new_party(server, channel),
        )


async def test_a_bad_model_that_was_released_at_once_gives_way_to_the_one_before_by_itself(
    watched_site: Site, painting_model: Path
) -> None:
    """It understands painting, singing and flying, of which nobody speaks."""
    site = watched_site
    before = (await site.registry.serving()).model
    await site.speaks_until_served(before, LEAST_TURNS)
    bad = await site.released_at_once(painting_model)
    async with asyncio.timeout(WITHIN_S):
        while (await site.registry.serving()).model == bad:
            await site.party.type(next(REQUESTS), text_only=True)
    assert (await site.registry.serving()).model == before
    async with asyncio.timeout(WITHIN_S):
        while (record := await site.registry.record(bad)).state is not ModelState.REFUSED:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert record.reasons[0].startswith("In service it understands less: 100.0% of its turns")
    async with asyncio.timeout(WITHIN_S):  # its worker is exchanged once more
        while True:
            turn = await site.party.type("what time is it", text_only=True)
            if turn.one("interpretation").intent == "ask_time":
                break


async def test_a_good_model_that_was_released_at_once_stays(
    watched_site: Site, watching_server: ServerProcess, base_nlu_model: Path, tmp_path: Path
) -> None:
    """The same one, as another archive: it is loaded, and people fare as before. It is no slower
    either, however busy the machine is: the one before was always slow."""
    site = watched_site
    archive = tmp_path / "again.tar.gz"
    shutil.copy(base_nlu_model, archive)
    with archive.open("ab") as end:
        end.write(bytes(512))
    before = (await site.registry.serving()).model
    slow = {(before, TURNS): 1_000, (before, Signal.SLOW.value): 1_000}
    await LiveCounts(site.loop.store, ModelKind.NLU).tell("test", 1, slow)
    good = await site.released_at_once(archive)
    await site.speaks_until_served(good, 2 * LEAST_TURNS)
    looks_too = ReleaseWatch(site.registry, site.loop.audit, WatchRules(least_turns=LEAST_TURNS))
    assert await looks_too.look() == ""
    assert (await site.registry.serving()).model == good
    assert (await site.registry.record(good)).state is ModelState.SERVING
    told = await _command("models", "show", good, "--state", str(watching_server.state))
    assert "on watch" in told
    assert re.search(r"slow +│ [1-9]\d\.\d% ", told)
    assert re.search(r"fallback +│ \d+\.\d% +│ \d+\.\d% ", told)


async def _command(*words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "training_loop.cli", *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    assert process.returncode == 0, told.decode()
    return told.decode()
