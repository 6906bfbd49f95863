"""Exports: given to a named recipient, loaded by the tool they are for, and called back."""

from __future__ import annotations

import io
import json
import math
import resource
import tarfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import datasets as hugging_face
import kaldi_native_io
import numpy as np
import pyarrow.parquet
import pyrage
import pytest
import soundfile
import yaml

from tests.fixtures.datasets import account_in, gold, reviewed
from tests.fixtures.store import consenting_account, opt_out
from training_loop.audit.log import all_shard_names
from training_loop.datasets.errors import DatasetEmpty, ExportFailed, ExportUnknown
from training_loop.datasets.exports.exports import Order
from training_loop.datasets.exports.record import ACKNOWLEDGE_WITHIN_S, ExportRecord, Format
from training_loop.datasets.gold import GoldItem
from training_loop.datasets.split import Shares, Split
from training_loop.errors import InvalidArgument
from training_loop.loop import Loop
from training_loop.receipts.receipt import Receipt, verify_receipt
from training_loop.receipts.words import pending_sentence
from training_loop.store import keys
from training_loop.utterance import NamedEntity

_TIMES = (np.arange(16_000) / 16_000).astype(np.float32)
TONE = (np.sin(2 * math.pi * 180 * _TIMES) * 8000).astype("<i2").tobytes()
TEN = NamedEntity(name="duration", value="ten minutes", text="ten minutes", start=8, end=19)


async def _data_set(loop: Loop) -> str:
    """Two accounts that teach and one that is tested, two utterances each."""
    shares = Shares(test=0.5, hold_out=0.0)
    accounts = [await account_in(loop, split, shares) for split in (Split.TRAIN, Split.TEST)]
    for account in [*accounts, await account_in(loop, Split.TRAIN, shares)]:
        await reviewed(loop, account, gold("set for ten minutes", "set_timer", TEN), pcm=TONE)
        await reviewed(loop, account, gold("stop the music", "stop"), pcm=TONE)
    return (await loop.datasets.create(shares=shares)).name


def _order(data_set: str, form: Format, target: Path, **more: object) -> Order:
    fields = {"recipient": "acme", "purpose": "tests", "expires_at_s": time.time() + 3600}
    return Order(data_set=data_set, format=form, target=target, **(fields | more))  # type: ignore[arg-type]


async def _deliver(loop: Loop, form: Format, target: Path, **more: object) -> ExportRecord:
    return await loop.exports.deliver(
        _order(await _data_set(loop), form, target, **more), by="operator"
    )


