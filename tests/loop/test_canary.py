"""Unique words and sounds go through every feature; after an erasure they are nowhere."""

from __future__ import annotations

import asyncio
import io
import re
import socket
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import httpx
import psutil
import pytest

from assistant.v1 import devices_pb2
from tests.fixtures.server import (
    Party,
    ServerProcess,
    bearer,
    new_party,
    reason_of,
    silence,
    spoken,
)
from tests.loop.canaries import Canaries, dump, files, memory, tone
from tests.loop.canary_places import given_to_others, reviewed_by_people, sign_in_address
from training_loop.loop import Loop, open_loop
from training_loop.queue.review import Review
from training_loop.settings import LoopSettings
from training_loop.store import keys
from training_loop.training.dataset import GoldExample, ItemRef, Snapshot, write_training_file
from training_loop.training.workspace import workspace
from training_loop.v1 import privacy_pb2


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A running server, and everywhere that something may have stayed."""

    server: ServerProcess
    loop: Loop
    metrics_url: str

    async def surfaces(self) -> dict[str, list[bytes]]:
        async with httpx.AsyncClient() as client:
            metrics = (await client.get(self.metrics_url)).content
        return {
            "state directory": list(files(self.server.state)),
            "store": await dump(self.loop),
            "server's log": [self.server.log.encode()],
            "metrics": [metrics],
        }

    async def found(self, canaries: Canaries) -> dict[str, set[str]]:
        surfaces = await self.surfaces()
        found = {name: canaries.found_in(pieces) for name, pieces in surfaces.items()}
        return {name: what for name, what in found.items() if what}

    def store_process(self) -> int:
        assert self.server.process
        children = psutil.Process(self.server.process.pid).children(recursive=True)
        (store,) = [child for child in children if re.search("valkey|redis", child.name())]
        return store.pid


@pytest.fixture
async def watched(tmp_path: Path, base_nlu_model: Path) -> AsyncIterator[Watched]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = ServerProcess(state=tmp_path / "state", arguments=("--metrics-port", str(port)))
    await asyncio.to_thread(server.start)
    try:
        async with open_loop(LoopSettings(state=server.state)) as loop:
            yield Watched(server=server, loop=loop, metrics_url=f"http://127.0.0.1:{port}/metrics")
    finally:
        await asyncio.to_thread(server.stop)


async def _speak(party: Party, canaries: Canaries) -> None:
    sound = tone(0.4)
    canaries.sound("a spoken request", sound)
    words = spoken("set a timer for ten minutes")[9600:]
    turn = await party.say(sound + words + silence(0.5))
    assert turn.report.fate.queued, turn.report
    canaries.text("id of a spoken request", turn.report.utterance_id)
    await _type(party, canaries, "a typed request", "what is a {}")
    await _type(party, canaries, "a list", "add {} to my shopping list")
    await _type(party, canaries, "a reminder", "remind me to feed the {} tomorrow at five")
    await _type(party, canaries, "a timer", "set a {} timer for ten minutes")
    await _type(party, canaries, "an alarm", "set an alarm called {} for seven tomorrow morning")
    await party.type("what is on my shopping list", text_only=True)
    await party.type("what are my reminders", text_only=True)
    for name, fields in (("no_training", {"no_training": True}), ("guest", {"guest": True})):
        word = canaries.word(f"a request with {name}")
        await party.type(f"what is a {word}", **fields)


async def _type(party: Party, canaries: Canaries, where: str, said: str) -> str:
    """Its id."""
    turn = await party.type(said.format(canaries.word(where)), text_only=True)
    assert turn.report.fate.queued, (where, turn.report)
    canaries.text(f"id of {where}", turn.report.utterance_id)
    return str(turn.report.utterance_id)


async def _speak_for_people(watched: Watched, party: Party, canaries: Canaries) -> None:
    items = [
        await _type(party, canaries, f"a request that people review, {number}", "what is a {}")
        for number in range(3)
    ]
    await reviewed_by_people(watched.loop, items, canaries)


async def _provoke_errors(party: Party, canaries: Canaries) -> None:
    word = canaries.word("an error")
    for call in (
        party.type(f"{word} " * 200),
        party.type("what time is it", session_id=f"{word} " * 100),
        party.privacy.DeleteUtterance(
            privacy_pb2.DeleteUtteranceRequest(utterance_id=f"{word} /{word}"), **party.as_holder
        ),
        party.privacy.ListUtterances(
            privacy_pb2.ListUtterancesRequest(page_token=word), **party.as_holder
        ),
        party.privacy.GetPrivacySettings(
            privacy_pb2.GetPrivacySettingsRequest(), metadata=bearer(f"earmark-account.{word}")
        ),
    ):
        try:
            await call
        except grpc.aio.AioRpcError as refused:
            assert word not in reason_of(refused)


async def _pair(party: Party, canaries: Canaries) -> None:
    code = await party.devices.CreatePairingCode(
        devices_pb2.CreatePairingCodeRequest(), **party.as_holder
    )
    name = canaries.word("a device's name")
    paired = await party.devices.PairDevice(
        devices_pb2.PairDeviceRequest(code=code.code, display_name=name)
    )
    listed = await party.devices.ListDevices(devices_pb2.ListDevicesRequest(), **party.as_holder)
    assert name in {device.display_name for device in listed.devices}
    canaries.text("device", paired.device)
    canaries.text("device's token", paired.device_token)
    canaries.text("pairing code", code.code)


async def _look(party: Party, canaries: Canaries) -> None:
    """Pages, explanations, sound and an export: all of it is shown to the holder."""
    page = await party.privacy.ListUtterances(
        privacy_pb2.ListUtterancesRequest(page_size=50), **party.as_holder
    )
    assert len(page.utterances) >= 6
    for entry in page.utterances:
        await party.privacy.ExplainUtterance(
            privacy_pb2.ExplainUtteranceRequest(utterance_id=entry.utterance_id), **party.as_holder
        )
    await party.privacy.CorrectUtterance(
        privacy_pb2.CorrectUtteranceRequest(
            utterance_id=page.utterances[0].utterance_id, text=canaries.word("a correction")
        ),
        **party.as_holder,
    )
    chunks = [
        chunk.data
        async for chunk in party.privacy.ExportAccount(
            privacy_pb2.ExportAccountRequest(), **party.as_holder
        )
    ]
    archive = zipfile.ZipFile(io.BytesIO(b"".join(chunks)))
    exported = [archive.read(name) for name in archive.namelist()]
    shown = canaries.found_in(exported)
    assert {"word of a list, utf-8", "word of a reminder, utf-8"} <= shown
    assert any(name.startswith("sound of") for name in shown)


async def _review(watched: Watched, canaries: Canaries) -> None:
    """All that waits is heard and reviewed, but for the first clip, whose lease stays open."""
    queue, heard, number = watched.loop.queue, set(), 0
    while (lease := await queue.lease("reviewer")) is not None:
        utterance = await queue.read(lease)
        heard |= canaries.found_in([utterance.pcm])
        canaries.text(f"lease {number}", lease.token)
        if number:
            word = canaries.word(f"review {number - 1}")
            await queue.ack(lease, Review(text=word, intent="set_timer", reviewer="r"))
        number += 1
    assert number >= 6
    assert heard, "the sound was kept as it was"


async def _learn(watched: Watched, canaries: Canaries) -> None:
    """What a lap writes down while it trains, without the training itself."""
    reviewed = [one async for one in watched.loop.queue.reviewed()]
    assert len(reviewed) >= 5
    examples = [
        GoldExample(
            ref=ItemRef(item=one.item, epoch=one.epoch),
            text=one.review.text,
            intent=one.review.intent,
        )
        for one in reviewed
    ]
    with workspace(watched.server.state / "training") as directory:
        write_training_file(Snapshot.of(examples), {"set_timer": 9}, directory / "gold.yml")
        found = await watched.found(canaries)
        assert {"word of review 0, utf-8"} <= found["state directory"], "the scan finds it"
    await watched.loop.queue.record_model_use("nlu-canary", reviewed)


def _killed_training(watched: Watched, canaries: Canaries) -> None:
    """What a training leaves that was killed before it could clean up."""
    left = watched.server.state / "training" / "run-killed"
    left.mkdir(parents=True)
    (left / "gold.yml").write_text(canaries.word("a training that was killed"))


async def _secrets(watched: Watched, party: Party, canaries: Canaries) -> None:
    """Wrapped keys, digests, names of containers: by themselves they would say that it existed."""
    canaries.text("account", party.account)
    canaries.text("account's token", party.account_token)
    canaries.text("first device", party.device)
    canaries.text("first device's token", party.device_token)
    stored: Any = await watched.loop.store.hgetall(keys.account(party.account))
    for name in (b"data_key", b"history_key", b"learning_key", b"digest"):
        canaries.sought[f"stored {name.decode()}"] = stored[name]
    for name in (b"history_container", b"learning_container"):
        canaries.sought[f"stored {name.decode()}"] = stored[name]


async def test_after_an_erasure_nothing_of_an_account_is_anywhere(
    watched: Watched, tmp_path: Path
) -> None:
    """But for the ids in the manifest of a data set, which lead nowhere: it is signed, and says
    what models learned from."""
    canaries = Canaries()
    async with grpc.aio.insecure_channel(watched.server.address) as channel:
        other, party = [await new_party(watched.server, channel) for _ in range(2)]
        await party.consent(keep_history=True, improve_models=True, human_review=True)
        await other.consent(keep_history=True)
        await _pair(party, canaries)
        await _speak(party, canaries)
        await _provoke_errors(party, canaries)
        await _look(party, canaries)
        await sign_in_address(watched.loop, party.account, canaries)
        await _speak_for_people(watched, party, canaries)
        await _review(watched, canaries)
        await _learn(watched, canaries)
        data_set = await given_to_others(watched.loop, tmp_path / "given", canaries)
        await _secrets(watched, party, canaries)

        before = await watched.found(canaries)
        assert {"stored data_key", "account, utf-8"} <= before["store"], "the scan finds it"
        assert {"stored data_key", "account, utf-8"} <= before["state directory"]
        assert "stored data_key" in canaries.found_in(memory(watched.store_process()))
        spoken_words = {
            f"{where}: {what}"
            for where, found in before.items()
            for what in found
            if what.startswith(("word", "sound"))
        }
        assert not spoken_words, "what was said is sealed wherever it is, and in no log or metric"
        assert not {"server's log", "metrics"} & before.keys()

        _killed_training(watched, canaries)
        report = await party.privacy.DeleteAccount(
            privacy_pb2.DeleteAccountRequest(account=party.account), **party.as_holder
        )
        assert report.log_rewritten
        ids = canaries.found_in(ref.item.encode() for ref in data_set.refs())
        assert await watched.found(canaries) == {"state directory": ids}
        kept = await other.privacy.GetPrivacySettings(
            privacy_pb2.GetPrivacySettingsRequest(), **other.as_holder
        )
        assert kept.keep_history, "everybody else stays"

        await watched.loop.store.memory_purge()
        in_memory = canaries.found_in(memory(watched.store_process()))
        assert not {what for what in in_memory if what.startswith(("word", "sound"))}


async def test_a_canary_that_is_left_somewhere_is_found(watched: Watched) -> None:
    canaries = Canaries()
    word, sound = canaries.word("a mistake"), tone(0.4)
    canaries.sound("a mistake", sound)
    assert await watched.found(canaries) == {}
    left = watched.server.state / "blobs"
    left.mkdir(exist_ok=True)
    (left / "left").write_bytes(sound)
    assert {
        name.partition(" at")[0] for name in (await watched.found(canaries))["state directory"]
    } == {"sound of a mistake"}
    (left / "left").unlink()
    (left / word).touch()
    assert (await watched.found(canaries)) == {"state directory": {"word of a mistake, utf-8"}}
    (left / word).unlink()
    await watched.loop.store.set("left", word.encode("utf-16-le"))
    found = await watched.found(canaries)
    assert "word of a mistake, utf-16-le" in found["store"]
    assert found["state directory"], "and in its append-only file"
    with (watched.server.state.parent / "server.log").open("a") as log:
        log.write(word)
    assert (await watched.found(canaries))["server's log"] == {"word of a mistake, utf-8"}
