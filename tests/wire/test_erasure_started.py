"""Deletions that are started and then watched, and those whose answer was lost."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from tests.fixtures.services import Desk, bearer, refused
from tests.wire.deletions import kept, new_holder, said
from training_loop.consent.accounts import NewAccount
from training_loop.erasure.progress import Step
from training_loop.services.fields import timestamp
from training_loop.v1 import privacy_pb2
from training_loop.vault.blobs import LocalBlobs

DONE = privacy_pb2.ERASURE_STEP_DONE


@pytest.fixture
async def holder(desk: Desk) -> NewAccount:
    return await new_holder(desk)


def _start(desk: Desk, holder: NewAccount, **fields: Any) -> Any:
    request = privacy_pb2.StartUtterancesErasureRequest(**fields)
    return desk.erasures.StartUtterancesErasure(request, metadata=bearer(holder.token))


async def _end(desk: Desk, erasure: str) -> Any:
    request = privacy_pb2.GetErasureRequest(erasure=erasure)
    async with asyncio.timeout(60):
        return [progress async for progress in desk.erasures.WatchErasure(request)][-1]


def _account(desk: Desk, holder: NewAccount) -> Any:
    return desk.privacy.GetAccount(privacy_pb2.GetAccountRequest(), metadata=bearer(holder.token))


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"device": "dev_kitchen"}, "device"),
        ({"since": timestamp(5.0)}, "range"),
        ({}, "history"),
    ],
)
async def test_it_returns_before_anything_is_gone_and_can_be_watched_to_its_receipt(
    desk: Desk, holder: NewAccount, fields: dict[str, Any], kind: str
) -> None:
    await said(desk, holder)
    going_on = asyncio.Event()

    async def wait(step: Step, noted: bool) -> None:
        await going_on.wait()

    desk.loop.erasures.reached = wait
    started = await _start(desk, holder, **fields)
    assert (started.kind, started.step) == (kind, privacy_pb2.ERASURE_STEP_REQUESTED)
    going_on.set()
    ended = await _end(desk, started.erasure)
    assert (ended.step, ended.history_records, ended.queue_items) == (DONE, 1, 1)
    assert ended.receipt
    assert await kept(desk, holder) == set()


async def test_one_utterance_goes_and_the_others_stay(desk: Desk, holder: NewAccount) -> None:
    goes, stays = await said(desk, holder), await said(desk, holder)
    started = await _start(desk, holder, utterance_id=goes)
    assert started.kind == "utterance"
    assert (await _end(desk, started.erasure)).step == DONE
    assert await kept(desk, holder) == {stays}


async def test_under_one_id_starting_and_deleting_are_one_erasure(
    desk: Desk, holder: NewAccount
) -> None:
    """Of one utterance and of many; and neither touches what was said since."""
    utterance = await said(desk, holder)
    one = await _start(desk, holder, utterance_id=utterance, request_id="one")
    report = await desk.privacy.DeleteUtterance(
        privacy_pb2.DeleteUtteranceRequest(utterance_id=utterance, request_id="one"),
        metadata=bearer(holder.token),
    )
    assert report.erasure == one.erasure
    hour_ago = timestamp(time.time() - 3600)
    many = await _start(desk, holder, since=hour_ago, request_id="many")
    since = await said(desk, holder)
    again = await desk.privacy.DeleteUtterances(
        privacy_pb2.DeleteUtterancesRequest(since=hour_ago, request_id="many"),
        metadata=bearer(holder.token),
    )
    assert again.erasure == many.erasure
    assert (await _start(desk, holder, since=hour_ago, request_id="many")).erasure == many.erasure
    assert await kept(desk, holder) == {since}


@pytest.mark.parametrize(
    "fields",
    [
        {"utterance_id": "a:b"},
        {"utterance_id": "utt_1", "device": "dev_kitchen"},
        {"since": timestamp(9.0), "until": timestamp(9.0)},
        {"request_id": "x" * 65},
    ],
)
async def test_what_is_not_in_the_contract_deletes_nothing(
    desk: Desk, holder: NewAccount, fields: dict[str, Any]
) -> None:
    there = await said(desk, holder)
    answer = await refused(_start(desk, holder, **fields))
    assert answer[:2] == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    assert await kept(desk, holder) == {there}


async def test_a_lost_answer_to_an_accounts_deletion_can_be_followed_up(
    desk: Desk, holder: NewAccount
) -> None:
    """Whoever asked for the id before can ask what became of it, with a credential that is gone."""
    mine = await _account(desk, holder)
    assert mine.account == holder.account
    asked = privacy_pb2.GetErasureRequest(erasure=mine.erasure)
    assert (await refused(desk.erasures.GetErasure(asked))).reason == "ERASURE_UNKNOWN"
    started = await desk.erasures.StartAccountErasure(
        privacy_pb2.StartAccountErasureRequest(account=holder.account),
        metadata=bearer(holder.token),
    )
    assert started.erasure == mine.erasure
    ended = await _end(desk, mine.erasure)
    assert (ended.step, ended.kind) == (DONE, "account")
    assert (await refused(_account(desk, holder))).status is grpc.StatusCode.UNAUTHENTICATED
    assert (await desk.erasures.GetErasure(asked)).receipt == ended.receipt


async def test_deleting_at_once_has_the_id_that_was_told_before_too(
    desk: Desk, holder: NewAccount
) -> None:
    mine = await _account(desk, holder)
    report = await desk.privacy.DeleteAccount(
        privacy_pb2.DeleteAccountRequest(account=holder.account), metadata=bearer(holder.token)
    )
    assert report.erasure == mine.erasure


async def test_the_id_of_an_accounts_deletion_is_its_own_and_says_nothing_of_it(
    desk: Desk, holder: NewAccount
) -> None:
    """It stays the same, no other account has it, and what a stranger can know does not lead to
    it: neither the account's id nor its credential is in it."""
    other = await desk.accounts.create()
    ids = [(await _account(desk, one)).erasure for one in (holder, holder, other)]
    assert ids[0] == ids[1] != ids[2]
    assert holder.account.removeprefix("acc_") not in ids[0]
    assert len(ids[0]) == len("era_00") + 32


async def test_a_pending_deletion_names_its_erasure_to_programs(
    desk: Desk, holder: NewAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(_blobs: LocalBlobs, _path: str) -> int:
        raise OSError(5, "input/output error")

    await said(desk, holder)
    with monkeypatch.context() as patch:
        patch.setattr(LocalBlobs, "remove", down)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await desk.privacy.DeleteUtterances(
                privacy_pb2.DeleteUtterancesRequest(), metadata=bearer(holder.token)
            )
    call: Any = caught.value
    status = rpc_status.from_call(call)
    assert status is not None
    information = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(information)
    assert information.reason == "ERASURE_PENDING"
    told = await desk.erasures.GetErasure(
        privacy_pb2.GetErasureRequest(erasure=information.metadata["erasure"])
    )
    assert told.waiting == "blob_store_unavailable"