async def test_the_audio_folder_is_loaded_by_hugging_face_datasets(
    loop: Loop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up to the sound's own file, which soundfile opens: `datasets` would want torchcodec for it,
    and so PyTorch and FFmpeg."""
    monkeypatch.setattr(hugging_face.config, "HF_HUB_OFFLINE", True)
    record = await _deliver(loop, Format.AUDIO_FOLDER, tmp_path / "folder")
    loaded = hugging_face.load_dataset(
        "audiofolder",
        data_dir=str(tmp_path / "folder"),
        cache_dir=str(tmp_path / "cache"),
        streaming=True,
    )
    rows = {
        name: list(split.cast_column("audio", hugging_face.Value("string")))
        for name, split in loaded.items()
    }
    assert {name: len(found) for name, found in rows.items()} == {"train": 4, "validation": 2}
    assert {row["text"] for row in rows["train"]} == {"set for ten minutes", "stop the music"}
    assert len({row["speaker"] for row in rows["train"]}) == 2
    for row in [*rows["train"], *rows["validation"]]:
        samples, rate = soundfile.read(row["audio"], dtype="int16")
        assert (rate, samples.astype("<i2").tobytes()) == (16_000, TONE)
    assert record.items == 6


async def test_parquet_is_read_by_pyarrow_and_by_hugging_face_datasets(
    loop: Loop, tmp_path: Path
) -> None:
    await _deliver(loop, Format.PARQUET, tmp_path / "parquet")
    table = pyarrow.parquet.read_table(tmp_path / "parquet" / "train.parquet").to_pylist()
    (timer, _) = [row for row in table if row["intent"] == "set_timer"]
    assert timer["entities"] == [
        {"name": "duration", "role": "", "value": "ten minutes", "text": "ten minutes"}
        | {"start": 8, "end": 19}
    ]
    samples, rate = soundfile.read(io.BytesIO(timer["audio"]["bytes"]), dtype="int16")
    assert (rate, len(samples)) == (16_000, 16_000)
    loaded = hugging_face.Dataset.from_parquet(
        str(tmp_path / "parquet" / "test.parquet"), cache_dir=str(tmp_path / "cache")
    )
    assert loaded.num_rows == 2


async def test_nemo_manifests_are_as_nemo_documents_them(loop: Loop, tmp_path: Path) -> None:
    """NeMo alone reads them, and would bring PyTorch and CUDA, several GB, into the tests: each
    line is held against the documented form."""
    await _deliver(loop, Format.NEMO, tmp_path / "nemo")
    for name, rows in (("train", 4), ("test", 2)):
        manifest = tmp_path / "nemo" / f"manifest_{name}.json"
        lines = [json.loads(line) for line in manifest.read_text().splitlines()]
        assert len(lines) == rows
        for line in lines:
            sound = soundfile.info(manifest.parent / line["audio_filepath"])
            assert (sound.samplerate, sound.channels) == (16_000, 1)
            assert line["duration"] == pytest.approx(sound.duration, abs=1e-3)
            assert line["text"]


async def test_kaldi_directories_are_loaded_by_kaldis_own_code(
    loop: Loop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the export's directory, as the README in it says; with the samples that were said, under
    the names that the other files know."""
    await _deliver(loop, Format.KALDI, tmp_path / "kaldi")
    assert "audio/" in (tmp_path / "kaldi" / "README.txt").read_text()
    monkeypatch.chdir(tmp_path / "kaldi")
    for name, utterances in (("train", 4), ("test", 2)):
        data = Path("data", name)
        with kaldi_native_io.SequentialWaveReader(f"scp:{data / 'wav.scp'}") as reader:
            sounds = {
                key: (wave.sample_freq, wave.data.numpy().astype("<i2").tobytes())
                for key, wave in reader
            }
        assert len(sounds) == utterances
        assert set(sounds.values()) == {(16_000, TONE)}
        for file in ("text", "utt2spk"):
            lines = (data / file).read_text().splitlines()
            assert [line.partition(" ")[0] for line in lines] == list(sounds)


async def test_kaldi_directories_are_as_kaldi_documents_them(loop: Loop, tmp_path: Path) -> None:
    """What Kaldi's own `validate_data_dir.sh` checks."""
    await _deliver(loop, Format.KALDI, tmp_path / "kaldi")
    for name, speakers in (("train", 2), ("test", 1)):
        files = {
            file: [line.split(" ", 1) for line in (path.read_text().splitlines())]
            for file in ("wav.scp", "text", "utt2spk", "spk2utt")
            for path in [tmp_path / "kaldi" / "data" / name / file]
        }
        for rows in files.values():
            keys = [row[0].encode() for row in rows]
            assert keys == sorted(set(keys)), "not sorted as in the C locale, or not unique"
        utterances = [row[0] for row in files["text"]]
        assert utterances == [row[0] for row in files["wav.scp"]]
        assert utterances == [row[0] for row in files["utt2spk"]]
        assert all(utterance.startswith(who) for utterance, who in files["utt2spk"])
        inverted = {(said, who) for who, all_said in files["spk2utt"] for said in all_said.split()}
        assert inverted == {(said, who) for said, who in files["utt2spk"]}
        assert len(files["spk2utt"]) == speakers
        for _, path in files["wav.scp"]:
            assert soundfile.info(tmp_path / "kaldi" / path).samplerate == 16_000


async def test_an_export_names_nobody_and_no_item_and_says_what_is_owed(
    loop: Loop, tmp_path: Path
) -> None:
    record = await _deliver(loop, Format.KALDI, tmp_path / "kaldi")
    manifest = await loop.datasets.manifest(record.data_set)
    names = {ref.item for ref in manifest.refs()}
    accounts = [account async for account in _accounts(loop)]
    written = "".join(
        f"{path.name} " + path.read_bytes().decode(errors="ignore")
        for path in (tmp_path / "kaldi").rglob("*")
        if path.is_file()
    )
    assert not any(name in written for name in (*names, *accounts, "dev_kitchen"))
    told = json.loads((tmp_path / "kaldi" / "earmark-export.json").read_text())
    assert (told["recipient"], told["purpose"], told["items"]) == ("acme", "tests", 6)
    assert (tmp_path / "kaldi").stat().st_mode & 0o077 == 0
    entries = [line for shard in all_shard_names() async for line in loop.audit.lines(shard)]
    (entry,) = [line for line in entries if " data_exported " in line]
    assert record.export in entry
    assert "recipient=acme" in entry
    assert await loop.exports.ledger.record(record.export) == record


async def _accounts(loop: Loop) -> AsyncIterator[str]:
    async for key in loop.store.scan_iter(match="*:a:*"):
        yield key.decode().split(":")[2]


async def test_an_encrypted_export_opens_with_its_recipients_key_alone(
    loop: Loop, tmp_path: Path
) -> None:
    identity, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    target = tmp_path / "corpus.tar.age"
    await _deliver(loop, Format.RASA, target, age_key=str(identity.to_public()))
    sealed = target.read_bytes()
    assert b"music" not in sealed
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sealed, [other])
    with tarfile.open(fileobj=io.BytesIO(pyrage.decrypt(sealed, [identity]))) as archive:
        file = archive.extractfile("corpus/data/nlu.yml")
        assert file
        nlu = yaml.safe_load(file.read())["nlu"]
    assert {one["intent"]: len(one["examples"]) for one in nlu} == {"set_timer": 2, "stop": 2}
    with pytest.raises(InvalidArgument):
        await _deliver(loop, Format.RASA, tmp_path / "x", age_key="age1nonsense")


