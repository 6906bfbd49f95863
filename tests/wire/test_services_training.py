"""What an operator sees of the queue and of the models, over the wire."""

from __future__ import annotations

import json
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.fixtures.services import Desk, bearer, refusal
from tests.wire.test_services_privacy import HEARD, say, update
from training_loop.queue.review import Review
from training_loop.registry.manifest import Manifest
from training_loop.registry.replacements import Replacements
from training_loop.training.dataset import ItemRef
from training_loop.v1 import training_pb2


async def items(desk: Desk, **request: Any) -> Any:
    return await desk.training.ListQueueItems(
        training_pb2.ListQueueItemsRequest(**request), metadata=bearer(desk.operator_token)
    )


async def models(desk: Desk) -> Any:
    answer = await desk.training.ListModels(
        training_pb2.ListModelsRequest(), metadata=bearer(desk.operator_token)
    )
    return answer.models


async def test_an_operator_sees_counts_and_states_and_no_content(desk: Desk) -> None:
    account = await desk.accounts.create()
    await update(desk, account, switches={"improve_models": True, "human_review": True})
    said = {(await say(desk, account))[0] for _ in range(4)}
    lease = await desk.loop.queue.lease("worker")
    assert lease is not None
    await desk.loop.queue.ack(lease, Review(text=HEARD, intent="switch_on", reviewer="reviewer-1"))
    assert await desk.loop.queue.lease("worker") is not None
    counts = await desk.training.GetQueueStatistics(
        training_pb2.GetQueueStatisticsRequest(), metadata=bearer(desk.operator_token)
    )
    assert (counts.ready, counts.leased, counts.reviewed, counts.held) == (2, 1, 1, 0)
    assert counts.accounts == 1
    first = await items(desk, page_size=3)
    rest = await items(desk, page_token=first.next_page_token)
    found = [*first.items, *rest.items]
    assert len(first.items) == 3
    assert {item.item for item in found} == said
    states = sorted(training_pb2.QueueItem.State.Name(item.state) for item in found)
    assert states == ["LEASED", "READY", "READY", "REVIEWED"]
    assert account.account not in str(found)
    assert HEARD not in str(found)


async def test_what_no_person_may_hear_is_held(desk: Desk) -> None:
    account = await desk.accounts.create()
    await update(desk, account, switches={"improve_models": True})
    await say(desk, account)
    (item,) = (await items(desk)).items
    assert item.state == training_pb2.QueueItem.HELD


@pytest.mark.parametrize("request_fields", [{"page_size": -5}, {"page_token": "made up"}])
async def test_a_page_that_cannot_be_is_refused(desk: Desk, request_fields: dict[str, Any]) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await items(desk, **request_fields)
    assert refusal(caught.value).status == grpc.StatusCode.INVALID_ARGUMENT


async def test_models_are_listed_with_their_state_and_lineage(desk: Desk, tmp_path: Path) -> None:
    assert list(await models(desk)) == []
    archive = tmp_path / "base.tar.gz"
    _write_archive(archive)
    base = await desk.registry.ensure_base(archive)
    gone = Manifest(
        parent=base.model,
        created_at_s=2e9,
        archive_sha256=base.fingerprint,
        base_data="",
        config="",
        rasa_version="3.6.21",
        seed=1,
        items=(ItemRef(item="utt_gone", epoch=1),),
    )
    desk.registry.register(archive, gone)
    first, second = await models(desk)
    assert (first.model, first.state) == (base.model, training_pb2.Model.SERVING)
    assert (first.serving, first.fingerprint, first.items) == (True, base.fingerprint, 0)
    assert not first.HasField("intent_accuracy")
    assert (second.model, second.state) == (gone.model, training_pb2.Model.TAINTED)
    assert (second.serving, second.items) == (False, 1)
    assert second.create_time.seconds == 2_000_000_000


def _write_archive(path: Path) -> None:
    """As much of a Rasa model as the registry looks at."""
    content = json.dumps({"rasa_open_source_version": "3.6.21"}).encode()
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("metadata.json")
        member.size = len(content)
        archive.addfile(member, BytesIO(content))


async def test_what_a_model_was_made_of_is_told_in_pages_and_names_nobody(
    desk: Desk, tmp_path: Path
) -> None:
    archive = tmp_path / "base.tar.gz"
    _write_archive(archive)
    base = await desk.registry.ensure_base(archive)
    refs = tuple(ItemRef(item=f"utt_{number}", epoch=2) for number in range(3))
    manifest = _learned(base.model, base.fingerprint, refs)
    desk.registry.register(archive, manifest)
    first = await _lineage(desk, model=manifest.model, page_size=2)
    rest = await _lineage(desk, model=manifest.model, page_token=first.next_page_token)
    assert [item.item for item in (*first.items, *rest.items)] == [ref.item for ref in refs]
    assert {(item.epoch, item.withdrawn) for item in first.items} == {(2, True)}
    assert rest.next_page_token == ""
    assert list(first.ancestors) == [base.model]
    assert list(first.model.data_sets) == ["ds-1"]
    assert (first.model.kind, first.model.withdrawn) == (training_pb2.NLU, 3)
    assert (first.engine, first.seed) == ("rasa 3.6.21", 1)
    listed = await desk.training.ListModels(
        training_pb2.ListModelsRequest(kind=training_pb2.LANGUAGE_MODEL),
        metadata=bearer(desk.operator_token),
    )
    assert list(listed.models) == []


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"model": "nlu-none"}, grpc.StatusCode.NOT_FOUND),
        ({"model": "nlu-../keys"}, grpc.StatusCode.INVALID_ARGUMENT),
        ({"model": "nlu-none", "page_token": "-1"}, grpc.StatusCode.INVALID_ARGUMENT),
        ({"model": "nlu-none", "page_token": "9" * 30}, grpc.StatusCode.INVALID_ARGUMENT),
    ],
)
async def test_a_lineage_that_cannot_be_is_refused(
    desk: Desk, fields: dict[str, Any], status: grpc.StatusCode
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await _lineage(desk, **fields)
    assert refusal(caught.value).status == status


async def test_models_that_have_to_be_replaced_are_listed_with_the_time(
    desk: Desk, tmp_path: Path
) -> None:
    archive = tmp_path / "base.tar.gz"
    _write_archive(archive)
    base = await desk.registry.ensure_base(archive)
    await Replacements(desk.loop.store, desk.registry).note([base.model])
    answer = await desk.training.ListDueReplacements(
        training_pb2.ListDueReplacementsRequest(), metadata=bearer(desk.operator_token)
    )
    (due,) = answer.replacements
    assert (due.model, due.kind) == (base.model, training_pb2.NLU)
    assert due.due_time.seconds - due.since_time.seconds == 7 * 86_400


async def _lineage(desk: Desk, **fields: Any) -> Any:
    return await desk.training.GetModelLineage(
        training_pb2.GetModelLineageRequest(**fields), metadata=bearer(desk.operator_token)
    )


def _learned(parent: str, fingerprint: str, items: tuple[ItemRef, ...]) -> Manifest:
    return Manifest(
        parent=parent,
        created_at_s=2e9,
        archive_sha256=fingerprint,
        base_data="",
        config="",
        rasa_version="3.6.21",
        seed=1,
        data_sets=("ds-1",),
        items=items,
    )
