"""The feed of what recipients of exports have to delete, over the wire."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.fixtures.datasets import gold, reviewed
from tests.fixtures.services import Desk, Refusal, bearer, refusal, refused
from tests.fixtures.staff import staff_token
from tests.fixtures.store import consenting_account, opt_out
from training_loop.access import Kind
from training_loop.audit.entry import AuditEntry
from training_loop.audit.log import all_shard_names
from training_loop.datasets.errors import ExportClosed
from training_loop.datasets.exports.exports import Order
from training_loop.datasets.exports.record import ACKNOWLEDGE_WITHIN_S, ExportRecord, Format
from training_loop.datasets.split import Shares
from training_loop.receipts.receipt import verify_receipt
from training_loop.services.fields import unix_time_s
from training_loop.store import keys
from training_loop.v1 import privacy_pb2 as privacy
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


def _acknowledging(desk: Desk, export: str, token: str, *items: str) -> Any:
    return desk.exports.AcknowledgeTombstones(
        pb.AcknowledgeTombstonesRequest(export=export, items=items), metadata=bearer(token)
    )


async def _acknowledge(desk: Desk, export: str, *items: str) -> int:
    answer = await _acknowledging(desk, export, desk.operator_token, *items)
    return int(answer.acknowledged)


async def _token(desk: Desk, export: str) -> str:
    return await desk.loop.exports.recipients.issue(export, by="operator")


async def _listed(desk: Desk, **wanted: bool) -> list[pb.Export]:
    answer = await desk.exports.ListExports(
        pb.ListExportsRequest(**wanted), metadata=bearer(desk.operator_token)
    )
    return list(answer.exports)


async def _expire(desk: Desk, record: ExportRecord) -> None:
    await desk.loop.exports.ledger.write(replace(record, expires_at_s=time.time() - 1))


async def _confirmations(desk: Desk) -> list[AuditEntry]:
    found = [
        AuditEntry.read(shard, line)
        for shard in all_shard_names()
        async for line in desk.loop.audit.lines(shard)
    ]
    return [one for one in found if one.action == "export_deletions_confirmed"]


async def _refused_stream(stream: Any) -> Refusal:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async with asyncio.timeout(60):
            await stream.read()
    return refusal(caught.value)


async def test_a_recipient_follows_what_it_has_to_delete_and_confirms_it(
    desk: Desk, tmp_path: Path
) -> None:
    accounts, record = await _exported(desk, tmp_path / "export")
    engineer = await staff_token(desk.loop, Kind.ML_ENGINEER)
    assert [one async for one in _watch(desk, record.export, engineer)] == []
    feed = _watch(desk, record.export, engineer, follow=True)
    coming = asyncio.create_task(feed.read())
    await opt_out(desk.loop, accounts[0])
    async with asyncio.timeout(60):
        first = await coming
    assert first.due_time.seconds > time.time()
    await opt_out(desk.loop, accounts[1])
    async with asyncio.timeout(60):
        second = await feed.read()
    assert {first.export, second.export} == {record.export}
    assert first.item != second.item
    feed.cancel()
    assert await _acknowledge(desk, record.export, first.item) == 1
    assert await _acknowledge(desk, record.export, first.item) == 0
    left = [one.item async for one in _watch(desk, record.export, desk.operator_token)]
    assert left == [second.item]
    (export,) = await _listed(desk)
    assert (export.recipient, export.tombstones, export.confirmed) == ("acme", 1, 1)
    assert await _listed(desk, overdue_only=True) == []


async def test_what_is_overdue_is_listed_with_since_when(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts, record = await _exported(desk, tmp_path / "export")
    await opt_out(desk.loop, accounts[0])
    await desk.loop.exports.ledger.bury()
    (owed,) = await desk.loop.exports.ledger.tombstones(record.export)
    monkeypatch.setattr("training_loop.datasets.exports.ledger.ACKNOWLEDGE_WITHIN_S", -60)
    (overdue,) = await _listed(desk, overdue_only=True)
    assert (overdue.export, overdue.overdue) == (record.export, 1)
    assert overdue.overdue_since_time.seconds == int(owed.since_s - 60)


async def test_a_recipient_confirms_with_the_token_of_its_export_and_nothing_is_lost_in_between(
    desk: Desk, tmp_path: Path
) -> None:
    """A stream that breaks is taken up: what came meanwhile and what was not confirmed comes."""
    accounts, record = await _exported(desk, tmp_path / "export")
    token = await _token(desk, record.export)
    feed = _watch(desk, record.export, token, follow=True)
    await opt_out(desk.loop, accounts[0])
    async with asyncio.timeout(60):
        first = await feed.read()
    feed.cancel()
    await opt_out(desk.loop, accounts[1])
    again = [one.item async for one in _watch(desk, record.export, token)]
    assert first.item in again
    assert len(again) == 2
    answer = await _acknowledging(desk, record.export, token, *again)
    assert answer.acknowledged == 2
    assert [one async for one in _watch(desk, record.export, token)] == []
    (entry,) = await _confirmations(desk)
    assert (entry.actor, entry.subject) == ("recipient", record.export)
    assert entry.detail == "items=2,role=recipient"
    (export,) = await _listed(desk)
    assert (export.confirmed, export.confirmed_by_staff) == (2, 0)


async def test_what_staff_confirm_for_a_recipient_is_noted_as_theirs(
    desk: Desk, tmp_path: Path
) -> None:
    accounts, record = await _exported(desk, tmp_path / "export")
    for account in accounts:
        await opt_out(desk.loop, account)
    first, second = [one.item async for one in _watch(desk, record.export, desk.operator_token)]
    engineer = await staff_token(desk.loop, Kind.ML_ENGINEER)
    member = (await desk.loop.staff.sessions.verify(engineer)).staff
    pseudonym = (await desk.loop.staff.members.get(member)).pseudonym
    await _acknowledging(desk, record.export, engineer, first)
    await _acknowledge(desk, record.export, second)
    (export,) = await _listed(desk)
    assert (export.confirmed, export.confirmed_by_staff) == (2, 2)
    assert [(one.actor, one.detail) for one in await _confirmations(desk)] == [
        (pseudonym, "items=1,role=ml-engineer"),
        ("operator", "items=1,role=operator"),
    ]


async def test_a_recipients_token_is_for_its_own_export_and_its_deletions_alone(
    desk: Desk, tmp_path: Path
) -> None:
    accounts, mine = await _exported(desk, tmp_path / "mine")
    _, other = await _exported(desk, tmp_path / "other")
    token = await _token(desk, mine.export)
    await opt_out(desk.loop, accounts[0])
    for found in (
        await _refused_stream(_watch(desk, other.export, token)),
        await refused(_acknowledging(desk, other.export, token, "a")),
        await refused(
            desk.exports.ListExports(pb.ListExportsRequest(), metadata=bearer(token)),
        ),
        await refused(
            desk.training.ListModels(pb.ListModelsRequest(), metadata=bearer(token)),
        ),
    ):
        assert found.status is grpc.StatusCode.PERMISSION_DENIED
    forged = token.replace(mine.export, other.export)
    found = await _refused_stream(_watch(desk, other.export, forged))
    assert (found.status, found.reason) == (grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_REFUSED")
    stored = await desk.client.hgetall(keys.EXPORT_TOKENS)
    assert token.rpartition(".")[2] not in str(stored)


async def test_a_token_outlives_the_expiry_of_its_export_until_all_of_it_is_confirmed(
    desk: Desk, tmp_path: Path
) -> None:
    _, record = await _exported(desk, tmp_path / "export")
    token = await _token(desk, record.export)
    await _expire(desk, record)
    owed = [one.item async for one in _watch(desk, record.export, token)]
    assert len(owed) == 2, "on that day all of it has to be deleted"
    await _acknowledging(desk, record.export, token, owed[0])
    feed = _watch(desk, record.export, token, follow=True)
    async with asyncio.timeout(60):
        assert (await feed.read()).item == owed[1]
    assert (await _acknowledging(desk, record.export, token, owed[1])).acknowledged == 1
    assert (await _refused_stream(feed)).reason == "TOKEN_ENDED"
    found = await _refused_stream(_watch(desk, record.export, token))
    assert found.status is grpc.StatusCode.UNAUTHENTICATED
    with pytest.raises(ExportClosed):
        await _token(desk, record.export)
    (export,) = await _listed(desk)
    assert export.closed


async def test_a_new_token_ends_the_one_before_and_its_streams(desk: Desk, tmp_path: Path) -> None:
    accounts, record = await _exported(desk, tmp_path / "export")
    lost = await _token(desk, record.export)
    await opt_out(desk.loop, accounts[0])
    feed = _watch(desk, record.export, lost, follow=True)
    async with asyncio.timeout(60):
        first = await feed.read()
    token = await _token(desk, record.export)
    assert (await _refused_stream(feed)).reason == "TOKEN_ENDED"
    found = await _refused_stream(_watch(desk, record.export, lost))
    assert found.status is grpc.StatusCode.UNAUTHENTICATED
    assert [one.item async for one in _watch(desk, record.export, token)] == [first.item]


async def test_an_account_holder_is_told_that_a_recipient_is_overdue_and_since_when(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the status of the deletion as well as by a signed receipt."""
    accounts, _ = await _exported(desk, tmp_path / "export")
    erasures = desk.loop.erasures
    report = await desk.loop.rights.delete_account(accounts[0])
    asked = privacy.GetErasureRequest(erasure=report.erasure)
    before = await desk.erasures.GetErasure(asked)
    assert before.pending == [privacy.PENDING_KIND_EXPORT_ACKNOWLEDGEMENT]
    assert (before.overdue_receipt, before.HasField("overdue_since_time")) == ("", False)
    now_s = await erasures._closing.now_s()

    async def later() -> float:
        return now_s + ACKNOWLEDGE_WITHIN_S + 60

    monkeypatch.setattr(erasures._closing, "now_s", later)
    await erasures.settle()
    after = await desk.erasures.GetErasure(asked)
    stated = verify_receipt(after.overdue_receipt.encode(), desk.loop.notary.public_key())
    (pending,) = stated.evidence.pending
    assert pending.overdue_since_s == unix_time_s(after.overdue_since_time)
    assert pending.due_at_s == pending.overdue_since_s
    assert after.receipt == before.receipt
    assert after.final_receipt == ""


async def test_a_feed_ends_with_the_session(desk: Desk, tmp_path: Path) -> None:
    accounts, record = await _exported(desk, tmp_path / "export")
    token = await staff_token(desk.loop, Kind.ML_ENGINEER)
    await opt_out(desk.loop, accounts[0])
    feed = _watch(desk, record.export, token, follow=True)
    await feed.read()
    reading = asyncio.create_task(feed.read())
    caller = await desk.loop.staff.sessions.verify(token)
    await desk.loop.staff.sessions.end(caller.staff, caller.session)
    async with asyncio.timeout(60):
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
