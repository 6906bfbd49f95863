"""Parts of a running server fail in the middle of a request; the next request works."""

from __future__ import annotations

import asyncio
import resource
import signal
from collections.abc import AsyncIterator
from dataclasses import replace

import grpc
import psutil

from assistant.v1 import assistant_pb2 as pb
from assistant.v1 import devices_pb2, directive_pb2
from tests.fixtures.server import (
    END,
    ServerProcess,
    audio_messages,
    healthy_again,
    new_party,
    refused,
    spoken,
    start_message,
)
from training_loop.v1 import privacy_pb2

TINY_FILE_BYTES = 4096


def child_of(server: ServerProcess, word: str) -> psutil.Process:
    """The server's child whose command line holds a word."""
    assert server.process is not None
    children = psutil.Process(server.process.pid).children(recursive=True)
    (found,) = [child for child in children if any(word in part for part in child.cmdline())]
    return found


async def test_a_killed_interpreter_costs_one_apology(own_server: ServerProcess) -> None:
    async with grpc.aio.insecure_channel(own_server.address) as channel:
        party = await new_party(own_server, channel)
        worker = child_of(own_server, "assistant.nlu.worker")
        worker.send_signal(signal.SIGSTOP)
        asking = asyncio.create_task(party.type("what time is it", text_only=True))
        await asyncio.sleep(0)
        worker.kill()
        turn = await asking
        assert turn.report.outcome == pb.Report.UNAVAILABLE
        assert "sorry" in turn.answer.lower()
        assert (await healthy_again(party)).one("answer").skill


async def test_a_killed_store_is_said_and_comes_back_with_everything(
    own_server: ServerProcess,
) -> None:
    async with grpc.aio.insecure_channel(own_server.address) as channel:
        party = await new_party(own_server, channel)
        await party.consent(keep_history=True, improve_models=True)
        before = (await party.say(spoken("what time is it"))).report
        store = child_of(own_server, "valkey")
        opened = asyncio.Event()
        go_on = asyncio.Event()

        async def speaking() -> AsyncIterator[pb.ConverseRequest]:
            yield start_message()
            for message in audio_messages(spoken("turn on the kitchen light")):
                yield message
            opened.set()
            await go_on.wait()
            yield END

        call = party.converse(speaking())
        await opened.wait()
        store.send_signal(signal.SIGSTOP)
        store.kill()
        go_on.set()
        events = [event async for event in call]
        assert events[-1].HasField("report")
        fate = events[-1].report.fate
        assert fate.kept == fate.queued == bool(not fate.reason)
        async with asyncio.timeout(60):
            while True:
                try:
                    await healthy_again(party)
                    break
                except grpc.aio.AioRpcError as error:
                    assert error.code() is grpc.StatusCode.UNAVAILABLE
        listed = await party.privacy.ListUtterances(
            privacy_pb2.ListUtterancesRequest(), **party.as_holder
        )
        assert before.utterance_id in {one.utterance_id for one in listed.utterances}


async def test_a_full_disk_does_not_stop_the_answer(own_server: ServerProcess) -> None:
    assert own_server.process is not None
    async with grpc.aio.insecure_channel(own_server.address) as channel:
        party = await new_party(own_server, channel)
        await party.consent(keep_history=True, improve_models=True)
        pid = own_server.process.pid
        unlimited = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (TINY_FILE_BYTES, unlimited[1]))
        full = await party.say(spoken("what time is it"))
        assert full.report.outcome == pb.Report.ANSWERED
        assert (full.report.fate.kept, full.report.fate.queued) == (False, False)
        assert full.report.fate.reason == "storage_unavailable"
        assert not [path for path in (own_server.state / "blobs").rglob("*") if path.is_file()]
        resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)
        room = await party.say(spoken("what time is it"))
        assert (room.report.fate.kept, room.report.fate.queued) == (True, True)


async def test_a_killed_server_keeps_what_it_acknowledged(own_server: ServerProcess) -> None:
    async with grpc.aio.insecure_channel(own_server.address) as channel:
        party = await new_party(own_server, channel)
        await party.consent(keep_history=True)
        kept = (await party.say(spoken("what time is it"))).report.utterance_id
    own_server.kill()
    own_server.start()
    async with grpc.aio.insecure_channel(own_server.address) as channel:
        back = replace(party, channel=channel)
        listed = await back.privacy.ListUtterances(
            privacy_pb2.ListUtterancesRequest(), **back.as_holder
        )
        assert [one.utterance_id for one in listed.utterances] == [kept]
        await back.consent(keep_history=False)
        assert await refused(back.converse([])) == (
            grpc.StatusCode.INVALID_ARGUMENT,
            "START_MISSING",
        )


async def test_a_timer_goes_off_although_the_server_was_killed_meanwhile(
    own_server: ServerProcess,
) -> None:
    async with grpc.aio.insecure_channel(own_server.address) as channel:
        party = await new_party(own_server, channel)
        turn = await party.type("set a timer for three seconds", text_only=True)
        assert turn.report.outcome == pb.Report.ANSWERED
    own_server.kill()
    own_server.start()
    async with grpc.aio.insecure_channel(own_server.address) as channel:
        back = replace(party, channel=channel)
        watch = back.devices.WatchDirectives(devices_pb2.WatchDirectivesRequest(), **back.as_device)
        async with asyncio.timeout(60):
            directive = await anext(aiter(watch))
        assert directive.ring.kind == directive_pb2.Ring.TIMER
        watch.cancel()


async def test_a_stopped_server_leaves_no_child_behind(own_server: ServerProcess) -> None:
    assert own_server.process is not None
    children = psutil.Process(own_server.process.pid).children(recursive=True)
    assert len(children) >= 2
    own_server.kill()
    _gone, alive = psutil.wait_procs(children, timeout=10)
    assert not alive
    own_server.start()
