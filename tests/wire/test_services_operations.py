"""What those who watch over an instance see over the wire: the auditor's rounds, the audit log."""

from __future__ import annotations

from typing import Any

import grpc
import pytest

from tests.fixtures.services import Desk, bearer, refused
from tests.fixtures.staff import staff_token
from tests.fixtures.store import consenting_account
from training_loop.access import Kind
from training_loop.auditor.auditor import AuditorSettings
from training_loop.auditor.process import audit_once
from training_loop.store import keys
from training_loop.v1 import operations_pb2 as pb


async def entries(desk: Desk, token: str, **wanted: Any) -> Any:
    return await desk.operations.ListAuditEntries(
        pb.ListAuditEntriesRequest(**wanted), metadata=bearer(token)
    )


async def test_pages_lead_through_the_whole_log_each_entry_once_the_newest_first(
    desk: Desk,
) -> None:
    token = await staff_token(desk.loop, Kind.AUDITOR)
    for number in range(120):
        await desk.loop.audit.record(
            "machine", "test_happened", subject=f"one-{number:03d}", detail={"number": number}
        )
    seen: list[Any] = []
    page = await entries(desk, token, action="test_happened", page_size=50)
    while True:
        seen += page.entries
        if not page.next_page_token:
            break
        page = await entries(
            desk, token, action="test_happened", page_size=50, page_token=page.next_page_token
        )
    assert sorted(one.subject for one in seen) == [f"one-{number:03d}" for number in range(120)]
    times = [one.time.ToMilliseconds() for one in seen]
    assert times == sorted(times, reverse=True)
    assert len({(one.shard, one.number) for one in seen}) == 120
    assert seen[0].detail.startswith("number=")


async def test_a_filter_shows_what_it_names_and_nothing_else(desk: Desk) -> None:
    token = await staff_token(desk.loop, Kind.ML_ENGINEER)
    await desk.loop.audit.record("machine", "this", subject="a")
    await desk.loop.audit.record("operator", "this", subject="b")
    await desk.loop.audit.record("operator", "that", subject="b")
    found = (await entries(desk, token, actor="operator", subject="b", action="this")).entries
    (entry,) = found
    assert (entry.actor, entry.action, entry.subject) == ("operator", "this", "b")
    shard = (await entries(desk, token, shard=entry.shard)).entries
    assert {one.shard for one in shard} == {entry.shard}
    since = entry.time
    assert not (await entries(desk, token, action="this", until=since, subject="b")).entries
    assert (await entries(desk, token, action="this", since=since, subject="b")).entries


@pytest.mark.parametrize(
    "wanted", [{"actor": "<script>"}, {"page_token": "made up"}, {"page_size": -1}]
)
async def test_a_question_that_cannot_be_is_refused(desk: Desk, wanted: dict[str, Any]) -> None:
    token = await staff_token(desk.loop, Kind.AUDITOR)
    assert (await refused(entries(desk, token, **wanted))).status == (
        grpc.StatusCode.INVALID_ARGUMENT
    )


async def test_verifying_finds_an_entry_that_was_changed(desk: Desk) -> None:
    token = await staff_token(desk.loop, Kind.AUDITOR)
    before = await desk.operations.GetAuditLogState(
        pb.GetAuditLogStateRequest(), metadata=bearer(token)
    )
    assert before.entries > 0
    assert not before.HasField("last")
    await desk.loop.audit.record("machine", "this", subject="a")
    await desk.loop.audit_sealer.seal()
    (entry,) = (await entries(desk, token, action="this")).entries
    key = keys.audit_entries(f"{{{entry.shard}}}")
    line = await desk.client.lindex(key, entry.number - 1)
    assert isinstance(line, bytes)
    changed = line.replace(b" this ", b" that ")
    await desk.client.lset(key, entry.number - 1, changed)  # type: ignore[arg-type]
    found = await desk.operations.VerifyAuditLog(pb.VerifyAuditLogRequest(), metadata=bearer(token))
    assert not found.last.holds
    assert [(one.shard, one.number) for one in found.last.breaks] == [(entry.shard, entry.number)]


async def test_an_untouched_log_holds(desk: Desk) -> None:
    token = await staff_token(desk.loop, Kind.AUDITOR)
    await desk.loop.audit_sealer.seal()
    found = await desk.operations.VerifyAuditLog(pb.VerifyAuditLogRequest(), metadata=bearer(token))
    assert found.last.holds
    assert found.last.entries == found.entries
    assert found.last.checkpoints == 1


async def test_the_auditors_last_round_is_shown_with_what_it_found(desk: Desk) -> None:
    token = await staff_token(desk.loop, Kind.AUDITOR)
    asked = pb.GetAuditorStateRequest()
    assert not (await desk.operations.GetAuditorState(asked, metadata=bearer(token))).rounds
    account = await consenting_account(desk.loop)
    await desk.client.set("nobody:knows:this", "1")
    await audit_once(desk.loop.settings, AuditorSettings(items_per_s=0))
    (ended,) = (await desk.operations.GetAuditorState(asked, metadata=bearer(token))).rounds
    assert ended.end_time.seconds > 0
    assert sum(ended.checked.values()) > 0
    (found,) = [one for one in ended.findings if one.reason == "unknown_key"]
    assert found.items == 1
    assert account not in str(ended)
