"""A deletion that is asked for again under its request id is the same deletion."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import grpc
import pytest

from tests.fixtures.services import Desk, bearer, refused
from tests.wire.deletions import kept, new_holder, said
from training_loop.consent.accounts import NewAccount
from training_loop.services.fields import timestamp
from training_loop.v1 import privacy_pb2


@pytest.fixture
async def holder(desk: Desk) -> NewAccount:
    return await new_holder(desk)


async def _delete(desk: Desk, holder: NewAccount, **fields: Any) -> Any:
    return await desk.privacy.DeleteUtterances(
        privacy_pb2.DeleteUtterancesRequest(**fields), metadata=bearer(holder.token)
    )


async def _delete_one(desk: Desk, holder: NewAccount, utterance: str, request_id: str) -> Any:
    request = privacy_pb2.DeleteUtteranceRequest(utterance_id=utterance, request_id=request_id)
    return await desk.privacy.DeleteUtterance(request, metadata=bearer(holder.token))


async def test_one_utterance_deleted_twice_under_one_id_is_one_erasure(
    desk: Desk, holder: NewAccount
) -> None:
    utterance = await said(desk, holder)
    first = await _delete_one(desk, holder, utterance, "delete-1")
    again = await _delete_one(desk, holder, utterance, "delete-1")
    assert again == first
    assert (first.history_records, first.queue_items, first.audio_blobs) == (1, 1, 2)
    later = await _delete_one(desk, holder, utterance, "delete-2")
    assert later.erasure != first.erasure
    assert later.history_records == 0


@pytest.mark.parametrize("fields", [{}, {"device": "dev_kitchen"}, {"since": timestamp(5.0)}])
async def test_a_retry_deletes_nothing_that_was_said_since(
    desk: Desk, holder: NewAccount, fields: dict[str, Any]
) -> None:
    before = await said(desk, holder)
    first = await _delete(desk, holder, request_id="all", **fields)
    since = await said(desk, holder)
    assert await _delete(desk, holder, request_id="all", **fields) == first
    assert await kept(desk, holder) == {since}
    assert before != since
    await _delete(desk, holder, **fields)
    assert await kept(desk, holder) == set()


async def test_the_same_id_for_another_deletion_is_no_retry(desk: Desk, holder: NewAccount) -> None:
    """A client that reuses an id by mistake is not told "done" for what was never deleted."""
    old, new = await said(desk, holder, at_s=time.time() - 7200), await said(desk, holder)
    hour_ago = timestamp(time.time() - 3600)
    first = await _delete(desk, holder, request_id="x", until=hour_ago)
    assert await kept(desk, holder) == {new}
    other = await _delete_one(desk, holder, new, "x")
    assert other.erasure != first.erasure
    assert await kept(desk, holder) == set()
    assert old != new


async def test_two_calls_at_once_under_one_id_share_an_erasure(
    desk: Desk, holder: NewAccount
) -> None:
    utterance = await said(desk, holder)
    reports = await asyncio.gather(
        *(_delete_one(desk, holder, utterance, "once") for _ in range(4))
    )
    assert len({report.erasure for report in reports}) == 1
    assert len({report.SerializeToString() for report in reports}) == 1


async def test_an_account_is_deleted_by_one_erasure_whatever_the_id(
    desk: Desk, holder: NewAccount
) -> None:
    """And afterwards the credential is gone, also for a retry."""

    def delete(request_id: str) -> Any:
        request = privacy_pb2.DeleteAccountRequest(account=holder.account, request_id=request_id)
        return desk.privacy.DeleteAccount(request, metadata=bearer(holder.token))

    started = await desk.erasures.StartAccountErasure(
        privacy_pb2.StartAccountErasureRequest(account=holder.account),
        metadata=bearer(holder.token),
    )
    outcomes = await asyncio.gather(delete("a"), delete("a"), delete("b"), return_exceptions=True)
    erasures = {one.erasure for one in outcomes if isinstance(one, privacy_pb2.DeletionReport)}
    assert erasures <= {started.erasure}
    answer = await refused(delete("a"))
    assert answer.status is grpc.StatusCode.UNAUTHENTICATED
    asked = await desk.erasures.GetErasure(privacy_pb2.GetErasureRequest(erasure=started.erasure))
    assert asked.receipt or asked.step


@pytest.mark.parametrize("request_id", ["x" * 65, "a:b", "a b"])
async def test_an_id_that_is_none_is_refused_and_nothing_deleted(
    desk: Desk, holder: NewAccount, request_id: str
) -> None:
    utterance = await said(desk, holder)
    account = privacy_pb2.DeleteAccountRequest(account=holder.account, request_id=request_id)
    for call in (
        _delete_one(desk, holder, utterance, request_id),
        _delete(desk, holder, request_id=request_id),
        desk.privacy.DeleteAccount(account, metadata=bearer(holder.token)),
    ):
        answer = await refused(call)
        assert answer[:2] == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    assert await kept(desk, holder) == {utterance}
