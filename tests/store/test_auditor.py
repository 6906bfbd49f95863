"""The auditor finds what no consent covers, sets it aside, and alarms nobody without cause."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.fixtures.auditor import (
    STRICT,
    UNKNOWN,
    Household,
    a_household,
    auditor_of,
    days_ago_ms,
    found_by,
    put_model,
)
from tests.fixtures.store import opt_out
from training_loop.auditor.auditor import Auditor, AuditorSettings
from training_loop.auditor.quarantine import Quarantine
from training_loop.auditor.rules import Reason
from training_loop.consent.policy import Purpose
from training_loop.erasure.plan import Plan
from training_loop.erasure.progress import Progress, Step
from training_loop.errors import StoreUnavailable
from training_loop.loop import Loop
from training_loop.store import keys
from training_loop.vault.blobs import new_blob

Plant = Callable[[Household], Awaitable[object]]
PLANTED: dict[str, tuple[Plant, dict[tuple[str, str], int]]] = {}


def planted(**found: int) -> Callable[[Plant], Plant]:
    """Registers a mismatch with what must be found: `kind__reason=items`."""

    def register(plant: Plant) -> Plant:
        expected = {(kind, why): n for name, n in found.items() for kind, why in [name.split("__")]}
        PLANTED[plant.__name__.strip("_")] = (plant, expected)
        return plant

    return register


@planted(h__withdrawn=3, hx__withdrawn=3)
async def _history_of_an_earlier_consent(home: Household) -> None:
    for kind in ("h", "hx"):
        await home.store.copy(home.key(kind), home.key(kind, epoch=99))


@planted(i__withdrawn=3)
async def _a_learning_container_an_opt_out_forgot(home: Household) -> None:
    await home.store.copy(home.key("i"), home.key("i", epoch=77))


@planted(r__withdrawn=2, t__withdrawn=1)
async def _items_offered_under_an_earlier_consent_to_review(home: Household) -> None:
    await home.store.copy(home.key("r"), home.key("r", epoch=88))
    await home.store.hset(home.key("t", epoch=88), home.items[0], "token 9 9")


@planted(v__dangling=1)
async def _a_review_without_its_item(home: Household) -> None:
    await home.store.hset(home.key("v"), "utt_gone", b"sealed")


@planted(r__dangling=1, t__dangling=1)
async def _a_lease_and_an_offer_without_their_item(home: Household) -> None:
    await home.store.zadd(home.key("r"), {"utt_gone": 5})
    await home.store.hset(home.key("t"), "utt_gone2", "token 9 9")


@planted(h__not_indexed=1)
async def _a_record_that_retention_would_never_find(home: Household) -> None:
    await home.store.hset(home.key("h"), "utt_hidden", b"|5|sealed")


@planted(i__not_indexed=1)
async def _an_item_that_no_deletion_by_time_would_find(home: Household) -> None:
    await home.store.zrem(home.key("ix"), home.items[0])


@planted(hx__dangling=1, ix__dangling=1)
async def _index_entries_of_nothing(home: Household) -> None:
    await home.store.zadd(home.key("hx"), {"utt_gone": days_ago_ms(0)})
    await home.store.zadd(home.key("ix"), {"utt_gone": days_ago_ms(0)})


@planted(hx__beyond_retention=1)
async def _a_record_beyond_its_retention(home: Household) -> None:
    await home.store.zadd(home.key("hx"), {home.items[0]: days_ago_ms(90.01)})


@planted(ix__beyond_retention=1)
async def _an_item_too_long_in_the_queue(home: Household) -> None:
    await home.store.zadd(home.key("ix"), {home.items[0]: days_ago_ms(180.01)})


@planted(i__wrong_blob=1)
async def _an_item_with_audio_of_another_container(home: Household) -> None:
    value = f"{new_blob()}/{new_blob()}|5|sealed"
    await home.store.hset(home.key("i"), home.items[0], value)


@planted(a__switched_off=1, h__switched_off=3, hx__switched_off=3)
async def _a_switch_that_is_off_with_everything_still_open(home: Household) -> None:
    await home.store.hset(home.hash, "keep_history", "0")


@planted(a__child=3, h__child=3, i__child=3, v__child=1)
async def _consent_of_a_child(home: Household) -> None:
    await home.store.hset(home.hash, "child", "1")


@planted(a__unrecorded_consent=1)
async def _a_consent_that_nobody_gave(home: Household) -> None:
    log = keys.consent_log(home.account)
    written = (await home.store.lindex(log, 0)).replace(b'"human_review":true', b'"other":true')
    await home.store.lset(log, 0, written)


@planted(q__unknown_account=1, ql__unknown_account=1, n__unknown_account=1, p__unknown_account=1)
async def _an_account_that_is_not_there_among_those_of_a_shard(home: Household) -> None:
    shard = keys.shard_of(UNKNOWN)
    await home.store.zadd(keys.queue_accounts(shard), {UNKNOWN: 5})
    await home.store.zadd(keys.leasing_accounts(shard), {UNKNOWN: 5})
    await home.store.sadd(keys.consenting_accounts(shard), UNKNOWN)
    await home.store.hset(keys.pairing_codes(shard), "digest", f"{UNKNOWN}|99")


@planted(l__unknown_account=2, g__unknown_account=1, d__unknown_account=1, m__unknown_account=1)
async def _lists_agenda_devices_and_lineage_of_a_deleted_account(home: Household) -> None:
    await home.store.hset(keys.lists(UNKNOWN), mapping={"shopping": "s", "to_do": "s"})
    await home.store.hset(keys.agenda(UNKNOWN), "entry", "sealed")
    await home.store.hset(keys.devices(UNKNOWN), "dev", "digest|5|sealed")
    await home.store.sadd(keys.model_uses(UNKNOWN), "nlu-1")


@planted(h__unknown_account=1, i__unknown_account=1)
async def _utterances_of_a_deleted_account(home: Household) -> None:
    await home.store.hset(keys.history_items(UNKNOWN, 1), "utt", "|5|sealed")
    await home.store.hset(keys.learning_items(UNKNOWN, 1), "utt", "|5|sealed")


@planted(a__unknown_account=1)
async def _a_key_of_a_deleted_account(home: Household) -> None:
    await home.store.hset(keys.account(UNKNOWN), "data_key", b"wrapped")


@planted(a__erased=1, h__erased=1)
async def _a_key_and_a_record_that_an_erasure_forgot(home: Household) -> None:
    await home.store.hset(
        keys.account(UNKNOWN), mapping={"state": "erasing", "history_key": b"wrapped"}
    )
    await home.store.hset(keys.history_items(UNKNOWN, 1), "utt", "|5|sealed")


@planted(blob__unreferenced_blob=1)
async def _audio_that_nothing_refers_to(home: Household) -> None:
    (home.container(Purpose.HISTORY) / new_blob()).write_bytes(b"sealed")


@planted(blob__unreferenced_blob=1, blob__stray_file=1)
async def _audio_in_a_container_of_nobody(home: Household) -> None:
    container = home.loop.settings.blobs / new_blob()
    container.mkdir()
    (container / new_blob()).write_bytes(b"sealed")
    (container / "notes.txt").write_bytes(b"what is this")


@pytest.mark.parametrize("name", PLANTED)
async def test_a_planted_mismatch_is_found_once_and_set_aside(loop: Loop, name: str) -> None:
    plant, expected = PLANTED[name]
    home = await a_household(loop)
    await a_household(loop)  # somebody with whom all is well
    assert not (await auditor_of(loop).once()).findings
    await plant(home)
    found = found_by(await auditor_of(loop).once())
    for what, items in expected.items():
        assert found[what] == items, found
    assert not (await auditor_of(loop).once()).findings, "it is gone from where it was"


async def test_what_is_set_aside_is_out_of_every_reach_and_an_erasure_finds_it(loop: Loop) -> None:
    home = await a_household(loop)
    lease = await loop.queue.lease("reviewer")
    assert lease
    await loop.queue.release(lease)
    for kind in ("hx", "ix"):
        await loop.store.zadd(home.key(kind), dict.fromkeys(home.items, days_ago_ms(600)))
    report = await auditor_of(loop).once()
    assert found_by(report) == {("hx", "beyond_retention"): 3, ("ix", "beyond_retention"): 3}
    assert await loop.queue.lease("reviewer") is None
    assert [one async for one in loop.queue.reviewed()] == []
    assert not (await loop.rights.history(home.account, 10)).entries
    held = await loop.store.keys(f"*:z:{home.account}*")
    assert len(held) > 1
    audio = sum(len(list(path.iterdir())) for path in loop.settings.blobs.iterdir())
    assert audio == 6, "kept, to be looked into"
    await loop.rights.delete_account(home.account)
    assert await loop.store.keys(f"*{home.account}*") == []
    assert not [path for path in loop.settings.blobs.rglob("*") if path.is_file()]


@pytest.mark.parametrize("by", ["withdrawal", "deletion", "time"])
async def test_what_is_set_aside_goes_with_a_withdrawal_a_deletion_and_in_time(
    loop: Loop, by: str
) -> None:
    home = await a_household(loop)
    await loop.store.zadd(home.key("hx"), {home.items[0]: days_ago_ms(600)})
    assert (await auditor_of(loop).once()).findings
    match by:
        case "withdrawal":
            await opt_out(loop, home.account)
        case "deletion":
            await loop.rights.delete_utterance(home.account, "utt_other")
        case _:
            assert await Quarantine(loop.store).expire(home.account) == 0
            assert await Quarantine(loop.store).expire(home.account, after_s=0) == 2
    assert await loop.store.keys(f"*:z:{home.account}*") == []
    await loop.sweep.once()
    assert not (await auditor_of(loop).once()).findings, "its audio went as well"


async def test_models_that_learned_from_something_withdrawn_are_named(loop: Loop) -> None:
    home = await a_household(loop)
    (reviewed,) = [one async for one in loop.queue.reviewed()]
    put_model(loop, [(reviewed.item, reviewed.epoch)])
    put_model(loop, [("utt_refused", 1)], decision="refused")
    changed = put_model(loop, []) / "manifest.json"
    assert not (await auditor_of(loop).once()).findings
    changed.write_bytes(changed.read_bytes() + b" ")
    await opt_out(loop, home.account)
    found = found_by(await auditor_of(loop).once())
    assert found == {("model", "tainted_model"): 1, ("model", "changed_manifest"): 1}


async def test_a_tainted_model_has_time_to_be_replaced(loop: Loop) -> None:
    put_model(loop, [("utt_gone", 1)])
    patient = Auditor(loop.store, loop.settings.state)
    assert not (await patient.once()).findings
    assert await loop.store.hlen(keys.AUDITOR_MODELS) == 1
    assert (await auditor_of(loop).once()).findings


async def test_an_item_that_changes_while_it_is_looked_at_is_looked_at_again(loop: Loop) -> None:
    home = await a_household(loop)
    await home.store.copy(home.key("h"), home.key("h", epoch=99))
    facts, _ = await auditor_of(loop)._keys._containers.facts(home.account)
    await opt_out(loop, home.account)
    stale = await Quarantine(loop.store).set_aside(
        home.account, facts, _REASON, [home.key("h", epoch=99)] * 2
    )
    assert stale is None, "the facts it was judged by are others now"
    assert await loop.store.exists(home.key("h", epoch=99))


async def test_a_round_that_was_interrupted_goes_on_where_it_was(loop: Loop) -> None:
    for _ in range(3):
        await a_household(loop)
    for number in range(2000):
        await loop.store.set(f"{{s{number % 64:02d}}}:aur:{number}", "")
    whole = await auditor_of(loop).once()
    first, rest = type(whole)(), type(whole)()
    steps = auditor_of(loop).round(first, resume=True)
    for _ in range(4):
        await anext(steps)
    await steps.aclose()  # type: ignore[attr-defined]
    async for _ in auditor_of(loop).round(rest, resume=True):
        pass
    assert 0 < rest.items < whole.items
    assert first.items + rest.items == whole.items


@pytest.mark.parametrize(
    ("key", "kind", "reason"),
    [
        ("{s00}:l:acc_" + "b" * 24, "l", "misplaced"),
        ("{s07}:h:acc_" + "b" * 24 + ":1", "h", "misplaced"),
        ("{s07}:heard:today", "other", "unknown_key"),
        ("{s07}:acc_" + "b" * 24, "other", "unknown_key"),
        ("cache:acc_" + "b" * 24, "other", "unknown_key"),
        ("{s64}", "other", "unknown_key"),
    ],
)
async def test_a_key_that_no_erasure_would_find_is_named_until_somebody_removes_it(
    loop: Loop, key: str, kind: str, reason: str
) -> None:
    await a_household(loop)
    assert keys.shard_of("acc_" + "b" * 24) not in ("{s00}", "{s07}")
    await loop.store.hset(key, "milk", "sealed")
    for _ in range(2):
        (finding,) = (await auditor_of(loop).once()).findings
        assert (finding.kind, finding.reason.value, finding.set_aside) == (kind, reason, False)
    await loop.store.delete(key)
    assert not (await auditor_of(loop).once()).findings


async def test_sound_of_clips_in_review_is_referred_to(loop: Loop) -> None:
    home = await a_household(loop)
    container = home.container(Purpose.LEARNING)
    for key in (keys.clips, keys.cases):
        blob = new_blob()
        (container / blob).write_bytes(b"sealed")
        name = key(home.account, home.epoch(Purpose.REVIEW))
        await loop.store.hset(name, home.items[0], f"{container.name}/{blob}|5|sealed")
    assert not (await auditor_of(loop).once()).findings
    await loop.store.delete(keys.clips(home.account, home.epoch(Purpose.REVIEW)))
    assert found_by(await auditor_of(loop).once()) == {("blob", "unreferenced_blob"): 1}


async def test_an_erasure_that_does_not_get_on_is_an_alarm_until_it_does(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = (await a_household(loop)).account
    work = loop.erasures._work

    async def blobs_are_away(progress: Progress, plan: Plan) -> Any:
        if progress.step is Step.STORES_ERASED:
            raise StoreUnavailable("the object store is away")
        return await work(progress, plan)

    monkeypatch.setattr(loop.erasures, "_work", blobs_are_away)
    with pytest.raises(StoreUnavailable):
        await loop.rights.delete_account(account)
    hasty = replace(STRICT, erased_within_s=-1.0)
    assert not (await auditor_of(loop).once()).findings, "it has an hour"
    report = await auditor_of(loop, hasty).once()
    assert found_by(report) == {("erasure", "stuck_erasure"): 1}
    assert report.stuck_erasures == 1
    monkeypatch.setattr(loop.erasures, "_work", work)
    await loop.sweep.once()
    assert not (await auditor_of(loop, hasty).once()).findings


async def test_a_second_receipt_that_does_not_come_is_an_alarm(loop: Loop) -> None:
    """What the first one called pending is due at a time, and then it should be gone."""
    home = await a_household(loop)
    report = await loop.rights.delete_utterance(home.account, home.items[0])
    pending = [{"kind": "backup_expiry", "reference": "bak_1", "due_at_s": time.time() - 7200}]
    await loop.store.hset(keys.erasure(report.erasure), "pending", json.dumps(pending))
    shard = keys.shard_of_erasure(report.erasure)
    await loop.store.sadd(keys.erasures_with_pending(shard), report.erasure)
    assert found_by(await auditor_of(loop).once()) == {("erasure", "overdue_receipt"): 1}
    patient = replace(STRICT, erased_within_s=9000.0)
    assert not (await auditor_of(loop, patient).once()).findings


async def test_the_pace_is_kept(loop: Loop) -> None:
    for _ in range(3):
        await a_household(loop)
    fast = await auditor_of(loop).once()
    slow = auditor_of(loop, _paced(fast.items * 2))
    report = await slow.once()
    assert report.items == fast.items
    assert report.took_s >= 0.2


async def test_an_alarm_is_in_the_audit_log_and_names_nobody(loop: Loop) -> None:
    home = await a_household(loop)
    await loop.store.zadd(home.key("hx"), {home.items[0]: days_ago_ms(600)})
    await auditor_of(loop).once()
    entries = await loop.store.lrange(keys.audit_entries(keys.shard_of(home.account)), 0, -1)
    (entry,) = [entry for entry in entries if b"mismatch_set_aside" in entry]
    assert b" auditor " in entry
    assert b"reason=beyond_retention,kind=hx,items=1" in entry
    assert home.account.encode() not in entry


def _paced(items_per_s: float) -> AuditorSettings:
    return replace(STRICT, items_per_s=items_per_s)


_REASON = Reason.WITHDRAWN
