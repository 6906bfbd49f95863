"""A server really reads the thresholds of its state directory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import grpc
import pytest

from assistant.thresholds import NAME
from tests.fixtures.server import ServerProcess, new_party
from training_loop.registry.shelf import sha256_of
from training_loop.training.thresholds import NluThresholds
from training_loop.training.thresholds_trainer import defaults


@pytest.mark.parametrize(("offset", "understood"), [(0.0, True), (-30.0, False)])
async def test_what_the_thresholds_call_unsure_is_not_acted_upon(
    offset: float, understood: bool, own_server: ServerProcess, base_nlu_model: Path
) -> None:
    own_server.stop()
    chosen = replace(defaults(sha256_of(base_nlu_model)), nlu=NluThresholds(offset=offset))
    chosen.write(own_server.state / NAME)
    own_server.start()
    async with grpc.aio.insecure_channel(own_server.address) as channel:
        turn = await (await new_party(own_server, channel)).type("what time is it")
    assert ("didn't get that" not in turn.answer) is understood
