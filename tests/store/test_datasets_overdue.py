"""What recipients of exports owe for too long is reported without anybody asking."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from prometheus_client import REGISTRY

from tests.fixtures.auditor import auditor_of, found_by
from tests.fixtures.datasets import gold, reviewed
from tests.fixtures.store import consenting_account, opt_out
from training_loop.datasets.exports.exports import Order
from training_loop.datasets.exports.record import ACKNOWLEDGE_WITHIN_S, ExportRecord, Format
from training_loop.datasets.split import Shares
from training_loop.loop import Loop
from training_loop.store import keys

UNCONFIRMED = ("export", "unconfirmed_deletion")


async def _exported(loop: Loop, target: Path) -> tuple[str, ExportRecord]:
    """An account, and an export of one item of it."""
    account = await consenting_account(loop)
    await reviewed(loop, account, gold("mine"))
    made = await loop.datasets.create(shares=Shares(test=0.0, hold_out=0.0))
    order = Order(
        data_set=made.name,
        format=Format.RASA,
        recipient="acme",
        purpose="tests",
        expires_at_s=time.time() + 3600,
        target=target,
    )
    return account, await loop.exports.deliver(order, by="operator")


async def _owed_for(loop: Loop, export: str, seconds: float) -> str:
    """Makes the one tombstone so old; returns its item."""
    (owed,) = await loop.exports.ledger.tombstones(export)
    since_ms = str(round((time.time() - seconds) * 1000))
    await loop.store.hset(keys.exported_items(export), owed.item, since_ms)
    return owed.item


def _overdue() -> tuple[float | None, float | None]:
    name = "earmark_export_deletions_overdue"
    since = REGISTRY.get_sample_value(f"{name}_since_timestamp_seconds")
    return REGISTRY.get_sample_value(name), since


async def test_metrics_and_auditor_tell_what_is_overdue_until_it_is_confirmed(
    loop: Loop, tmp_path: Path
) -> None:
    account, record = await _exported(loop, tmp_path / "export")
    await opt_out(loop, account)
    await loop.sweep.once()
    assert _overdue() == (0, 0)
    assert UNCONFIRMED not in found_by(await auditor_of(loop).once())
    item = await _owed_for(loop, record.export, ACKNOWLEDGE_WITHIN_S + 60)
    await loop.sweep.once()
    overdue, since_s = _overdue()
    assert overdue == 1
    standing = await loop.exports.ledger.standing(record.export, time.time())
    assert since_s == standing.overdue_since_s()
    report = await auditor_of(loop).once()
    assert found_by(report)[UNCONFIRMED] == report.unconfirmed_deletions == 1
    assert report.checked["export"] == 1
    assert await loop.exports.ledger.acknowledge(record.export, [item]) == 1
    await loop.sweep.once()
    assert _overdue() == (0, 0)
    assert UNCONFIRMED not in found_by(await auditor_of(loop).once())


async def test_the_auditor_counts_from_the_day_an_export_ended_even_if_nobody_swept(
    loop: Loop, tmp_path: Path
) -> None:
    _, record = await _exported(loop, tmp_path / "export")
    for ended_s, found in ((60.0, 0), (ACKNOWLEDGE_WITHIN_S + 60, 1)):
        ended = replace(record, expires_at_s=time.time() - ended_s)
        await loop.exports.ledger.write(ended)
        assert found_by(await auditor_of(loop).once())[UNCONFIRMED] == found
    await loop.exports.ledger.write(replace(ended, delivered=False))
    assert found_by(await auditor_of(loop).once())[UNCONFIRMED] == 0, "nobody got it"
