"""What was learned from somebody, as that person is told; and where choices were made."""

from __future__ import annotations

import time
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration

from tests.fixtures.services import Desk, bearer, refused
from tests.fixtures.store import EVERYTHING_OFF, EVERYTHING_ON, SHOWN, a_review, say
from tests.fixtures.training import manifest_for, rasa_archive
from tests.wire.test_services_privacy import update
from training_loop.consent.accounts import NewAccount
from training_loop.datasets.split import Shares
from training_loop.queue.review import ReviewedItem
from training_loop.registry.pointer import Pointer, ServingPointer
from training_loop.registry.replacements import Replacements
from training_loop.registry.settings import RegistrySettings
from training_loop.registry.shelf import Decided, Decision
from training_loop.store import keys
from training_loop.training.dataset import ItemRef
from training_loop.v1 import privacy_pb2

State = privacy_pb2.ModelUse.State


@pytest.fixture
async def holder(desk: Desk) -> NewAccount:
    account = await desk.accounts.create()
    await desk.loop.rights.change(account.account, EVERYTHING_ON, SHOWN, "opt-in")
    return account


async def reviewed_of(desk: Desk, holder: NewAccount, number: int) -> list[ReviewedItem]:
    for _ in range(number):
        await say(desk.loop, holder.account)
        lease = await desk.loop.queue.lease("reviewer")
        assert lease
        await desk.loop.queue.ack(lease, a_review())
    found = [one async for one in desk.loop.queue.reviewed()]
    return [one for one in found if one.account == holder.account]


async def learned_by(
    desk: Desk,
    tmp_path: Any,
    items: list[ReviewedItem],
    decision: Decision = Decision.RELEASED,
    *,
    at_s: float = 1_800_000_000.0,
    serves: bool = False,
) -> str:
    """A model in the registry that says it learned from the items."""
    archive = rasa_archive(tmp_path / f"{at_s}.tar.gz", str(at_s).encode())
    refs = [ItemRef(item=one.item, epoch=one.epoch) for one in items]
    manifest = manifest_for(archive, "", *refs, at_s=at_s)
    desk.registry.register(archive, manifest, Decided(decision=decision))
    assert not await desk.loop.queue.record_model_use(manifest.model, items)
    if serves:
        await ServingPointer(desk.client).change(
            Pointer(), model=manifest.model, fingerprint=manifest.fingerprint, previous=""
        )
    return manifest.model


async def uses(desk: Desk, holder: NewAccount) -> Any:
    return await desk.privacy.ListUses(privacy_pb2.ListUsesRequest(), metadata=bearer(holder.token))


async def test_models_that_learned_are_listed_newest_first_with_how_many_utterances(
    desk: Desk, holder: NewAccount, tmp_path: Any
) -> None:
    assert await uses(desk, holder) == privacy_pb2.ListUsesResponse()
    items = await reviewed_of(desk, holder, 3)
    older = await learned_by(desk, tmp_path, items[:1], at_s=1_700_000_000.0)
    newer = await learned_by(desk, tmp_path, items, at_s=1_800_000_000.0, serves=True)
    refused_one = await learned_by(desk, tmp_path, items[:2], Decision.REFUSED, at_s=1.0)
    models = list((await uses(desk, holder)).models)
    assert [(one.model, one.state, one.in_use, one.utterances) for one in models] == [
        (newer, State.SERVING, True, 3),
        (older, State.RETIRED, False, 1),
        (refused_one, State.REFUSED, False, 2),
    ]
    assert {one.kind for one in models} == {"nlu"}
    assert models[0].create_time.seconds == 1_800_000_000
    assert not any(one.HasField("replace_time") for one in models)


async def test_nobody_is_told_what_was_learned_from_others(
    desk: Desk, holder: NewAccount, tmp_path: Any
) -> None:
    """Neither their models, nor how many utterances of theirs are in a model of mine."""
    other = await desk.accounts.create()
    await desk.loop.rights.change(other.account, EVERYTHING_ON, SHOWN, "opt-in")
    theirs = await reviewed_of(desk, other, 2)
    mine = await reviewed_of(desk, holder, 1)
    await learned_by(desk, tmp_path, theirs, at_s=2.0)
    both = await learned_by(desk, tmp_path, [*mine, *theirs], at_s=3.0)
    assert [(one.model, one.utterances) for one in (await uses(desk, holder)).models] == [(both, 1)]


