"""Erasures under bad conditions: speaking, twice at once, late data, clocks set back, models."""

from __future__ import annotations

import asyncio

import pytest

from assistant.answers.lists import Lists
from tests.fixtures.store import (
    an_utterance,
    consenting_account,
    opt_out,
    say,
    try_to_say,
)
from training_loop.erasure.closing import Closing
from training_loop.erasure.ledger import ErasureLedger
from training_loop.erasure.plan import Plan
from training_loop.erasure.progress import Progress, Step
from training_loop.erasure.tombstones import Forgotten, account_digest
from training_loop.errors import AccountGone, StoreUnavailable
from training_loop.loop import Loop
from training_loop.receipts.evidence import ErasureKind
from training_loop.receipts.receipt import read_receipt
from training_loop.registry.pointer import Pointer, ServingPointer
from training_loop.store import keys
from training_loop.store.script_runner import Scripts
from training_loop.utterance import CaptureContext


async def test_what_is_being_said_while_the_account_is_erased_is_not_kept(
    own_loop: Loop,
) -> None:
    account = await consenting_account(own_loop)
    consent = await own_loop.sink.begin(CaptureContext(account=account, device="dev_kitchen"))
    speaking = [
        asyncio.create_task(own_loop.sink.keep(an_utterance(account), consent)) for _ in range(20)
    ]
    report = await own_loop.rights.delete_account(account)
    fates = await asyncio.gather(*speaking)
    assert report.history_records == sum(fate.kept for fate in fates)
    late = await own_loop.sink.keep(an_utterance(account), consent)
    assert (late.kept, late.queued) == (False, False)
    assert await own_loop.store.keys(f"*{account}*") == []
    blobs = [path for path in own_loop.settings.blobs.rglob("*") if path.is_file()]
    assert blobs == []


async def test_what_is_being_said_while_everything_is_deleted_is_not_kept(loop: Loop) -> None:
    account = await consenting_account(loop)
    consent = await loop.sink.begin(CaptureContext(account=account, device="dev_kitchen"))
    await loop.rights.delete_since(account, 0)
    late = await loop.sink.keep(an_utterance(account), consent)
    assert (late.kept, late.queued, late.reason) == (False, False, "deleted")


async def test_a_skill_that_stores_while_the_account_is_erased_leaves_no_key(
    own_loop: Loop,
) -> None:
    account = await consenting_account(own_loop)
    lists = Lists(own_loop.store, own_loop.sealer)
    own_loop.personal_stores.register(lists)
    gone = asyncio.Event()

    async def keep_storing() -> None:
        number = 0
        while not gone.is_set():
            number += 1
            try:
                await lists.change(account, "shopping", lambda items, n=number: (*items, str(n)))  # type: ignore[misc]
            except AccountGone:
                gone.set()

    storing = [asyncio.create_task(keep_storing()) for _ in range(4)]
    await own_loop.rights.delete_account(account)
    await asyncio.gather(*storing)
    assert await own_loop.store.keys(f"*{account}*") == []


async def test_two_erasures_of_one_account_at_once_are_one(own_loop: Loop) -> None:
    account = await consenting_account(own_loop)
    await say(own_loop, account)
    reports = await asyncio.gather(*(own_loop.rights.delete_account(account) for _ in range(5)))
    assert len({report.erasure for report in reports}) == 1
    assert {report.history_records for report in reports} == {1}


async def test_erasing_utterances_and_their_account_at_once_ends_both(own_loop: Loop) -> None:
    account = await consenting_account(own_loop)
    said = [await say(own_loop, account) for _ in range(6)]
    outcomes = await asyncio.gather(
        *(own_loop.rights.delete_utterance(account, one.utterance_id) for one in said[:3]),
        own_loop.rights.delete_since(account, 0),
        own_loop.rights.delete_account(account),
        return_exceptions=True,
    )
    assert all(
        not isinstance(one, BaseException) or isinstance(one, AccountGone) for one in outcomes
    )
    assert await own_loop.store.keys(f"*{account}*") == []
    assert await ErasureLedger(own_loop.store, own_loop.vault).open() == []


