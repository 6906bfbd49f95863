"""The audit log on a real store: written with the change, and no harm to it goes unnoticed."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from tests.fixtures.audit import Recorded
from tests.fixtures.store import (
    EVERYTHING_ON,
    SHOWN,
    a_review,
    consenting_account,
    opt_out,
    say,
)
from training_loop.audit.alarm import BREAKS, BROKEN
from training_loop.audit.entry import AuditEntry, first_link
from training_loop.audit.errors import (
    AuditLogBroken,
    SigningKeyRefused,
    TransparencyLogDamaged,
)
from training_loop.audit.log import AuditLog
from training_loop.audit.notary import Notary
from training_loop.audit.sealer import AuditSealer
from training_loop.audit.signing import SigningKey
from training_loop.audit.sources import FileSource, StoreSource, export_audit
from training_loop.audit.transparency import TransparencyLog
from training_loop.audit.verify import verify_audit
from training_loop.errors import StoreUnavailable
from training_loop.loop import Loop
from training_loop.store import keys
from training_loop.store.client import connect
from training_loop.store.script_runner import source, text, with_prelude


async def entries_of(loop: Loop, account: str) -> list[AuditEntry]:
    return [entry async for entry in loop.audit.of_account(account)]


async def actions(loop: Loop, account: str) -> list[str]:
    return [entry.action for entry in await entries_of(loop, account)]


def relinked(shard: str, lines: list[str]) -> list[str]:
    """The lines with fresh numbers and links, as somebody who knows the format would write them."""
    link, made = first_link(shard), []
    for number, line in enumerate(lines, 1):
        body = " ".join([str(number), *line.split(" ")[1:-1]])
        link = hashlib.sha256(f"{link} {body}".encode()).hexdigest()
        made.append(f"{body} {link}")
    return made


async def test_consents_reads_reviews_and_deletions_are_recorded(loop: Loop) -> None:
    account = await consenting_account(loop)
    said = [await say(loop, account) for _ in range(4)]
    for end in ("ack", "release", "discard"):
        lease = await loop.queue.lease("anna@example.org")
        assert lease
        await loop.queue.read(lease)
        if end == "ack":
            await loop.queue.ack(lease, a_review())
        elif end == "release":
            await loop.queue.release(lease)
        else:
            await loop.queue.discard(lease)
    reviewed = [one async for one in loop.queue.reviewed(with_audio=False)]
    await loop.queue.record_model_use("nlu-1", reviewed)
    await loop.rights.delete_since(account, 0)
    await opt_out(loop, account)
    assert await actions(loop, account) == [
        *("account_created", "consent_changed"),
        *("clip_leased", "clip_read", "clip_reviewed"),
        *("clip_leased", "clip_read", "clip_released"),
        *("clip_leased", "clip_read", "clip_discarded"),
        *("opened_for_learning", "used_in_model"),
        *("utterances_deleted", "consent_withdrawn"),
    ]
    read = [entry for entry in await entries_of(loop, account) if entry.action == "clip_read"]
    assert {entry.actor for entry in read} == {loop.vault.pseudonym("anna@example.org")}
    stored = " ".join([line async for line in loop.audit.lines(keys.shard_of(account).strip("{}"))])
    for secret in (account, "anna", *(one.utterance_id for one in said), "timer", "dev_kitchen"):
        assert secret not in stored


async def test_a_change_that_is_repeated_or_refused_is_recorded_once_or_not(loop: Loop) -> None:
    account = (await loop.accounts.create()).account
    for _ in range(3):
        await loop.rights.change(account, EVERYTHING_ON, SHOWN, "the-same-request")
    for _ in range(2):
        await loop.audit.record("holder", "export_made", account=account, request_id="export-1")
    assert await actions(loop, account) == ["account_created", "consent_changed", "export_made"]
    consent = (await entries_of(loop, account))[1]
    assert "keep_history=1" in consent.detail
    assert "channel=api" in consent.detail
    assert consent.request not in ("-", "the-same-request")


async def test_after_an_account_is_deleted_its_entries_stand_for_nobody(loop: Loop) -> None:
    account = await consenting_account(loop)
    pseudonym = text(await loop.store.hget(keys.account(account), "audit") or "")
    assert pseudonym.startswith("p-")
    shard = keys.shard_of(account).strip("{}")
    await loop.rights.delete_account(account)
    lines = [AuditEntry.read(shard, line) async for line in loop.audit.lines(shard)]
    assert [one.action for one in lines if one.subject == pseudonym] == [
        *("account_created", "consent_changed"),
    ], "the deletion is not recorded beside the pseudonym"
    of_erasure = [one.action for one in lines if one.subject.startswith("era_")]
    assert (of_erasure[0], of_erasure[-1]) == ("erasure_requested", "erasure_done")
    assert {"account_closed", "erasure_step"} <= set(of_erasure)
    for key in [text(key) for key in await loop.store.keys("*")]:
        if keys.kind_of(key) not in {"au"}:
            assert pseudonym.encode() not in (await loop.store.dump(key) or b"")


async def test_scripts_that_record_nothing_carry_nothing_of_the_audit_log() -> None:
    assert "sha256" not in source("enqueue")
    assert "sha256" in source("read")


async def test_links_are_sha256_whatever_the_length(loop: Loop) -> None:
    script = loop.store.register_script(with_prelude("-- audit(\nreturn sha256(ARGV[1])"))
    for length in (0, 1, 55, 56, 63, 64, 65, 119, 120, 1000):
        message = bytes(range(256)) * 4
        found = await script(keys=["{s00}:none"], args=[message[:length]])
        assert text(found) == hashlib.sha256(message[:length]).hexdigest()


async def test_an_untouched_log_holds(recorded: Recorded) -> None:
    await recorded.loop.audit.record("holder", "export_made", account=recorded.account)
    report = await recorded.verify()
    assert report.holds, report.breaks
    assert (report.checkpoints, report.unsealed, report.entries) == (1, 1, 7)


@pytest.mark.parametrize("at", [0, 3, 5])
async def test_an_edited_entry_is_found(recorded: Recorded, at: int) -> None:
    lines = await recorded.lines()
    lines[at] = lines[at].replace("holder", "nobody", 1)
    await recorded.replace(lines)
    (found,) = (await recorded.verify()).breaks
    assert (found.shard, found.number) == (recorded.shard, at + 1)


@pytest.mark.parametrize("at", [0, 3])
async def test_a_dropped_entry_is_found(recorded: Recorded, at: int) -> None:
    lines = await recorded.lines()
    del lines[at]
    await recorded.replace(lines)
    (found,) = (await recorded.verify()).breaks
    assert (found.number, "gap" in found.what) == (at + 1, True)


async def test_reordered_entries_are_found(recorded: Recorded) -> None:
    lines = await recorded.lines()
    lines[2], lines[3] = lines[3], lines[2]
    await recorded.replace(lines)
    (found,) = (await recorded.verify()).breaks
    assert found.number == 3


async def test_an_entry_put_in_twice_is_found(recorded: Recorded) -> None:
    lines = await recorded.lines()
    await recorded.replace([*lines[:3], lines[2], *lines[3:]])
    (found,) = (await recorded.verify()).breaks
    assert (found.number, "twice" in found.what) == (4, True)


@pytest.mark.parametrize("left", [0, 4])
async def test_a_truncated_log_is_found_even_with_a_head_that_fits(
    recorded: Recorded, left: int
) -> None:
    lines = (await recorded.lines())[:left]
    await recorded.replace(lines)
    if lines:
        await recorded.loop.store.set(recorded.head, f"{left} {lines[-1].split(' ')[-1]}")
    else:
        await recorded.loop.store.delete(recorded.head)
    (found,) = (await recorded.verify()).breaks
    assert (found.number, "signed" in found.what) == (left + 1, True)


async def test_a_truncated_tail_that_was_not_signed_yet_is_found_by_the_head(
    recorded: Recorded,
) -> None:
    await recorded.loop.audit.record("holder", "export_made", account=recorded.account)
    await recorded.loop.store.rpop(recorded.entries)
    (found,) = (await recorded.verify()).breaks
    assert found.number == 7


@pytest.mark.parametrize("harm", ["edit", "drop"])
async def test_a_log_that_was_rewritten_with_fresh_links_is_found(
    recorded: Recorded, harm: str
) -> None:
    lines = await recorded.lines()
    if harm == "edit":
        lines[1] = lines[1].replace("holder", "nobody", 1)
    else:
        del lines[1]
        lines.append(lines[-1])
    lines = relinked(recorded.shard, lines)
    await recorded.replace(lines)
    await recorded.loop.store.set(recorded.head, f"{len(lines)} {lines[-1].split(' ')[-1]}")
    (found,) = (await recorded.verify()).breaks
    assert "rewritten" in found.what


async def test_a_chain_moved_to_another_shard_is_found(recorded: Recorded) -> None:
    other = "s00" if recorded.shard != "s00" else "s01"
    for key, place in ((recorded.entries, "au"), (recorded.head, "ah")):
        await recorded.loop.store.copy(key, f"{{{other}}}:{place}")
    assert {one.shard for one in (await recorded.verify()).breaks} == {other}


async def test_store_and_signatures_put_back_together_are_found_by_a_head_kept_elsewhere(
    recorded: Recorded,
) -> None:
    settings = recorded.loop.settings
    before = {path: path.read_bytes() for path in settings.transparency.iterdir()}
    lines, head = await recorded.lines(), await recorded.loop.store.get(recorded.head)
    await recorded.loop.audit.record("holder", "export_made", account=recorded.account)
    await recorded.loop.audit_sealer.seal()
    kept = recorded.loop.notary.log.head()
    assert kept
    assert (await recorded.verify(since=kept)).holds
    for path, content in before.items():
        path.write_bytes(content)
    await recorded.replace(lines)
    await recorded.loop.store.set(recorded.head, head or b"")
    assert (await recorded.verify()).holds, "each part fits the others"
    assert not (await recorded.verify(since=kept)).holds


@pytest.mark.parametrize("harm", ["edit", "drop", "head"])
async def test_a_changed_transparency_log_is_found(recorded: Recorded, harm: str) -> None:
    await recorded.loop.audit.record("holder", "export_made", account=recorded.account)
    await recorded.loop.audit_sealer.seal()
    log = recorded.loop.settings.transparency / "log"
    lines = log.read_bytes().splitlines(keepends=True)
    if harm == "edit":
        log.write_bytes(b"".join([lines[0].replace(b"sealed", b"sEaled"), *lines[1:]]))
    elif harm == "drop":
        log.write_bytes(lines[0])
    else:
        head = recorded.loop.notary.log.head_file
        head.write_bytes(head.read_bytes().replace(b'"size":2', b'"size":1'))
    assert not (await recorded.verify()).holds


async def test_another_key_verifies_nothing(recorded: Recorded, tmp_path: Path) -> None:
    other = SigningKey.open(tmp_path / "other.key", create=True).public
    assert not (await recorded.verify(other)).holds


async def test_nothing_is_sealed_that_does_not_follow(recorded: Recorded) -> None:
    await recorded.loop.audit.record("holder", "export_made", account=recorded.account)
    lines = await recorded.lines()
    await recorded.replace([*lines[:-1], lines[-1].replace("holder", "nobody", 1)])
    with pytest.raises(AuditLogBroken, match="Entry 7"):
        await recorded.loop.audit_sealer.seal()
    await recorded.replace(lines[:4])
    await recorded.loop.store.set(recorded.head, f"4 {lines[3].split(' ')[-1]}")
    with pytest.raises(AuditLogBroken, match="Entry 5"):
        await recorded.loop.audit_sealer.seal()
    leaves = TransparencyLog(recorded.loop.settings.transparency).leaves()
    assert len(leaves) == 1


async def test_a_broken_log_is_an_alarm_until_it_is_whole_and_nothing_is_signed_over_it(
    recorded: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    """Not a shard of it, not by another process, and not after a restart."""
    loop, sealer = recorded.loop, recorded.loop.audit_sealer
    before = BREAKS.labels("AUDIT_LOG_BROKEN")._value.get()
    other = (await loop.accounts.create()).account
    while keys.shard_of(other) == keys.shard_of(recorded.account):
        other = (await loop.accounts.create()).account
    await loop.audit.record("holder", "export_made", account=recorded.account)
    lines = await recorded.lines()
    await recorded.replace([*lines[:-1], lines[-1].replace("holder", "nobody", 1)])
    with pytest.raises(AuditLogBroken):
        await loop.sweep.once()
    assert (sealer.alarm.broken, BROKEN._value.get()) == (True, 1)
    assert BREAKS.labels("AUDIT_LOG_BROKEN")._value.get() == before + 1
    (told,) = [one for one in caplog.records if one.levelname == "CRITICAL"]
    assert "AUDIT_LOG_BROKEN" in told.getMessage()
    assert recorded.account not in told.getMessage()
    settings = loop.settings
    restarted = AuditSealer(
        loop.audit, Notary(TransparencyLog(settings.transparency), settings.signing_key)
    )
    with pytest.raises(AuditLogBroken):
        await restarted.seal()
    assert len(TransparencyLog(settings.transparency).leaves()) == 1
    await recorded.replace(lines)
    assert await sealer.seal() > 0
    assert (sealer.alarm.broken, sealer.alarm.was_broken, BROKEN._value.get()) == (False, True, 0)


@pytest.mark.parametrize("harm", ["key", "leaf"])
async def test_signatures_that_are_not_what_they_were_are_an_alarm(
    recorded: Recorded, harm: str
) -> None:
    settings = recorded.loop.settings
    await recorded.loop.audit.record("holder", "export_made", account=recorded.account)
    if harm == "key":
        settings.signing_key.unlink()
    else:
        log = settings.transparency / "log"
        log.write_bytes(log.read_bytes().replace(b"sealed", b"sEaled"))
    sealer = AuditSealer(
        recorded.loop.audit, Notary(TransparencyLog(settings.transparency), settings.signing_key)
    )
    with pytest.raises((SigningKeyRefused, TransparencyLogDamaged)):
        await sealer.seal()
    assert sealer.alarm.broken


async def test_a_store_that_is_away_is_no_broken_log(recorded: Recorded) -> None:
    away = AuditLog(connect("redis://127.0.0.1:1"))
    sealer = AuditSealer(away, recorded.loop.notary)
    with pytest.raises(StoreUnavailable):
        await sealer.seal()
    assert not sealer.alarm.was_broken


@pytest.mark.parametrize("at", [0, -1])
async def test_what_was_signed_and_changed_while_nobody_served_is_found_by_the_next_process(
    recorded: Recorded, at: int
) -> None:
    settings = recorded.loop.settings
    lines = await recorded.lines()
    assert await recorded.loop.audit_sealer.seal() == 0, "all of it is signed"
    changed = [*lines]
    changed[at] = changed[at].replace(" ", " 1", 1)
    await recorded.replace(changed)
    notary = Notary(TransparencyLog(settings.transparency), settings.signing_key)
    restarted = AuditSealer(recorded.loop.audit, notary)
    for _ in range(2):
        with pytest.raises(AuditLogBroken):
            await restarted.seal()
    assert restarted.alarm.broken
    await recorded.replace(lines)
    assert await restarted.seal() == 0


async def test_sealing_covers_what_came_since_and_only_that(recorded: Recorded) -> None:
    assert await recorded.loop.audit_sealer.seal() == 0
    await recorded.loop.audit.record("holder", "export_made", account=recorded.account)
    assert await recorded.loop.audit_sealer.seal() == 1
    assert (await recorded.verify()).unsealed == 0


async def test_sealers_of_several_processes_agree(recorded: Recorded) -> None:
    settings = recorded.loop.settings
    sealers = [
        AuditSealer(
            recorded.loop.audit,
            Notary(TransparencyLog(settings.transparency), settings.signing_key),
        )
        for _ in range(4)
    ]
    for _ in range(5):
        await recorded.loop.audit.record("holder", "export_made", account=recorded.account)
        sealed = await asyncio.gather(*(sealer.seal() for sealer in sealers))
        assert sum(sealed) == 1
    assert (await recorded.verify()).holds


async def test_a_restore_from_a_backup_is_told_and_not_taken_for_an_attack(
    recorded: Recorded,
) -> None:
    await recorded.replace((await recorded.lines())[:4])
    await recorded.loop.audit_sealer.restored()
    await recorded.loop.audit.record("operator", "store_restored", account=recorded.account)
    assert await recorded.loop.audit_sealer.seal() == 1
    report = await recorded.verify()
    assert report.holds, report.breaks
    (loss,) = report.losses
    assert (loss.shard, loss.first, loss.last) == (recorded.shard, 5, 6)


async def test_an_exported_log_is_verified_without_the_store(
    recorded: Recorded, tmp_path: Path
) -> None:
    source = StoreSource(recorded.loop.audit, recorded.loop.notary.log)
    path, key = tmp_path / "audit.jsonl", recorded.loop.notary.public_key()
    with path.open("wb") as file:
        assert await export_audit(source, file) == 6
    assert (await verify_audit(FileSource(path), key)).holds
    content = path.read_bytes()
    for changed in (
        content.replace(b"export_fetched", b"export_fetchet"),
        b"".join(line for line in content.splitlines(True) if b"export_made" not in line),
        b"".join(content.splitlines(True)[:-1]),
        b"".join(line for line in content.splitlines(True) if b'"leaf"' not in line),
    ):
        assert changed != content
        path.write_bytes(changed)
        assert not (await verify_audit(FileSource(path), key)).holds
    path.write_bytes(content[:-10])
    with pytest.raises(AuditLogBroken):
        await verify_audit(FileSource(path), key)


async def test_a_lost_signing_key_is_refused_and_not_replaced(recorded: Recorded) -> None:
    settings = recorded.loop.settings
    settings.signing_key.unlink()
    notary = Notary(TransparencyLog(settings.transparency), settings.signing_key)
    with pytest.raises(SigningKeyRefused, match="missing"):
        notary.key()
    assert not settings.signing_key.exists()
    assert (await recorded.verify()).holds, "what was signed can still be verified"


async def test_a_clock_set_back_breaks_nothing(recorded: Recorded) -> None:
    """Numbers tell the order; a time that goes back is no break."""
    lines = await recorded.lines()
    fields = lines[5].split(" ")
    fields[1] = str(int(fields[1]) - 86_400_000)
    changed = relinked(recorded.shard, [*lines[:5], " ".join(fields)])
    chain_end = changed[-1].split(" ")[-1]
    await recorded.replace(changed)
    await recorded.loop.store.set(recorded.head, f"6 {chain_end}")
    source = StoreSource(recorded.loop.audit, TransparencyLog(Path("/nonexistent")))
    report = await verify_audit(source, recorded.loop.notary.public_key())
    assert report.holds, report.breaks
