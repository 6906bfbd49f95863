"""The feed of what recipients of exports have to delete, over the wire."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.fixtures.datasets import gold, reviewed
from tests.fixtures.services import Desk, bearer, refused
from tests.fixtures.staff import staff_token
from tests.fixtures.store import consenting_account, opt_out
from training_loop.access import Kind
from training_loop.datasets.exports.exports import Order
from training_loop.datasets.exports.record import ExportRecord, Format
from training_loop.datasets.split import Shares
from training_loop.v1 import training_pb2 as pb


async def _exported(desk: Desk, target: Path) -> tuple[list[str], ExportRecord]:
    """Two accounts with an item each, and an export of both."""
    accounts = [await consenting_account(desk.loop) for _ in range(2)]
    for account in accounts:
        await reviewed(desk.loop, account, gold("stop", "stop"))
    made = await desk.loop.datasets.create(shares=Shares(test=0.0, hold_out=0.0))
    order = Order(
        data_set=made.name,
        format=Format.RASA,
        recipient="acme",
        purpose="tests",
        expires_at_s=time.time() + 3600,
        target=target,
    )
    return accounts, await desk.loop.exports.deliver(order, by="operator")


def _watch(desk: Desk, export: str, token: str, *, follow: bool = False) -> Any:
    request = pb.WatchTombstonesRequest(export=export, follow=follow)
    return desk.exports.WatchTombstones(request, metadata=bearer(token))


async def _acknowledge(desk: Desk, export: str, *items: str) -> int:
    answer = await desk.exports.AcknowledgeTombstones(
        pb.AcknowledgeTombstonesRequest(export=export, items=items),
        metadata=bearer(desk.operator_token),
    )
    return int(answer.acknowledged)


async def test_a_recipient_follows_what_it_has_to_delete_and_confirms_it(
    desk: Desk, tmp_path: Path
) -> None:
    accounts, record = await _exported(desk, tmp_path / "export")
    engineer = await staff_token(desk.loop, Kind.ML_ENGINEER)
    assert [one async for one in _watch(desk, record.export, engineer)] == []
    feed = _watch(desk, record.export, engineer, follow=True)
    coming = asyncio.create_task(feed.read())
    await opt_out(desk.loop, accounts[0])
    async with asyncio.timeout(10):
        first = await coming
    assert first.due_time.seconds > time.time()
    await opt_out(desk.loop, accounts[1])
    async with asyncio.timeout(10):
        second = await feed.read()
    assert {first.export, second.export} == {record.export}
    assert first.item != second.item
    feed.cancel()
    assert await _acknowledge(desk, record.export, first.item) == 1
    assert await _acknowledge(desk, record.export, first.item) == 0
    left = [one.item async for one in _watch(desk, record.export, desk.operator_token)]
    assert left == [second.item]
    listed = await desk.exports.ListExports(
        pb.ListExportsRequest(), metadata=bearer(desk.operator_token)
    )
    (export,) = listed.exports
    assert (export.recipient, export.tombstones, export.confirmed) == ("acme", 1, 1)
    overdue = await desk.exports.ListExports(
        pb.ListExportsRequest(overdue_only=True), metadata=bearer(engineer)
    )
    assert list(overdue.exports) == []


async def test_a_feed_ends_with_the_session(desk: Desk, tmp_path: Path) -> None:
    accounts, record = await _exported(desk, tmp_path / "export")
    token = await staff_token(desk.loop, Kind.ML_ENGINEER)
    await opt_out(desk.loop, accounts[0])
    feed = _watch(desk, record.export, token, follow=True)
    await feed.read()
    reading = asyncio.create_task(feed.read())
    caller = await desk.loop.staff.sessions.verify(token)
    await desk.loop.staff.sessions.end(caller.staff, caller.session)
    async with asyncio.timeout(10):
        with pytest.raises(grpc.aio.AioRpcError) as ended:
            await reading
    assert ended.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_a_reviewer_sees_no_exports(desk: Desk) -> None:
    token = await staff_token(desk.loop, Kind.REVIEWER)
    found = await refused(desk.exports.ListExports(pb.ListExportsRequest(), metadata=bearer(token)))
    assert found.status is grpc.StatusCode.PERMISSION_DENIED


async def test_requests_that_cannot_be_are_refused(desk: Desk) -> None:
    operator = bearer(desk.operator_token)
    for request in (
        pb.AcknowledgeTombstonesRequest(export="ex-1"),
        pb.AcknowledgeTombstonesRequest(export="../x", items=["a"]),
        pb.AcknowledgeTombstonesRequest(export="ex-1", items=["a"] * 1001),
    ):
        found = await refused(desk.exports.AcknowledgeTombstones(request, metadata=operator))
        assert found.status is grpc.StatusCode.INVALID_ARGUMENT
    unknown = pb.AcknowledgeTombstonesRequest(export="ex-1", items=["a"])
    found = await refused(desk.exports.AcknowledgeTombstones(unknown, metadata=operator))
    assert found.status is grpc.StatusCode.NOT_FOUND
