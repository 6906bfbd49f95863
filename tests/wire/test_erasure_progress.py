"""How far an erasure is can be asked by its id alone, also when the account is gone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc
import pytest

from tests.fixtures.services import Desk, bearer, refused
from tests.fixtures.store import EVERYTHING_ON, SHOWN, say
from training_loop.consent.accounts import NewAccount
from training_loop.receipts.receipt import verify_receipt
from training_loop.v1 import privacy_pb2
from training_loop.vault.blobs import LocalBlobs

DONE = privacy_pb2.ERASURE_STEP_DONE


@pytest.fixture
async def account(desk: Desk) -> NewAccount:
    created = await desk.accounts.create()
    await desk.loop.rights.change(created.account, EVERYTHING_ON, SHOWN, "on")
    await say(desk.loop, created.account)
    return created


def _start(desk: Desk, account: NewAccount, name: str = "") -> object:
    return desk.erasures.StartAccountErasure(
        privacy_pb2.StartAccountErasureRequest(account=name or account.account),
        metadata=bearer(account.token),
    )


async def test_a_report_names_its_erasure_and_carries_a_receipt_that_verifies(
    desk: Desk, account: NewAccount
) -> None:
    report = await desk.privacy.DeleteAccount(
        privacy_pb2.DeleteAccountRequest(account=account.account), metadata=bearer(account.token)
    )
    receipt = verify_receipt(report.receipt.encode(), desk.loop.notary.public_key())
    assert receipt.evidence.erasure == report.erasure
    assert account.account not in report.receipt
    stores = {one.store: one for one in receipt.evidence.stores}
    assert stores["utterances"].records_removed == 2
    assert len(stores["account"].keys_destroyed) == 3
    assert "append_only_file" in receipt.evidence.scan.places
    told = await desk.erasures.GetErasure(privacy_pb2.GetErasureRequest(erasure=report.erasure))
    assert (told.step, told.receipt, told.kind) == (DONE, report.receipt, "account")
    assert (told.history_records, told.queue_items, told.audio_blobs) == (1, 1, 2)


async def test_an_erasure_can_be_watched_to_its_end_without_a_credential(
    desk: Desk, account: NewAccount
) -> None:
    started = await _start(desk, account)  # type: ignore[misc]
    watching: AsyncIterator[privacy_pb2.Erasure] = desk.erasures.WatchErasure(
        privacy_pb2.GetErasureRequest(erasure=started.erasure)
    )
    steps = [progress.step async for progress in watching]
    assert steps == sorted(steps)
    assert steps[-1] == DONE
    assert not await desk.accounts.exists(account.account)


async def test_starting_it_needs_the_account_and_its_own_id(
    desk: Desk, account: NewAccount
) -> None:
    answer = await refused(_start(desk, account, "acc_other"))
    assert answer.reason == "INVALID_FIELD"
    answer = await refused(
        desk.erasures.StartAccountErasure(privacy_pb2.StartAccountErasureRequest())
    )
    assert answer.status is grpc.StatusCode.UNAUTHENTICATED
    assert await desk.accounts.exists(account.account)


@pytest.mark.parametrize("erasure", ["era_00" + "0" * 32, "era_64" + "0" * 32, "x", "era_0"])
async def test_an_id_that_is_none_tells_nothing(desk: Desk, erasure: str) -> None:
    answer = await refused(desk.erasures.GetErasure(privacy_pb2.GetErasureRequest(erasure=erasure)))
    assert (answer.status, answer.reason) == (grpc.StatusCode.NOT_FOUND, "ERASURE_UNKNOWN")


async def test_while_the_blob_store_is_down_it_is_pending_with_the_reason_and_ends_later(
    desk: Desk, account: NewAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(_blobs: LocalBlobs, _path: str) -> int:
        raise OSError(5, "input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(LocalBlobs, "remove", down)
        answer = await refused(
            desk.privacy.DeleteAccount(
                privacy_pb2.DeleteAccountRequest(account=account.account),
                metadata=bearer(account.token),
            )
        )
        assert (answer.status, answer.reason) == (
            grpc.StatusCode.UNAVAILABLE,
            "ERASURE_PENDING",
        )
        erasure = next(word for word in answer.hint.replace(";", " ").split() if "era_" in word)
        request = privacy_pb2.GetErasureRequest(erasure=erasure)
        told = await desk.erasures.GetErasure(request)
        assert told.step == privacy_pb2.ERASURE_STEP_STORES_ERASED
        assert (told.waiting, told.receipt) == ("blob_store_unavailable", "")
        assert not await desk.accounts.exists(account.account)
    await desk.loop.sweep.once()
    told = await desk.erasures.GetErasure(request)
    assert (told.step, told.waiting, told.audio_blobs) == (DONE, "", 2)
    assert told.receipt