async def test_after_an_opt_out_a_model_in_use_is_named_until_it_is_replaced(
    desk: Desk, holder: NewAccount, tmp_path: Any
) -> None:
    model = await learned_by(desk, tmp_path, await reviewed_of(desk, holder, 1), serves=True)
    in_three_days = RegistrySettings(replace_within_s=3 * 86_400.0)
    replacements = Replacements(desk.client, desk.registry, in_three_days)
    (due,) = await replacements.note([model])
    assert due.due_s - due.since_s == 3 * 86_400.0
    await desk.loop.rights.change(holder.account, EVERYTHING_OFF, SHOWN, "opt-out")
    (use,) = (await uses(desk, holder)).models
    assert (use.model, use.state, use.in_use, use.utterances) == (model, State.TAINTED, True, 0)
    assert use.replace_time.seconds == int(due.due_s)
    pointer = ServingPointer(desk.client)
    await pointer.change(await pointer.read(), model="nlu-next", fingerprint="f", previous=model)
    (use,) = (await uses(desk, holder)).models
    assert (use.state, use.in_use, use.HasField("replace_time")) == (State.TAINTED, False, False)


async def test_what_others_withdrew_taints_a_model_for_everybody(
    desk: Desk, holder: NewAccount, tmp_path: Any
) -> None:
    model = await learned_by(desk, tmp_path, await reviewed_of(desk, holder, 1), serves=True)
    await desk.client.hset(keys.AUDITOR_MODELS, model, "1000")
    (use,) = (await uses(desk, holder)).models
    assert (use.state, use.utterances) == (State.TAINTED, 1)


async def test_a_model_that_the_registry_no_longer_has_is_not_listed(
    desk: Desk, holder: NewAccount
) -> None:
    await desk.client.sadd(keys.model_uses(holder.account), "nlu-gone")
    assert list((await uses(desk, holder)).models) == []


async def test_data_sets_are_listed_as_long_as_they_hold_something(
    desk: Desk, holder: NewAccount
) -> None:
    await reviewed_of(desk, holder, 2)
    made = await desk.loop.datasets.create(shares=Shares(test=0.0, hold_out=0.0))
    listed = await uses(desk, holder)
    (shown,) = listed.data_sets
    assert (shown.data_set, shown.utterances) == (made.name, 2)
    assert shown.create_time.ToSeconds() == int(made.created_at_s)
    assert shown.expire_time.ToSeconds() > time.time()
    await desk.loop.rights.change(holder.account, EVERYTHING_OFF, SHOWN, "opt-out")
    assert not (await uses(desk, holder)).data_sets


@pytest.mark.parametrize(
    ("channel", "recorded"),
    [
        ({}, "api"),
        ({"channel": privacy_pb2.CONSENT_CHANNEL_API}, "api"),
        ({"channel": privacy_pb2.CONSENT_CHANNEL_PAGE}, "page"),
    ],
)
async def test_a_choice_is_recorded_with_where_it_was_made(
    desk: Desk, channel: dict[str, Any], recorded: str
) -> None:
    account = await desk.accounts.create()
    await update(desk, account, switches={"keep_history": True, "improve_models": True}, **channel)
    await desk.privacy.PauseLearning(
        privacy_pb2.PauseLearningRequest(duration=Duration(seconds=60), **channel),
        metadata=bearer(account.token),
    )
    await desk.privacy.ResumeLearning(
        privacy_pb2.ResumeLearningRequest(**channel), metadata=bearer(account.token)
    )
    page = await desk.loop.rights.consents(account.account, 10)
    assert [record.channel for record in page.records] == [recorded] * 3


async def test_a_channel_that_is_none_changes_nothing(desk: Desk) -> None:
    account = await desk.accounts.create()
    answer = await refused(update(desk, account, switches={"keep_history": True}, channel=9))
    assert answer[:2] == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    assert not (await desk.loop.rights.settings(account.account)).keep_history