async def test_the_same_request_is_the_same_erasure(loop: Loop) -> None:
    account = await consenting_account(loop)
    plan = Plan(kind=ErasureKind.HISTORY, account=account, since_ms=0)
    first = await loop.erasures.run(plan, "request-1")
    again = await loop.erasures.run(plan, "request-1")
    assert first == again
    assert (await loop.erasures.run(plan, "request-2")).erasure != first.erasure


async def test_an_opt_out_that_nobody_was_told_of_holds_and_can_be_repeated(loop: Loop) -> None:
    account = await consenting_account(loop)
    await say(loop, account)
    change = asyncio.create_task(opt_out(loop, account))
    await asyncio.sleep(0)
    change.cancel()
    await asyncio.wait([change])
    await opt_out(loop, account)
    assert not (await try_to_say(loop, an_utterance(account))).kept
    assert await loop.queue.lease("reviewer") is None
    (*_, last) = await loop.tombstones.since(0)
    assert (last.event, last.account) == (Forgotten.CONSENT, account_digest(account))


async def test_a_withdrawal_that_cannot_be_written_down_is_not_acknowledged(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await consenting_account(loop)

    def full(_lines: bytes) -> None:
        raise OSError(28, "no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(loop.tombstones, "_append", full)
        with pytest.raises(StoreUnavailable):
            await opt_out(loop, account)
    await opt_out(loop, account)
    assert not (await loop.rights.settings(account)).keep_history


async def test_a_store_that_keeps_a_trace_is_never_said_to_be_erased(
    own_loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await consenting_account(own_loop)
    left = own_loop.settings.state / "forgotten-cache"
    left.write_bytes(b"what %s asked" % account.encode())
    with pytest.raises(StoreUnavailable, match="traces_left"):
        await own_loop.rights.delete_account(account)
    (erasure,) = await ErasureLedger(own_loop.store, own_loop.vault).open()
    progress = await own_loop.erasures.progress(erasure)
    assert (progress.done, progress.receipt, progress.waiting) == (False, "", "traces_left")
    left.unlink()
    await own_loop.sweep.once()
    assert (await own_loop.erasures.progress(erasure)).done


async def test_a_clock_that_is_set_back_makes_no_receipt_that_ends_before_it_began(
    own_loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await consenting_account(own_loop)
    hours = iter(range(1000))

    async def back(_closing: Closing) -> float:
        return 1_900_000_000.0 - 3600 * next(hours)

    monkeypatch.setattr(Closing, "now_s", back)
    report = await own_loop.rights.delete_account(account)
    evidence = read_receipt(report.receipt.encode()).evidence
    assert evidence.completed_at_s >= evidence.requested_at_s
    assert all(one.completed_at_s >= one.began_at_s for one in evidence.stores)


async def test_an_erased_accounts_id_is_never_given_again(loop: Loop) -> None:
    account = await consenting_account(loop)
    await loop.rights.delete_account(account)
    outcome = await Scripts(loop.store).run(
        "create_account",
        [keys.account(account)],
        ["0", "UTC", "digest", b"\2\0\0\0\1wrapped", 90, account_digest(account)],
    )
    assert outcome == b"erased"
    assert not await loop.accounts.exists(account)


async def test_a_model_that_learned_from_it_is_pending_until_another_one_serves(
    own_loop: Loop,
) -> None:
    account = await consenting_account(own_loop)
    await own_loop.store.sadd(keys.model_uses(account), "nlu-old", "nlu-older")
    pointer = ServingPointer(own_loop.store)
    serving = await pointer.change(Pointer(), model="nlu-old", fingerprint="f", previous="")
    report = await own_loop.rights.delete_account(account)
    assert report.pending == ("model_replacement",)
    (pending,) = read_receipt(report.receipt.encode()).evidence.pending
    assert pending.reference == "nlu-old"
    await own_loop.sweep.once()
    assert (await own_loop.erasures.progress(report.erasure)).final_receipt == ""
    await pointer.change(serving, model="nlu-new", fingerprint="g", previous="nlu-old")
    await own_loop.sweep.once()
    progress: Progress = await own_loop.erasures.progress(report.erasure)
    assert progress.step is Step.DONE
    second = read_receipt(progress.final_receipt.encode())
    assert second.evidence.pending == ()
    assert second.evidence.earlier_receipt == progress.receipt_id