async def test_what_is_withdrawn_while_an_export_is_made_is_not_in_it(
    loop: Loop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaving, staying = [await consenting_account(loop) for _ in range(2)]
    for account in (leaving, staying):
        await reviewed(loop, account, gold(f"said by {account == leaving}"))
    name = (await loop.datasets.create(shares=Shares(test=0.0, hold_out=0.0))).name
    reading = loop.datasets.read_with_accounts
    left: list[bool] = []

    async def read_and_leave(
        data_set: str, *splits: Split, with_audio: bool = False
    ) -> AsyncIterator[tuple[str, GoldItem]]:
        async for pair in reading(data_set, *splits, with_audio=with_audio):
            yield pair
        if not left:
            left.append(True)
            await opt_out(loop, leaving)

    monkeypatch.setattr(loop.datasets, "read_with_accounts", read_and_leave)
    record = await loop.exports.deliver(_order(name, Format.RASA, tmp_path / "rasa"), by="operator")
    written = (tmp_path / "rasa" / "data" / "nlu.yml").read_text()
    assert "said by False" in written
    assert "said by True" not in written
    assert [one.export for one in await loop.exports.ledger.records()] == [record.export]


@contextmanager
def _files_of_at_most(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("form", [Format.KALDI, Format.PARQUET])
async def test_a_full_disk_leaves_nothing_behind(loop: Loop, tmp_path: Path, form: Format) -> None:
    name = await _data_set(loop)
    place = tmp_path / "out"
    place.mkdir()
    with _files_of_at_most(2048), pytest.raises(ExportFailed):
        await loop.exports.deliver(_order(name, form, place / "export"), by="operator")
    assert list(place.iterdir()) == []
    assert list(loop.settings.workspaces.glob("run-*")) == []
    assert await loop.exports.ledger.records() == ()
    with _files_of_at_most(600), pytest.raises(OSError, match="too large"):
        await loop.datasets.create(shares=Shares(test=0.5, hold_out=0.0))
    assert await loop.datasets.names() == (name,)


async def test_terms_that_cannot_be_are_refused(loop: Loop, tmp_path: Path) -> None:
    name = await _data_set(loop)
    refused: list[dict[str, object]] = [
        {"expires_at_s": time.time() - 1},
        {"recipient": "Somebody Else"},
        {"recipient": ""},
        {"purpose": " "},
        {"target": tmp_path},
        {"target": tmp_path / "nowhere" / "export"},
    ]
    for terms in refused:
        target = terms.pop("target", tmp_path / "export")
        with pytest.raises(InvalidArgument):
            await loop.exports.deliver(
                _order(name, Format.RASA, target, **terms),  # type: ignore[arg-type]
                by="operator",
            )
    with pytest.raises(DatasetEmpty):
        await loop.exports.deliver(
            _order(name, Format.RASA, tmp_path / "export", splits=(Split.HOLD_OUT,)), by="operator"
        )
    assert await loop.exports.ledger.records() == ()


async def test_a_withdrawal_becomes_a_tombstone_that_is_acknowledged_once(
    loop: Loop, tmp_path: Path
) -> None:
    leaving = await consenting_account(loop)
    mine = await reviewed(loop, leaving, gold("mine"))
    record = await _deliver(loop, Format.RASA, tmp_path / "rasa", splits=tuple(Split))
    ledger = loop.exports.ledger
    assert await ledger.bury() == 0
    await opt_out(loop, leaving)
    assert await ledger.bury() == 1
    assert await ledger.bury() == 0
    (owed,) = await ledger.tombstones(record.export)
    assert owed.item == ledger.item_name(record.export, mine)
    assert owed.item in "".join(path.read_text() for path in (tmp_path / "rasa").rglob("*.yml"))
    held = ledger.item_name(record.export, "another")
    assert await ledger.acknowledge(record.export, [owed.item, held, "ffff"]) == 1
    assert await ledger.acknowledge(record.export, [owed.item]) == 0
    assert await ledger.tombstones(record.export) == ()
    with pytest.raises(ExportUnknown):
        await ledger.acknowledge("ex-0", [owed.item])


async def test_what_was_not_acknowledged_in_time_is_overdue(loop: Loop, tmp_path: Path) -> None:
    account = await consenting_account(loop)
    await reviewed(loop, account, gold("mine"))
    record = await _deliver(loop, Format.RASA, tmp_path / "rasa", splits=tuple(Split))
    await opt_out(loop, account)
    await loop.sweep.once()
    now = time.time()
    standing = await loop.exports.ledger.standing(record.export, now)
    assert (standing.tombstones, standing.overdue) == (1, 0)
    late = await loop.exports.ledger.standing(record.export, now + ACKNOWLEDGE_WITHIN_S + 60)
    assert (late.tombstones, late.overdue) == (1, 1)


async def test_all_of_an_expired_export_has_to_be_deleted(
    loop: Loop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = await _deliver(loop, Format.RASA, tmp_path / "rasa")
    now = time.time()
    monkeypatch.setattr("training_loop.datasets.exports.ledger.time.time", lambda: now + 7200)
    assert await loop.exports.ledger.bury() == record.items == 6


async def test_a_receipt_says_that_an_export_is_not_acknowledged_and_a_second_that_it_is(
    loop: Loop, tmp_path: Path
) -> None:
    account = await consenting_account(loop)
    await reviewed(loop, account, gold("mine"))
    record = await _deliver(loop, Format.RASA, tmp_path / "rasa", splits=tuple(Split))
    report = await loop.rights.delete_account(account)
    assert "export_acknowledgement" in report.pending
    first = await _signed(loop, report.erasure)
    (pending,) = first.evidence.pending
    assert pending.reference.startswith(record.export)
    assert pending.due_at_s
    assert pending.overdue_since_s is None
    assert await loop.erasures.settle() == 0
    assert await _signed(loop, report.erasure) == first
    other = await consenting_account(loop)
    await reviewed(loop, other, gold("theirs"))
    ledger = loop.exports.ledger
    owed = [one.item for one in await ledger.tombstones(record.export)]
    assert await ledger.acknowledge(record.export, owed) == 1
    assert await loop.erasures.settle() == 1
    second = await _signed(loop, report.erasure)
    assert second.evidence.pending == ()
    assert second.evidence.earlier_receipt == first.receipt != second.receipt


async def test_a_further_receipt_says_that_a_recipient_is_overdue_and_since_when(
    loop: Loop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, and without being asked; the one that says that all is done names it."""
    account = await consenting_account(loop)
    await reviewed(loop, account, gold("mine"))
    record = await _deliver(loop, Format.RASA, tmp_path / "rasa", splits=tuple(Split))
    report = await loop.rights.delete_account(account)
    first = await _signed(loop, report.erasure)
    await _later(loop, monkeypatch)
    for _ in range(2):
        await loop.sweep.once()
    second = await _signed(loop, report.erasure)
    (due,), (overdue,) = first.evidence.pending, second.evidence.pending
    assert overdue == replace(due, overdue_since_s=due.due_at_s)
    assert second.evidence.earlier_receipt == first.receipt
    assert pending_sentence(overdue).endswith("it is overdue.")
    assert not (await loop.erasures.progress(report.erasure)).final_receipt
    owed = [one.item for one in await loop.exports.ledger.tombstones(record.export)]
    await loop.exports.ledger.acknowledge(record.export, owed)
    assert await loop.erasures.settle() == 1
    final = await _signed(loop, report.erasure)
    assert final.evidence.earlier_receipt == second.receipt
    assert final.evidence.pending == ()


async def test_an_erasure_that_comes_when_a_recipient_is_overdue_says_so_at_once(
    loop: Loop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await consenting_account(loop)
    await reviewed(loop, account, gold("mine"))
    await _deliver(loop, Format.RASA, tmp_path / "rasa", splits=tuple(Split))
    await opt_out(loop, account)
    await loop.exports.ledger.bury()
    await _later(loop, monkeypatch)
    report = await loop.rights.delete_account(account)
    (overdue,) = (await _signed(loop, report.erasure)).evidence.pending
    assert overdue.overdue_since_s == overdue.due_at_s


async def _signed(loop: Loop, erasure: str) -> Receipt:
    """The receipt that the account holder is given now, once its signature was checked."""
    progress = await loop.erasures.progress(erasure)
    return verify_receipt(progress.latest_receipt.encode(), loop.notary.public_key())


async def _later(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute after what is owed now should have been confirmed."""
    now_s = await loop.erasures._closing.now_s()

    async def later() -> float:
        return now_s + ACKNOWLEDGE_WITHIN_S + 60

    monkeypatch.setattr(loop.erasures._closing, "now_s", later)


async def test_an_erasure_after_an_opt_out_still_finds_the_export(
    loop: Loop, tmp_path: Path
) -> None:
    account = await consenting_account(loop)
    await reviewed(loop, account, gold("mine"))
    await _deliver(loop, Format.RASA, tmp_path / "rasa", splits=tuple(Split))
    await opt_out(loop, account)
    report = await loop.rights.delete_account(account)
    assert "export_acknowledgement" in report.pending


async def test_an_account_that_is_in_no_export_waits_for_none(loop: Loop, tmp_path: Path) -> None:
    await _deliver(loop, Format.RASA, tmp_path / "rasa")
    account = await consenting_account(loop)
    await reviewed(loop, account, gold("mine"))
    report = await loop.rights.delete_account(account)
    assert report.pending == ()


async def test_every_key_of_data_sets_is_owned_or_holds_nothing_of_a_person(
    loop: Loop, tmp_path: Path
) -> None:
    account = await consenting_account(loop)
    item = await reviewed(loop, account, gold("mine"))
    await _deliver(loop, Format.RASA, tmp_path / "rasa", splits=tuple(Split))
    await opt_out(loop, account)
    await loop.exports.ledger.bury()
    found = [key.decode() async for key in loop.store.scan_iter()]
    kinds = {keys.kind_of(key) for key in found if keys.kind_of(key)}
    assert {"du", "xi"} <= kinds
    assert kinds <= loop.personal_stores.key_kinds | keys.NON_PERSONAL_KINDS | keys.STAFF_KINDS
    assert {key for key in found if not keys.kind_of(key)} <= keys.NON_PERSONAL_KEYS
    held = await loop.store.hgetall(keys.EXPORTS)
    for key in found:
        if keys.kind_of(key) == "xi":
            held |= await loop.store.hgetall(key)
    assert not any(word in str(held) for word in (item, account))
