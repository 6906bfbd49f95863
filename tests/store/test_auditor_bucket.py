"""The auditor on audio in an S3-compatible store: the same promises as on a directory."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.fixtures.auditor import STRICT, a_household, auditor_of, found_by
from tests.fixtures.store import opt_out
from tests.fixtures.vault import Aws
from training_loop.auditor import shelf
from training_loop.auditor.finding import RoundReport
from training_loop.consent.policy import Purpose
from training_loop.errors import StoreUnavailable
from training_loop.loop import Loop, open_loop
from training_loop.settings import LoopSettings
from training_loop.vault.blobs import new_blob


@pytest.fixture
async def bucket_loop(s3_settings: LoopSettings) -> AsyncIterator[Loop]:
    async with open_loop(s3_settings) as opened:
        yield opened


def _objects(loop: Loop, aws: Aws) -> list[str]:
    return aws.objects(loop.settings.vault.blobs_url)


async def _put(loop: Loop, path: str) -> None:
    await loop.blobs._store.put_async(path, b"sealed")  # type: ignore[attr-defined]


async def test_audio_that_nothing_refers_to_is_found_in_a_bucket_and_set_aside(
    bucket_loop: Loop, aws: Aws
) -> None:
    home = await a_household(bucket_loop)
    await a_household(bucket_loop)  # somebody with whom all is well
    report = await auditor_of(bucket_loop).once()
    assert not report.findings
    assert report.checked["blob"] == len(_objects(bucket_loop, aws)) == 12
    container = home.record.containers[Purpose.HISTORY].name
    unreferenced, nobody = f"{container}/{new_blob()}", f"{new_blob()}/{new_blob()}"
    await _put(bucket_loop, unreferenced)
    await _put(bucket_loop, nobody)
    await _put(bucket_loop, f"{nobody.partition('/')[0]}/notes.txt")
    await _put(bucket_loop, "readme")
    found = found_by(await auditor_of(bucket_loop).once())
    assert found == {("blob", "unreferenced_blob"): 2, ("blob", "stray_file"): 2}
    names = _objects(bucket_loop, aws)
    assert f"sealed/{unreferenced}.held" in names
    assert f"sealed/{unreferenced}" not in names
    with pytest.raises(FileNotFoundError):
        await bucket_loop.blobs.read(nobody)
    again = found_by(await auditor_of(bucket_loop).once())
    assert again == {("blob", "stray_file"): 1}, "what is in no container has no place to go"


async def test_what_is_set_aside_in_a_bucket_goes_with_the_account_or_in_time(
    bucket_loop: Loop, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, other = await a_household(bucket_loop), await a_household(bucket_loop)
    for one in (home, other):
        await _put(bucket_loop, f"{one.record.containers[Purpose.LEARNING].name}/{new_blob()}")
    assert (await auditor_of(bucket_loop).once()).mismatches == 2
    await opt_out(bucket_loop, home.account)
    await bucket_loop.rights.settled()
    held = [name for name in _objects(bucket_loop, aws) if name.endswith(".held")]
    assert len(held) == 1
    assert not (await auditor_of(bucket_loop).once()).findings
    assert held[0] in _objects(bucket_loop, aws)
    monkeypatch.setattr(shelf, "KEPT_S", -1)
    assert not (await auditor_of(bucket_loop).once()).findings
    assert len(_objects(bucket_loop, aws)) == 6, "the other's own audio"


async def test_young_audio_is_left_to_whoever_writes_it(bucket_loop: Loop) -> None:
    await _put(bucket_loop, f"{new_blob()}/{new_blob()}")
    patient = replace(STRICT, blob_grace_s=300.0)
    assert not (await auditor_of(bucket_loop, patient).once()).findings
    assert (await auditor_of(bucket_loop).once()).findings


async def test_a_walk_over_a_bucket_keeps_its_pace_and_its_place(bucket_loop: Loop) -> None:
    for _ in range(3):
        await a_household(bucket_loop)
    whole = await auditor_of(bucket_loop).once()
    paced = replace(STRICT, items_per_s=whole.items * 2.0)
    slow = await auditor_of(bucket_loop, paced).once()
    assert slow.items == whole.items
    assert slow.took_s >= 0.2
    first, rest = RoundReport(), RoundReport()
    steps = auditor_of(bucket_loop).round(first, resume=True)
    while first.checked["blob"] < 6:
        await anext(steps)
    await steps.aclose()  # type: ignore[attr-defined]
    async for _ in auditor_of(bucket_loop).round(rest, resume=True):
        pass
    assert set(rest.checked) == {"blob"}, "the keys were done"
    assert first.checked["blob"] + rest.checked["blob"] == whole.checked["blob"]


async def test_a_bucket_that_is_away_ends_the_round_and_accuses_nobody(
    bucket_loop: Loop, aws: Aws
) -> None:
    await a_household(bucket_loop)
    aws.stop()
    report = RoundReport()
    with pytest.raises(StoreUnavailable) as away:
        async for _ in auditor_of(bucket_loop).round(report):
            pass
    assert "127.0.0.1" not in str(away.value)
    assert not report.findings


async def test_the_process_finds_the_bucket_in_its_settings(
    bucket_loop: Loop, s3_settings: LoopSettings
) -> None:
    from training_loop.auditor.process import audit_once

    await a_household(bucket_loop)
    report = await audit_once(s3_settings, STRICT)
    assert report.checked["blob"] == 6
    assert json.dumps(sorted(found_by(report))) == "[]"
