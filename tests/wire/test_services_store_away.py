"""The store goes away while services are called, and comes back."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from typing import Any

import grpc
import pytest

from assistant.v1 import devices_pb2
from tests.fixtures.services import Desk, bearer, refusal
from training_loop.v1 import privacy_pb2


async def until_answered(call: Any) -> Any:
    """Repeats a call as a client does while the service is unavailable."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await call()
            except grpc.aio.AioRpcError as error:
                answer = refusal(error)
                if answer[:2] != (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE"):
                    raise


async def test_a_store_that_is_away_is_told_as_unavailable_and_all_works_again_afterwards(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    account = await desk.accounts.create()
    device = await desk.new_device(account)
    watching = desk.devices.WatchDirectives(
        devices_pb2.WatchDirectivesRequest(), metadata=bearer(device.device_token)
    )
    await watching.initial_metadata()
    pid = desk.supervisor.process_id
    assert pid is not None

    def look() -> Any:
        return desk.privacy.GetPrivacySettings(
            privacy_pb2.GetPrivacySettingsRequest(), metadata=bearer(account.token)
        )

    os.kill(pid, signal.SIGSTOP)
    with caplog.at_level(logging.DEBUG):
        waiting = [asyncio.ensure_future(_caught(look())) for _ in range(3)]
        os.kill(pid, signal.SIGKILL)
        await desk.supervisor.stop()
        for answer in await asyncio.gather(*waiting):
            assert answer is None or answer[:2] == (
                grpc.StatusCode.UNAVAILABLE,
                "STORE_UNAVAILABLE",
            )
        answer = await _caught(look())
        assert answer is not None
        assert answer[:2] == (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE")
        assert answer.hint
    await desk.supervisor.start()
    assert (await until_answered(look)).epoch == 0
    await until_answered(
        lambda: desk.devices.AcknowledgeDirective(
            devices_pb2.AcknowledgeDirectiveRequest(id="none"),
            metadata=bearer(device.device_token),
        )
    )
    listed = await desk.devices.ListDevices(
        devices_pb2.ListDevicesRequest(), metadata=bearer(account.token)
    )
    assert [one.device for one in listed.devices] == [device.device]
    for secret in (account.token, device.device_token):
        assert secret not in caplog.text
    watching.cancel()


async def _caught(call: Any) -> Any:
    """How a call was refused, or None."""
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return refusal(error)
    return None
