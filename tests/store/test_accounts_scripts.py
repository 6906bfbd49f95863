"""What the script that pairs a device refuses by itself, whatever was looked up before."""

from __future__ import annotations

import time
from importlib import resources
from typing import Any

import pytest

from tests.fixtures.services import Desk
from training_loop.store import keys
from training_loop.store.script_runner import with_prelude


async def run_pair(desk: Desk, account: str, *, device: str, digest: str = "code") -> Any:
    source = resources.files("assistant.accounts") / "scripts" / "pair_device.lua"
    script = desk.client.register_script(with_prelude(source.read_text()))
    shard = keys.shard_of(account)
    return await script(
        keys=[keys.pairing_codes(shard), keys.account(account), keys.devices(account)],
        args=[digest, account, device, f"digest of {device}", "sealed|name", 2],
    )


async def know_code(desk: Desk, account: str, owner: str, valid_s: float) -> None:
    expiry = int((time.time() + valid_s) * 1000)
    codes = keys.pairing_codes(keys.shard_of(account))
    await desk.client.hset(codes, "code", f"{owner}|{expiry}")


@pytest.fixture
async def account(desk: Desk) -> str:
    return (await desk.accounts.create()).account


async def test_a_code_that_expired_since_it_was_looked_up_adds_nothing(
    desk: Desk, account: str
) -> None:
    await know_code(desk, account, account, valid_s=-1)
    assert await run_pair(desk, account, device="dev_1") == b"unknown"
    assert not await desk.client.exists(keys.devices(account))


async def test_a_code_of_another_account_adds_nothing(desk: Desk, account: str) -> None:
    await know_code(desk, account, "acc_other", valid_s=60)
    assert await run_pair(desk, account, device="dev_1") == b"unknown"
    assert not await desk.client.exists(keys.devices(account))


async def test_running_twice_pairs_once_and_says_the_same(desk: Desk, account: str) -> None:
    await know_code(desk, account, account, valid_s=60)
    for _ in range(2):
        assert await run_pair(desk, account, device="dev_1") == b"paired"
    assert await run_pair(desk, account, device="dev_2") == b"unknown"
    assert await desk.client.hlen(keys.devices(account)) == 1


async def test_a_full_account_keeps_the_code_usable(desk: Desk, account: str) -> None:
    for device in ("dev_1", "dev_2"):
        await know_code(desk, account, account, valid_s=60)
        assert await run_pair(desk, account, device=device) == b"paired"
    await know_code(desk, account, account, valid_s=60)
    assert await run_pair(desk, account, device="dev_3") == b"full"
    await desk.client.hdel(keys.devices(account), "dev_1")
    assert await run_pair(desk, account, device="dev_3") == b"paired"
