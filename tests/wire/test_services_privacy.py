"""What account holders see, switch and delete, over the wire."""

from __future__ import annotations

import time
import uuid
from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp

from assistant.v1 import devices_pb2
from tests.fixtures.services import Desk, bearer, due_entry, refusal, refused
from training_loop.consent.accounts import NewAccount
from training_loop.rights import CONSENT_TEXT_VERSION
from training_loop.services.fields import timestamp
from training_loop.utterance import CaptureContext, Fate, Utterance
from training_loop.v1 import privacy_pb2

HEARD = "turn on the purple lamp"


def update(desk: Desk, account: NewAccount, **request: Any) -> Any:
    switches = request.pop("switches", {})
    message = privacy_pb2.UpdatePrivacySettingsRequest(
        settings=privacy_pb2.PrivacySettings(**switches),
        update_mask=FieldMask(paths=request.pop("paths", list(switches))),
        consent_text_version=request.pop("shown", CONSENT_TEXT_VERSION),
        **request,
    )
    return desk.privacy.UpdatePrivacySettings(message, metadata=bearer(account.token))


async def settings(desk: Desk, account: NewAccount) -> Any:
    return await desk.privacy.GetPrivacySettings(
        privacy_pb2.GetPrivacySettingsRequest(), metadata=bearer(account.token)
    )


async def utterances(desk: Desk, account: NewAccount, **request: Any) -> Any:
    return await desk.privacy.ListUtterances(
        privacy_pb2.ListUtterancesRequest(**request), metadata=bearer(account.token)
    )


async def say(desk: Desk, account: NewAccount, *, at_s: float | None = None) -> tuple[str, Fate]:
    """What the assistant does with an utterance of the account."""
    utterance_id = f"utt_{uuid.uuid4().hex}"
    consent = await desk.loop.sink.begin(
        CaptureContext(account=account.account, device="dev_0000000000000000")
    )
    utterance = Utterance(
        utterance_id=utterance_id,
        account=account.account,
        device="dev_0000000000000000",
        captured_at_s=time.time() if at_s is None else at_s,
        pcm=bytes(3200),
        heard=HEARD,
        confidence=0.9,
        intent="switch_on",
        intent_confidence=0.8,
        answer="All right.",
    )
    return utterance_id, await desk.loop.sink.keep(utterance, consent)


@pytest.fixture
async def account(desk: Desk) -> NewAccount:
    return await desk.accounts.create()


async def test_everything_is_off_until_somebody_says_yes(desk: Desk, account: NewAccount) -> None:
    now = await settings(desk, account)
    assert (now.keep_history, now.improve_models, now.human_review) == (False, False, False)
    _, fate = await say(desk, account)
    assert (fate.kept, fate.queued) == (False, False)
    assert list((await utterances(desk, account)).utterances) == []


async def test_a_yes_keeps_what_is_said_from_then_on_and_shows_it(
    desk: Desk, account: NewAccount
) -> None:
    switches = {"keep_history": True, "improve_models": True, "retention_days": 30}
    changed = await update(desk, account, switches=switches)
    assert changed == await settings(desk, account)
    assert (changed.keep_history, changed.retention_days, changed.epoch) == (True, 30, 1)
    utterance_id, fate = await say(desk, account)
    assert (fate.kept, fate.queued) == (True, True)
    (record,) = (await utterances(desk, account)).utterances
    assert record.utterance_id == utterance_id
    assert (record.heard, record.intent, record.answer) == (HEARD, "switch_on", "All right.")
    assert (record.in_history, record.in_learning_queue) == (True, True)
    assert abs(record.capture_time.seconds - time.time()) < 60


async def test_a_mask_leaves_what_it_does_not_name(desk: Desk, account: NewAccount) -> None:
    await update(desk, account, switches={"improve_models": True, "human_review": True})
    changed = await update(desk, account, paths=["human_review"], switches={})
    assert (changed.improve_models, changed.human_review) == (True, False)


async def test_a_no_holds_before_the_reply_without_any_text_being_shown(
    desk: Desk, account: NewAccount
) -> None:
    await update(desk, account, switches={"keep_history": True, "improve_models": True})
    await say(desk, account)
    await update(desk, account, paths=["keep_history", "improve_models"], switches={}, shown="")
    assert list((await utterances(desk, account)).utterances) == []
    assert (await desk.loop.queue.statistics()).accounts == 0
    _, fate = await say(desk, account)
    assert (fate.kept, fate.queued) == (False, False)


@pytest.mark.parametrize("shown", ["", "2019-01"])
async def test_a_yes_needs_the_explanation_of_now(
    desk: Desk, account: NewAccount, shown: str
) -> None:
    answer = await refused(update(desk, account, switches={"keep_history": True}, shown=shown))
    assert answer[:2] == (grpc.StatusCode.FAILED_PRECONDITION, "CONSENT_TEXT_OUTDATED")
    assert CONSENT_TEXT_VERSION in answer.hint
    assert not (await settings(desk, account)).keep_history


async def test_nothing_can_be_switched_on_for_a_child(desk: Desk) -> None:
    child = await desk.accounts.create(child=True)
    answer = await refused(update(desk, child, switches={"keep_history": True}))
    assert answer[:2] == (grpc.StatusCode.PERMISSION_DENIED, "CHILD_PROFILE")


