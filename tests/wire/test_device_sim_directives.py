"""How a device learns of timers, alarms and reminders, over a real channel."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest
from google.protobuf import timestamp_pb2
from google.rpc import code_pb2

from assistant.v1 import directive_pb2
from device_sim.backoff import Backoff
from device_sim.directives import DirectiveWatch
from device_sim.errors import CallFailed
from tests.fixtures.device_sim import ScriptedServer

QUICK = Backoff(first_s=0.01, longest_s=0.05)
AWAY = (code_pb2.UNAVAILABLE, "STORE_UNAVAILABLE", "Try again in a moment.")


def ring(directive_id: str, label: str) -> directive_pb2.Directive:
    return directive_pb2.Directive(
        id=directive_id,
        ring=directive_pb2.Ring(
            kind=directive_pb2.Ring.TIMER,
            label=label,
            due_time=timestamp_pb2.Timestamp(seconds=1_700_000_000),
        ),
    )


async def test_a_directive_is_acknowledged_only_once_it_was_dealt_with(
    scripted_server: ScriptedServer,
) -> None:
    scripted_server.devices.due = [[ring("r1", "pasta"), ring("r2", "tea")]]
    watch = DirectiveWatch(scripted_server.channel, "t", backoff=QUICK)
    async with aclosing(watch.directives()) as notes:
        first = await anext(notes)
        assert (first.action, first.ring_kind, first.label) == ("ring", "timer", "pasta")
        assert first.due_at == 1_700_000_000
        assert scripted_server.devices.acknowledged == []
        await anext(notes)
        assert scripted_server.devices.acknowledged == ["r1"]


async def test_the_watch_survives_a_lost_connection_and_shows_a_repeat_once(
    scripted_server: ScriptedServer,
) -> None:
    scripted_server.devices.due = [[ring("r1", "a")], [ring("r1", "a"), ring("r2", "b")]]
    scripted_server.devices.end_watch_with = [AWAY]
    watch = DirectiveWatch(scripted_server.channel, "t", backoff=QUICK)
    async with aclosing(watch.directives()) as notes:
        seen = [(await anext(notes)).id, (await anext(notes)).id]
    assert seen == ["r1", "r2"]
    assert watch.connections == 2
    assert scripted_server.devices.acknowledged == ["r1", "r1"]


async def test_a_refused_credential_ends_the_watch(scripted_server: ScriptedServer) -> None:
    scripted_server.devices.end_watch_with = [
        (code_pb2.UNAUTHENTICATED, "CREDENTIAL_REFUSED", "Pair the device again.")
    ]
    watch = DirectiveWatch(scripted_server.channel, "t", backoff=QUICK)
    with pytest.raises(CallFailed) as caught:
        await asyncio.wait_for(anext(watch.directives()), timeout=10)
    assert caught.value.code == "CREDENTIAL_REFUSED"
