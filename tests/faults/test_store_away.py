"""A store that dies or is away loses nothing that was acknowledged and stores nothing by halves."""

from __future__ import annotations

import asyncio
import os
import signal

from tests.fixtures.store import (
    EVERYTHING_OFF,
    SHOWN,
    an_utterance,
    back,
    consenting_account,
    say,
    try_to_say,
    until,
)
from training_loop.errors import StoreUnavailable
from training_loop.loop import Loop, open_loop
from training_loop.settings import LoopSettings
from training_loop.store import keys
from training_loop.store.supervisor import EmbeddedStore
from training_loop.utterance import CaptureContext, Fate


def _kill(store: EmbeddedStore) -> None:
    assert store.process_id
    os.kill(store.process_id, signal.SIGKILL)


async def test_every_acknowledged_utterance_survives_kill_9(
    own_loop: Loop, own_store: EmbeddedStore
) -> None:
    account = await consenting_account(own_loop)
    fates: dict[str, Fate] = {}

    async def speak() -> None:
        for _ in range(25):
            said = an_utterance(account)
            fates[said.utterance_id] = await try_to_say(own_loop, said)

    async def kill() -> None:
        for least in (10, 40):

            async def reached(least: int = least) -> bool:
                return len(fates) >= least

            await until(reached)
            _kill(own_store)

    await asyncio.gather(kill(), *(speak() for _ in range(4)))
    await back(own_loop)
    acknowledged = {item for item, fate in fates.items() if fate.kept}
    assert len(acknowledged) > 20
    page = await own_loop.rights.history(account, 200)
    there = {entry.utterance_id for entry in page.entries}
    assert acknowledged <= there
    assert {fate.reason for fate in fates.values()} <= {"", "storage_unavailable"}
    for _ in there:
        lease = await own_loop.queue.lease("reviewer")
        if lease:
            assert (await own_loop.queue.read(lease)).pcm


async def test_while_the_store_is_away_nothing_is_allowed_or_kept(
    own_loop: Loop, own_store: EmbeddedStore
) -> None:
    account = await consenting_account(own_loop)
    context = CaptureContext(account=account, device="d")
    consent = await own_loop.sink.begin(context)
    await own_store.stop()
    away = await own_loop.sink.begin(context)
    assert (away.history_epoch, away.learning_epoch) == (None, None)
    assert away.reason == "storage_unavailable"
    fate = await own_loop.sink.keep(an_utterance(account), consent)
    assert fate == Fate(reason="storage_unavailable")
    outcomes = await asyncio.gather(
        own_loop.rights.settings(account),
        own_loop.rights.history(account, 10),
        own_loop.rights.change(account, EVERYTHING_OFF, SHOWN, "off"),
        own_loop.rights.delete_since(account, 0),
        own_loop.rights.delete_account(account),
        own_loop.rights.listens(account),
        own_loop.rights.counts(account),
        own_loop.accounts.create(),
        own_loop.accounts.exists(account),
        own_loop.queue.lease("reviewer"),
        own_loop.queue.statistics(),
        own_loop.queue.items(),
        return_exceptions=True,
    )
    assert {type(outcome) for outcome in outcomes} == {StoreUnavailable}
    await own_store.start()
    await say(own_loop, account)


async def test_an_opt_out_cut_off_by_a_crash_holds_when_repeated(
    own_loop: Loop, own_store: EmbeddedStore
) -> None:
    for number in range(5):
        account = await consenting_account(own_loop)
        await say(own_loop, account)
        change = asyncio.create_task(
            own_loop.rights.change(account, EVERYTHING_OFF, SHOWN, f"off {number}")
        )
        await asyncio.wait([change], timeout=0.0005 * number)
        _kill(own_store)
        try:
            await change
        except StoreUnavailable:

            async def repeated(account: str = account, number: int = number) -> bool:
                try:
                    await own_loop.rights.change(account, EVERYTHING_OFF, SHOWN, f"off {number}")
                except StoreUnavailable:
                    return False
                return True

            await until(repeated)
        await back(own_loop)
        settings = await own_loop.rights.settings(account)
        assert (settings.improve_models, settings.epoch) == (False, 2)
        assert not await own_loop.store.exists(keys.learning_items(account, 1))


async def test_a_torn_append_only_file_loses_the_torn_end_alone(own_loop: Loop) -> None:
    """As after a power cut in the middle of a write that was never acknowledged."""
    account = await consenting_account(own_loop)
    said = await say(own_loop, account)
    settings = own_loop.settings
    directory = settings.store_directory
    copy = LoopSettings(state=settings.state.parent / "copy")
    copy.store_directory.mkdir(parents=True)
    (copy.store_directory / "appendonlydir").mkdir()
    for file in (directory / "appendonlydir").iterdir():
        torn = b"*3\r\n$3\r\nSET\r\n$4\r\nhal" if file.suffix == ".aof" else b""
        if ".base." in file.name:
            torn = b""
        target = copy.store_directory / "appendonlydir" / file.name
        target.write_bytes(file.read_bytes() + torn)
    copy.master_key.parent.mkdir()
    copy.master_key.write_bytes(settings.master_key.read_bytes())
    copy.master_key.chmod(0o600)
    store = EmbeddedStore(copy.store_directory)
    await store.start()
    try:
        async with open_loop(copy) as recovered:
            page = await recovered.rights.history(account, 10)
            await recovered.accounts.create()
    finally:
        await store.stop()
    assert [entry.heard for entry in page.entries] == [said.heard]
