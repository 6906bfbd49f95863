"""Data sets: frozen, signed, split by account, and read only while those in them consent."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from tests.fixtures.datasets import HALVES, account_in, agree, gold, reviewed
from tests.fixtures.store import consenting_account, opt_out
from training_loop.datasets.errors import (
    DatasetEmpty,
    DatasetTampered,
    DatasetUnknown,
    HoldOutWouldTrain,
)
from training_loop.datasets.gold import GoldItem
from training_loop.datasets.split import Shares, Split
from training_loop.loop import Loop
from training_loop.utterance import NamedEntity

ALL_TRAIN = Shares(test=0.0, hold_out=0.0)


async def _items(loop: Loop, name: str, *splits: Split, with_audio: bool = False) -> list[GoldItem]:
    return [item async for item in loop.datasets.read(name, *splits, with_audio=with_audio)]


async def test_a_data_set_gives_back_what_was_reviewed_and_names_nobody(loop: Loop) -> None:
    accounts = [await consenting_account(loop) for _ in range(3)]
    said = {await reviewed(loop, one, gold(f"set timer {n}")) for n, one in enumerate(accounts * 2)}
    manifest = await loop.datasets.create(shares=ALL_TRAIN)
    assert {item.ref.item for item in manifest.items} == said
    assert manifest.name in await loop.datasets.names()
    assert await loop.datasets.manifest(manifest.name) == manifest
    assert manifest.intents == {"set_timer": 6}
    written = manifest.to_bytes()
    assert not any(account.encode() in written for account in accounts)
    assert b"timer 0" not in written
    items = await _items(loop, manifest.name, with_audio=True)
    assert {item.text for item in items} == {f"set timer {n}" for n in range(6)}
    assert all(item.pcm for item in items)
    assert sorted(Counter(item.speaker for item in items).values()) == [2, 2, 2]
    again = {item.speaker for item in await _items(loop, manifest.name)}
    assert again.isdisjoint(item.speaker for item in items), "a speaker could be followed"


async def test_no_account_teaches_and_proves(loop: Loop) -> None:
    teaching = await account_in(loop, Split.TRAIN)
    proving = await account_in(loop, Split.HOLD_OUT)
    taught = {await reviewed(loop, teaching, gold(f"one {n}")) for n in range(3)}
    proven = {await reviewed(loop, proving, gold(f"two {n}")) for n in range(3)}
    manifest = await loop.datasets.create(shares=HALVES)
    assert {ref.item for ref in manifest.refs(Split.TRAIN)} == taught
    assert {ref.item for ref in manifest.refs(Split.HOLD_OUT)} == proven
    assert {item.ref.item for item in await _items(loop, manifest.name, Split.TRAIN)} == taught


async def test_after_an_opt_out_its_items_are_tombstones_and_counted(loop: Loop) -> None:
    staying, leaving = [await consenting_account(loop) for _ in range(2)]
    kept = await reviewed(loop, staying, gold("stay"))
    await reviewed(loop, leaving, gold("leave"))
    manifest = await loop.datasets.create(shares=ALL_TRAIN)
    assert await loop.datasets.tombstones(manifest.name) == 0
    await opt_out(loop, leaving)
    assert [item.ref.item for item in await _items(loop, manifest.name)] == [kept]
    assert await loop.datasets.tombstones(manifest.name) == 1
    found = await loop.datasets.verify(manifest.name)
    assert (found.readable, found.tombstones, found.relabelled) == (1, 1, ())


async def test_an_opt_out_waits_for_the_item_that_is_handed_on(loop: Loop) -> None:
    account = await consenting_account(loop)
    for n in range(3):
        await reviewed(loop, account, gold(f"one {n}"))
    manifest = await loop.datasets.create(shares=ALL_TRAIN)
    reading = loop.datasets.read(manifest.name)
    await anext(reading)
    leaving = asyncio.create_task(opt_out(loop, account))
    while await loop.datasets.learnable():  # noqa: ASYNC110 - another task's script has no event
        await asyncio.sleep(0.001)
    assert not leaving.done(), "the consent went while an item was being handed on"
    await reading.aclose()  # type: ignore[attr-defined]
    await leaving
    assert await _items(loop, manifest.name) == []


async def test_a_review_that_changed_since_is_left_out_and_told(loop: Loop) -> None:
    account = await consenting_account(loop)
    await reviewed(loop, account, gold("one"))
    other = await reviewed(loop, account, gold("two"))
    manifest = await loop.datasets.create(shares=ALL_TRAIN)
    await agree(loop, account, other, gold("another text"))
    found = await loop.datasets.verify(manifest.name)
    assert [ref.item for ref in found.relabelled] == [other]
    assert other not in {item.ref.item for item in await _items(loop, manifest.name)}


async def test_a_manifest_that_was_changed_is_refused(loop: Loop) -> None:
    account = await consenting_account(loop)
    await reviewed(loop, account, gold("one"))
    manifest = await loop.datasets.create(shares=ALL_TRAIN)
    file = loop.settings.data_sets / manifest.name / "manifest.json"
    written = file.read_bytes()
    file.write_bytes(written.replace(b'"seed":42', b'"seed":43'))
    with pytest.raises(DatasetTampered):
        await loop.datasets.manifest(manifest.name)
    with pytest.raises(DatasetTampered):
        await _items(loop, manifest.name)
    assert await loop.datasets.names() == (manifest.name,)
    file.write_bytes(written)
    signature = file.with_name("signature.json")
    signature.write_text(signature.read_text().replace('"signature": "', '"signature": "00'))
    with pytest.raises(DatasetTampered):
        await loop.datasets.verify(manifest.name)
    with pytest.raises(DatasetUnknown):
        await loop.datasets.manifest("ds-../../keys")


async def test_nothing_reviewed_makes_no_data_set(loop: Loop) -> None:
    with pytest.raises(DatasetEmpty):
        await loop.datasets.create()
    await reviewed(loop, await consenting_account(loop), gold("one"))
    with pytest.raises(DatasetEmpty):
        await loop.datasets.create(accepts=lambda review: review.intent == "stop")
    assert await loop.datasets.names() == ()


async def test_labels_that_contradict_each_other_follow_the_majority_and_are_told(
    loop: Loop,
) -> None:
    account = await consenting_account(loop)
    for intent in ("stop", "stop", "cancel"):
        await reviewed(loop, account, gold("never mind", intent))
    for intent in ("stop", "cancel"):
        await reviewed(loop, account, gold("Forget  it", intent))
    await reviewed(loop, account, gold("good night", "stop"))
    report = (manifest := await loop.datasets.create(shares=ALL_TRAIN)).report
    assert manifest.intents == {"stop": 3}
    assert report.contradictions == 2
    assert report.left_out == {"contradicting": 3}
    assert report.reviewed == 6


async def test_hidden_words_are_back_in_for_machines_or_the_item_is_left_out(loop: Loop) -> None:
    account = await consenting_account(loop)
    name = NamedEntity(name="person", value="<name>", text="<name>", start=5, end=11)
    await reviewed(loop, account, gold("call <name> now", "call", name), heard="call anna now")
    await reviewed(loop, account, gold("ring <name>", "call"), heard="bring the milk")
    manifest = await loop.datasets.create(shares=ALL_TRAIN)
    assert manifest.report.left_out == {"hidden_words": 1}
    assert manifest.report.filled == 1
    (item,) = await _items(loop, manifest.name)
    assert item.text == "call anna now"
    (entity,) = item.entities
    assert (entity.text, entity.value, entity.start, entity.end) == ("anna", "anna", 5, 9)


async def test_the_hold_out_stays_until_it_is_refreshed_and_never_trains(loop: Loop) -> None:
    proving = await account_in(loop, Split.HOLD_OUT)
    first = {await reviewed(loop, proving, gold(f"one {n}")) for n in range(3)}
    before = await loop.datasets.create(shares=HALVES)
    later = await reviewed(loop, proving, gold("later"))
    same = await loop.datasets.create(shares=HALVES)
    assert {ref.item for ref in same.refs()} == first
    assert same.hold_out == before.hold_out
    assert same.report.left_out == {"waiting_for_refresh": 1}
    await loop.rights.delete_utterance(proving, min(first))
    anew = await loop.datasets.create(shares=HALVES)
    assert {ref.item for ref in anew.refs(Split.HOLD_OUT)} == first - {min(first)} | {later}
    assert (anew.hold_out.generation, anew.hold_out.reason) == (2, "erasures")
    assert anew.refs(Split.TRAIN) == frozenset()
    with pytest.raises(HoldOutWouldTrain):
        await loop.datasets.create(shares=ALL_TRAIN)


async def test_what_two_data_sets_differ_in_is_told(loop: Loop) -> None:
    account = await consenting_account(loop)
    gone, changed, kept = [await reviewed(loop, account, gold(f"one {n}")) for n in range(3)]
    before = await loop.datasets.create(shares=ALL_TRAIN)
    await loop.rights.delete_utterance(account, gone)
    await agree(loop, account, changed, gold("one 1", "stop"))
    new = await reviewed(loop, account, gold("new"))
    after = await loop.datasets.create(shares=ALL_TRAIN)
    found = await loop.datasets.diff(before.name, after.name)
    assert [ref.item for ref in found.added] == [new]
    assert [ref.item for ref in found.removed] == [gone]
    assert [ref.item for ref in found.relabelled] == [changed]
    assert found.same == 1
    assert kept in {ref.item for ref in after.refs()}
    assert found.intents == {"set_timer": (3, 2), "stop": (0, 1)}
    assert before.content_sha256 != after.content_sha256


async def test_a_model_is_noted_with_those_it_learned_from_and_the_rest_is_named(
    loop: Loop,
) -> None:
    staying, leaving = [await consenting_account(loop) for _ in range(2)]
    for account in (staying, leaving):
        await reviewed(loop, account, gold("one"))
    manifest = await loop.datasets.create(shares=ALL_TRAIN)
    await opt_out(loop, leaving)
    refused = await loop.datasets.record_model_use("nlu-1", manifest.name)
    assert len(refused) == 1
    assert (await loop.rights.counts(staying))["models"] == 1
    assert (await loop.rights.counts(leaving))["models"] == 0


async def test_an_erased_account_leaves_no_note_of_its_data_sets(loop: Loop) -> None:
    account = await consenting_account(loop)
    await reviewed(loop, account, gold("one"))
    manifest = await loop.datasets.create(shares=ALL_TRAIN)
    (uses,) = [one for one in loop.personal_stores if one.name == "data_sets"]
    assert await uses.export(account) == {"data_sets": [manifest.name]}
    await loop.rights.delete_account(account)
    assert await uses.export(account) == {"data_sets": []}
    assert await loop.datasets.tombstones(manifest.name) == 1
