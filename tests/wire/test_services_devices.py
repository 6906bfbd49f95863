"""Opening accounts, pairing and unpairing devices, over the wire."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty

from assistant.accounts.devices import CODE_VALID_S, MOST_CODES, MOST_DEVICES
from assistant.accounts.pairing_code import PairingCode
from assistant.services.devices import WRONG_CODES_OF_A_PEER
from assistant.v1 import devices_pb2
from tests.fixtures.services import Desk, bearer, refusal, refused
from training_loop.store import keys


async def new_code(desk: Desk, token: str) -> Any:
    return await desk.devices.CreatePairingCode(
        devices_pb2.CreatePairingCodeRequest(), metadata=bearer(token)
    )


def pair(desk: Desk, code: str, name: str = "kitchen") -> Any:
    return desk.devices.PairDevice(devices_pb2.PairDeviceRequest(code=code, display_name=name))


async def names(desk: Desk, token: str) -> list[str]:
    answer = await desk.devices.ListDevices(
        devices_pb2.ListDevicesRequest(), metadata=bearer(token)
    )
    return [device.display_name for device in answer.devices]


def unpair(desk: Desk, token: str, device: str) -> Any:
    return desk.devices.UnpairDevice(
        devices_pb2.UnpairDeviceRequest(device=device), metadata=bearer(token)
    )


def acknowledge(desk: Desk, token: str, directive: str = "none") -> Any:
    """The simplest thing that a device may do."""
    return desk.devices.AcknowledgeDirective(
        devices_pb2.AcknowledgeDirectiveRequest(id=directive), metadata=bearer(token)
    )


async def test_an_operator_opens_an_account_whose_token_works(desk: Desk) -> None:
    opened = await desk.opening.CreateAccount(
        devices_pb2.CreateAccountRequest(child=True, time_zone="Europe/Berlin"),
        metadata=bearer(desk.operator_token),
    )
    assert await names(desk, opened.account_token) == []
    assert (await desk.accounts.time_zone(opened.account)).key == "Europe/Berlin"
    assert await desk.accounts.is_child(opened.account)


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "../../etc/passwd", "x" * 10_000])
async def test_an_unknown_time_zone_is_refused(desk: Desk, zone: str) -> None:
    answer = await refused(
        desk.opening.CreateAccount(
            devices_pb2.CreateAccountRequest(time_zone=zone), metadata=bearer(desk.operator_token)
        )
    )
    assert answer.status == grpc.StatusCode.INVALID_ARGUMENT


async def test_a_paired_device_may_act_and_is_listed_by_name(desk: Desk) -> None:
    account = await desk.accounts.create()
    code = await new_code(desk, account.token)
    assert code.valid_for.seconds == CODE_VALID_S
    paired = await pair(desk, code.code.lower().replace("-", " "), "  K\u00fcche ")
    assert await acknowledge(desk, paired.device_token) == Empty()
    assert await names(desk, account.token) == ["K\u00fcche"]


async def test_devices_are_listed_oldest_first_and_for_their_account_alone(desk: Desk) -> None:
    one, other = await desk.accounts.create(), await desk.accounts.create()
    for name in ("hall", "attic", "cellar"):
        await desk.new_device(one, name)
    await desk.new_device(other, "elsewhere")
    assert await names(desk, one.token) == ["hall", "attic", "cellar"]
    assert await names(desk, other.token) == ["elsewhere"]


async def test_a_code_works_once(desk: Desk) -> None:
    account = await desk.accounts.create()
    code = (await new_code(desk, account.token)).code
    results = await asyncio.gather(*(pair(desk, code) for _ in range(5)), return_exceptions=True)
    failures = [result for result in results if isinstance(result, grpc.aio.AioRpcError)]
    assert len(failures) == 4
    assert {refusal(failure).reason for failure in failures} == {"PAIRING_CODE_REFUSED"}
    assert len(await names(desk, account.token)) == 1


async def test_a_code_expires_by_the_stores_clock(desk: Desk) -> None:
    account = await desk.accounts.create()
    code = PairingCode.parse((await new_code(desk, account.token)).code)
    assert code is not None
    assert 0 < await desk.client.pttl(keys.pairing_codes(code.shard)) <= CODE_VALID_S * 1000
    await desk.client.hset(
        keys.pairing_codes(code.shard), code.digest, f"{account.account}|{_ago(1)}"
    )
    assert (await refused(pair(desk, code.shown()))).reason == "PAIRING_CODE_REFUSED"
    assert await desk.client.get(keys.pairing_failures(code.shard)) == b"1", "counts as wrong"
    await new_code(desk, account.token)
    assert code.digest.encode() not in await desk.client.hkeys(keys.pairing_codes(code.shard))


def _ago(milliseconds: int) -> int:
    return int(time.time() * 1000) - milliseconds


@pytest.mark.parametrize("code", ["", "1234", "0000-0000", "UUUU-UUUU", "\u0000" * 8, "9" * 5000])
async def test_a_wrong_code_is_refused(desk: Desk, code: str) -> None:
    answer = await refused(pair(desk, code))
    assert answer[:2] == (grpc.StatusCode.INVALID_ARGUMENT, "PAIRING_CODE_REFUSED")
    assert answer.hint


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "x" * 65, "\u202emoorknil"])
async def test_a_name_that_a_list_cannot_show_is_refused_and_leaves_the_code(
    desk: Desk, name: str
) -> None:
    account = await desk.accounts.create()
    code = (await new_code(desk, account.token)).code
    assert (await refused(pair(desk, code, name))).reason == "DISPLAY_NAME_REFUSED"
    assert (await pair(desk, code)).device


async def test_wrong_codes_of_one_peer_are_limited_and_right_ones_do_not_count(desk: Desk) -> None:
    account = await desk.accounts.create()
    for _ in range(WRONG_CODES_OF_A_PEER + 1):
        await desk.new_device(account)
    for _ in range(WRONG_CODES_OF_A_PEER):
        assert (await refused(pair(desk, "0000-0000"))).reason == "PAIRING_CODE_REFUSED"
    code = (await new_code(desk, account.token)).code
    answer = await refused(pair(desk, code))
    assert answer[:2] == (grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_PAIRING_ATTEMPTS")
    assert "10 min" in answer.hint


async def test_wrong_codes_for_one_shard_are_limited_over_all_peers(desk: Desk) -> None:
    account = await desk.accounts.create()
    code = PairingCode.parse((await new_code(desk, account.token)).code)
    assert code is not None
    failures = keys.pairing_failures(code.shard)
    await desk.client.set(failures, 199, px=CODE_VALID_S * 1000)
    assert (await refused(pair(desk, code.characters[:7] + "U"))).reason == "PAIRING_CODE_REFUSED"
    assert await desk.client.get(failures) == b"199", "what can't be a code is not looked up"
    wrong = code.characters[:7] + ("0" if code.characters[7] != "0" else "1")
    assert (await refused(pair(desk, wrong))).reason == "PAIRING_CODE_REFUSED"
    assert (await refused(pair(desk, code.shown()))).reason == "TOO_MANY_PAIRING_ATTEMPTS"
    await desk.client.delete(failures)
    assert (await pair(desk, code.shown())).device


async def test_codes_and_devices_of_an_account_are_bounded(desk: Desk) -> None:
    account = await desk.accounts.create()
    codes = [(await new_code(desk, account.token)).code for _ in range(MOST_CODES)]
    answer = await refused(new_code(desk, account.token))
    assert answer[:2] == (grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_PAIRING_CODES")
    await desk.client.hset(
        keys.devices(account.account),
        mapping={f"dev_{number:016x}": b"x|0|x" for number in range(MOST_DEVICES)},
    )
    answer = await refused(pair(desk, codes[0]))
    assert answer[:2] == (grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_DEVICES")


async def test_the_store_holds_no_code_no_token_and_no_name(desk: Desk) -> None:
    account = await desk.accounts.create()
    code = (await new_code(desk, account.token)).code
    paired = await desk.new_device(account, "grandmother")
    secret = paired.device_token.rpartition(".")[2]
    held = b""
    for shard_key in [key async for key in desk.client.scan_iter()]:
        held += shard_key + (await desk.client.dump(shard_key) or b"")
    for word in (code, code.replace("-", ""), secret, "grandmother"):
        assert word.encode() not in held


async def test_from_the_reply_on_an_unpaired_device_is_refused(desk: Desk) -> None:
    account = await desk.accounts.create()
    gone, stays = [await desk.new_device(account, name) for name in ("gone", "stays")]
    await unpair(desk, account.token, gone.device)
    answer = await refused(acknowledge(desk, gone.device_token))
    assert answer[:2] == (grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_REFUSED")
    assert await acknowledge(desk, stays.device_token) == Empty()
    assert await names(desk, account.token) == ["stays"]


async def test_only_the_own_device_can_be_unpaired(desk: Desk) -> None:
    account, other = await desk.accounts.create(), await desk.accounts.create()
    device = await desk.new_device(account)
    answer = await refused(unpair(desk, other.token, device.device))
    assert answer[:2] == (grpc.StatusCode.NOT_FOUND, "NO_SUCH_DEVICE")
    assert (await refused(unpair(desk, account.token, "a:b"))).reason == "INVALID_FIELD"
    assert await acknowledge(desk, device.device_token) == Empty()


async def test_a_token_of_one_device_does_not_open_another(desk: Desk) -> None:
    account = await desk.accounts.create()
    one, two = [await desk.new_device(account) for _ in range(2)]
    mixed = one.device_token.replace(one.device, two.device)
    assert (await refused(acknowledge(desk, mixed))).reason == "CREDENTIAL_REFUSED"


async def test_a_device_is_refused_from_the_moment_its_accounts_deletion_begins(
    desk: Desk,
) -> None:
    account = await desk.accounts.create()
    device = await desk.new_device(account)
    code = (await new_code(desk, account.token)).code
    await desk.client.hset(keys.account(account.account), "state", "erasing")
    assert (await refused(acknowledge(desk, device.device_token))).reason == "CREDENTIAL_REFUSED"
    assert (await refused(pair(desk, code))).reason == "ACCOUNT_GONE"


async def test_erasure_leaves_no_device_and_no_code(desk: Desk) -> None:
    account, other = await desk.accounts.create(), await desk.accounts.create()
    paired = await desk.new_device(account, "hall")
    exported = await desk.register.export(account.account)
    assert list(exported) == [paired.device]
    code = (await new_code(desk, account.token)).code
    stays = await desk.new_device(other)
    other_code = (await new_code(desk, other.token)).code
    assert await desk.register.erase(account.account) == 2
    assert await desk.register.erase(account.account) == 0
    assert (await refused(acknowledge(desk, paired.device_token))).reason == "CREDENTIAL_REFUSED"
    assert (await refused(pair(desk, code))).reason == "PAIRING_CODE_REFUSED"
    assert await acknowledge(desk, stays.device_token) == Empty()
    assert (await pair(desk, other_code)).device


async def test_no_log_holds_a_code_a_token_or_a_name(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        account = await desk.accounts.create()
        code = (await new_code(desk, account.token)).code
        paired = await pair(desk, code, "grandmother")
        await refused(pair(desk, code, "grandmother"))
        await refused(acknowledge(desk, paired.device_token + "x"))
        await unpair(desk, account.token, paired.device)
        await refused(acknowledge(desk, paired.device_token))
    for word in (code, account.token, paired.device_token, "grandmother"):
        assert word not in caplog.text
