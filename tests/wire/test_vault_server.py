"""A running server with its audio in S3 and its master key in a key service: rotated under
conversations, killed, started again, and emptied."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from assistant.v1 import assistant_pb2 as pb
from tests.fixtures.server import Party, ServerProcess, bearer, new_party, spoken
from tests.fixtures.vault import Aws
from training_loop.v1 import privacy_pb2

_TURNS_AT_LEAST = 3


@pytest.fixture
def cloud_server(tmp_path: Path, base_nlu_model: Path, aws: Aws) -> Iterator[ServerProcess]:
    process = ServerProcess(
        state=tmp_path / "state",
        environment={
            "EARMARK_BLOBS_URL": aws.new_bucket(),
            "EARMARK_KEY_PROVIDER": f"aws-kms:alias/earmark-{secrets.token_hex(4)}",
        },
    )
    process.start()
    yield process
    process.stop()


async def _keys(server: ServerProcess, *command: str) -> str:
    """What `training-loop keys` says of the server's state."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "training_loop.cli", "keys", *command),
        *("--state", str(server.state)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **server.environment, "COLUMNS": "120"},
    )
    said = (await process.communicate())[0].decode()
    assert process.returncode == 0, said
    return said


async def _ask_until(over: asyncio.Event, party: Party) -> int:
    """Conversations one after another, each of which must be answered."""
    answered = 0
    while not over.is_set() or answered < _TURNS_AT_LEAST:
        turn = await party.type("what time is it", text_only=True)
        assert turn.report.outcome == pb.Report.ANSWERED
        answered += 1
    return answered


async def _kept(party: Party) -> list[Any]:
    page = await party.privacy.ListUtterances(
        privacy_pb2.ListUtterancesRequest(), metadata=bearer(party.account_token)
    )
    return list(page.utterances)


async def test_a_server_goes_on_through_a_rotation_and_a_restart(
    cloud_server: ServerProcess, aws: Aws
) -> None:
    bucket = cloud_server.environment["EARMARK_BLOBS_URL"]
    async with grpc.aio.insecure_channel(cloud_server.address) as channel:
        party = await new_party(cloud_server, channel)
        await party.consent(keep_history=True, improve_models=True)
        await party.say(spoken("set a timer for ten minutes"))
        assert len(aws.objects(bucket)) == 2
        over = asyncio.Event()
        asking = asyncio.create_task(_ask_until(over, party))
        said = await _keys(cloud_server, "rotate")
        over.set()
        assert await asking >= _TURNS_AT_LEAST
        assert "wrapped by version 2" in said
        assert "scheduled for destruction" in said
        assert "2 current" in await _keys(cloud_server, "status")
        before = await _kept(party)
        assert before
    cloud_server.kill()
    cloud_server.start()
    async with grpc.aio.insecure_channel(cloud_server.address) as channel:
        again = Party(
            channel=channel,
            account=party.account,
            account_token=party.account_token,
            device=party.device,
            device_token=party.device_token,
        )
        assert await _kept(again) == before
        await again.privacy.DeleteAccount(
            privacy_pb2.DeleteAccountRequest(account=again.account),
            metadata=bearer(again.account_token),
        )
    assert aws.objects(bucket) == []
    assert not (cloud_server.state / "blobs").exists()
    assert not (cloud_server.state / "keys" / "master.key").exists()