@pytest.mark.parametrize(
    ("request_fields", "reason"),
    [
        ({"switches": {"keep_history": True}, "paths": []}, "INVALID_FIELD"),
        ({"switches": {"epoch": 7}}, "INVALID_FIELD"),
        ({"switches": {"retention_days": 541}}, "INVALID_ARGUMENT"),
        ({"switches": {"human_review": True}}, "REVIEW_NEEDS_LEARNING"),
        ({"switches": {"keep_history": True}, "request_id": "x" * 65}, "INVALID_FIELD"),
        ({"switches": {"keep_history": True}, "request_id": "a:b"}, "INVALID_FIELD"),
        ({"switches": {"keep_history": True}, "shown": "x" * 100}, "INVALID_FIELD"),
    ],
)
async def test_a_change_outside_of_the_contract_changes_nothing(
    desk: Desk, account: NewAccount, request_fields: dict[str, Any], reason: str
) -> None:
    answer = await refused(update(desk, account, **request_fields))
    assert answer[:2] == (grpc.StatusCode.INVALID_ARGUMENT, reason)
    assert (await settings(desk, account)).epoch == 0


async def test_a_repeated_request_changes_once(desk: Desk, account: NewAccount) -> None:
    for _ in range(2):
        changed = await update(
            desk, account, switches={"keep_history": True}, request_id="one-and-the-same"
        )
        assert changed.epoch == 1


async def test_history_comes_in_pages_newest_first(desk: Desk, account: NewAccount) -> None:
    await update(desk, account, switches={"keep_history": True})
    now = time.time()
    said = [(await say(desk, account, at_s=now - age))[0] for age in (30, 20, 10)]
    first = await utterances(desk, account, page_size=2)
    rest = await utterances(desk, account, page_size=2, page_token=first.next_page_token)
    found = [record.utterance_id for page in (first, rest) for record in page.utterances]
    assert found == said[::-1]
    assert rest.next_page_token == ""


@pytest.mark.parametrize(
    "request_fields", [{"page_size": -1}, {"page_token": "made up"}, {"page_token": "x" * 10_000}]
)
async def test_a_page_that_cannot_be_is_refused(
    desk: Desk, account: NewAccount, request_fields: dict[str, Any]
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await utterances(desk, account, **request_fields)
    assert refusal(caught.value).status == grpc.StatusCode.INVALID_ARGUMENT


async def test_one_utterance_is_deleted_everywhere_and_another_accounts_never(
    desk: Desk, account: NewAccount
) -> None:
    other = await desk.accounts.create()
    for one in (account, other):
        await update(desk, one, switches={"keep_history": True, "improve_models": True})
    mine, _ = await say(desk, account)
    theirs, _ = await say(desk, other)

    async def delete(utterance_id: str) -> Any:
        return await desk.privacy.DeleteUtterance(
            privacy_pb2.DeleteUtteranceRequest(utterance_id=utterance_id),
            metadata=bearer(account.token),
        )

    report = await delete(mine)
    assert (report.history_records, report.queue_items, report.log_rewritten) == (1, 1, True)
    report = await delete(theirs)
    assert (report.history_records, report.queue_items) == (0, 0)
    assert list((await utterances(desk, account)).utterances) == []
    assert len((await utterances(desk, other)).utterances) == 1


@pytest.mark.parametrize("utterance_id", ["", "a:b", "x" * 65, "*"])
async def test_an_utterance_id_that_cannot_be_one_is_refused(
    desk: Desk, account: NewAccount, utterance_id: str
) -> None:
    answer = await refused(
        desk.privacy.DeleteUtterance(
            privacy_pb2.DeleteUtteranceRequest(utterance_id=utterance_id),
            metadata=bearer(account.token),
        )
    )
    assert answer.reason == "INVALID_FIELD"


@pytest.mark.parametrize(("since_ago_s", "left"), [(15, 1), (None, 0), (4e9, 0)])
async def test_what_was_said_since_a_time_is_deleted(
    desk: Desk, account: NewAccount, since_ago_s: float | None, left: int
) -> None:
    await update(desk, account, switches={"keep_history": True})
    now = time.time()
    for age in (30, 10, 1):
        await say(desk, account, at_s=now - age)
    since: Timestamp | None = None if since_ago_s is None else timestamp(now - since_ago_s)
    report = await desk.privacy.DeleteUtterances(
        privacy_pb2.DeleteUtterancesRequest(since=since), metadata=bearer(account.token)
    )
    assert report.history_records == 3 - left
    assert len((await utterances(desk, account)).utterances) == left


async def test_a_deleted_account_is_gone_with_its_devices_timers_and_credentials(
    desk: Desk, account: NewAccount
) -> None:
    device = await desk.new_device(account, "grandmother")
    await desk.agenda.add(account.account, due_entry(device.device, in_s=3600))
    await update(desk, account, switches={"keep_history": True, "improve_models": True})
    await say(desk, account)
    watching = desk.devices.WatchDirectives(
        devices_pb2.WatchDirectivesRequest(), metadata=bearer(device.device_token)
    )
    await watching.initial_metadata()

    async def delete(name: str) -> Any:
        return await desk.privacy.DeleteAccount(
            privacy_pb2.DeleteAccountRequest(account=name), metadata=bearer(account.token)
        )

    for wrong in ("", "acc_other"):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await delete(wrong)
        assert refusal(caught.value).reason == "INVALID_FIELD"
    report = await delete(account.account)
    assert (report.history_records, report.queue_items, report.log_rewritten) == (1, 1, True)
    assert abs(report.complete_time.seconds - time.time()) < 60
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await watching.read()
    assert refusal(caught.value).reason == "CREDENTIAL_REFUSED"
    answer = await refused(
        desk.privacy.GetPrivacySettings(
            privacy_pb2.GetPrivacySettingsRequest(), metadata=bearer(account.token)
        )
    )
    assert answer.reason == "CREDENTIAL_REFUSED"
    left = [key async for key in desk.client.scan_iter() if account.account.encode() in key]
    assert left == []
