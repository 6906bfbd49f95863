"""An archive holds everything of one account, is made in the dark, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import io
import json
import os
import resource
import tracemalloc
import wave
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from assistant.accounts.devices import DeviceRegister
from assistant.answers.lists import Lists
from tests.fixtures.store import (
    a_review,
    an_utterance,
    consenting_account,
    say,
)
from tests.store.clips_in_review import a_clip, heard, lent, sources
from training_loop.consent.errors import ExportFailed, ExportInProgress, NoRecording
from training_loop.errors import AccountGone
from training_loop.export.sealed_spool import CHUNK_BYTES, SealedSpool
from training_loop.export.sound import wav
from training_loop.loop import Loop
from training_loop.review.task import SampleReason
from training_loop.rights import CONSENT_TEXT_VERSION
from training_loop.vault.errors import Corrupted


async def _archive(loop: Loop, account: str) -> zipfile.ZipFile:
    async with loop.rights.export(account) as chunks:
        content = b"".join([chunk async for chunk in chunks])
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert archive.testzip() is None
    return archive


def _json(archive: zipfile.ZipFile, name: str) -> Any:
    return json.loads(archive.read(name))


class _Page(HTMLParser):
    """What a browser would show and load."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.loads: list[str] = []
        self.tags: set[str] = set()

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.loads += [value or "" for name, value in attributes if name in ("src", "href")]


def _page(archive: zipfile.ZipFile) -> _Page:
    page = _Page()
    page.feed(archive.read("index.html").decode())
    return page


async def test_an_archive_holds_every_utterance_with_its_sound_and_its_reason(loop: Loop) -> None:
    account = await consenting_account(loop)
    said = [await say(loop, account) for _ in range(3)]
    typed = await say(loop, account, an_utterance(account, pcm=b"", heard="typed in"))
    lease = await loop.queue.lease("reviewer", oldest=True)
    assert lease
    await loop.queue.ack(lease, a_review("what the reviewer wrote"))
    (source,) = [one for one in await sources(loop.tasks) if one.item == said[1].utterance_id]
    await loop.tasks.offer(source, a_clip("set a <rare>"), SampleReason.RANDOM)
    task = await lent(loop.tasks, "anna")
    assert await heard(loop.tasks, "anna", task.name)
    await loop.rights.correct(account, said[2].utterance_id, text="what i really said")
    archive = await _archive(loop, account)
    told = {one["utterance_id"]: one for one in _json(archive, "utterances.json")["utterances"]}
    assert set(told) == {one.utterance_id for one in (*said, typed)}
    for one in said:
        with wave.open(io.BytesIO(archive.read(f"recordings/{one.utterance_id}.wav"))) as sound:
            assert sound.readframes(sound.getnframes()) == one.pcm
            assert (sound.getframerate(), sound.getnchannels()) == (16_000, 1)
    first = told[said[0].utterance_id]
    assert first["heard"] == said[0].heard
    assert first["words"][0]["text"] == said[0].words[0].text
    assert first["entities"][0]["name"] == "duration"
    assert first["kept"][0]["consent"]["text_version"] == CONSENT_TEXT_VERSION
    assert first["kept"][1]["reviewed_text"] == "what the reviewer wrote"
    assert told[said[2].utterance_id]["correction"]["text"] == "what i really said"
    assert told[typed.utterance_id]["recording"] is None
    assert "reviewer-" in str(_json(archive, "lineage.json"))
    (clip,) = _json(archive, "review.json")["clips"]
    assert (clip["utterance_id"], clip["text"]) == (said[1].utterance_id, "set a <rare>")
    assert _json(archive, "account.json")["settings"]["keep_history"] is True


async def test_every_registered_place_has_its_file(loop: Loop) -> None:
    lists, devices = Lists(loop.store, loop.sealer), DeviceRegister(loop.store, loop.sealer)
    for store in (lists, devices):
        loop.personal_stores.register(store)
    account = await consenting_account(loop)
    await lists.change(account, "shopping", lambda items: (*items, "oat milk"))
    archive = await _archive(loop, account)
    names = set(archive.namelist())
    assert {f"{store.name}.json" for store in loop.personal_stores} <= names
    assert "oat milk" in str(_json(archive, f"{lists.name}.json"))
    assert "oat milk" in _page(archive).text


async def test_the_page_says_what_why_and_since_when_and_loads_nothing_from_elsewhere(
    loop: Loop,
) -> None:
    account = await consenting_account(loop)
    nasty = '<script>alert(1)</script> & "quotes"'
    said = await say(loop, account, an_utterance(account, heard=nasty))
    archive = await _archive(loop, account)
    page = _page(archive)
    assert nasty in page.text
    assert "script" not in page.tags
    assert page.loads == [f"recordings/{said.utterance_id}.wav"]
    assert page.loads[0] in archive.namelist()
    for part in ("For your history, until", "For learning, until", "You agreed on", "text 2026-11"):
        assert part in page.text
    assert "keep_history = true" in page.text


async def test_an_archive_holds_nothing_of_another_account(loop: Loop) -> None:
    mine, other = await consenting_account(loop), await consenting_account(loop)
    await say(loop, mine)
    await say(loop, other, an_utterance(other, heard="the neighbours secret"))
    archive = await _archive(loop, mine)
    content = b"".join(archive.read(name) for name in archive.namelist())
    assert b"neighbours" not in content
    assert other.encode() not in content


async def test_an_account_without_anything_gets_a_page_all_the_same(loop: Loop) -> None:
    account = (await loop.accounts.create()).account
    archive = await _archive(loop, account)
    assert _json(archive, "utterances.json") == {"utterances": []}
    assert "Not kept." in _page(archive).text
    with pytest.raises(AccountGone):
        await _archive(loop, "acc_x")


async def test_an_export_is_in_the_audit_log_before_its_first_byte(loop: Loop) -> None:
    account = await consenting_account(loop)
    async with loop.rights.export(account):
        lines = [
            line for shard in await loop.audit.heads() async for line in loop.audit.lines(shard)
        ]
    assert sum(" export_made " in line for line in lines) == 1
    assert not any(account in line for line in lines)


@contextmanager
def _no_file_larger_than(limit: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _nameless(directory: Path) -> list[Path]:
    """Open files of this process that lie in a directory without a name."""
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the one that lists them
            target = str(descriptor.readlink())
            if target.startswith(str(directory)) and target.endswith("(deleted)"):
                found.append(descriptor)
    return found


async def test_a_disk_that_fills_mid_export_is_said_and_leaves_nothing(loop: Loop) -> None:
    account = await consenting_account(loop)
    for _ in range(3):
        await say(loop, account, an_utterance(account, pcm=os.urandom(CHUNK_BYTES)))
    before = {path for path in loop.settings.state.rglob("*") if path.is_file()}
    with _no_file_larger_than(2 * CHUNK_BYTES), pytest.raises(ExportFailed) as refused:
        await _archive(loop, account)
    assert refused.value.code == "EXPORT_FAILED"
    assert {path for path in loop.settings.state.rglob("*") if path.is_file()} == before
    assert _nameless(loop.settings.state) == []
    assert len((await _archive(loop, account)).namelist()) > 3, "with room it works again"


async def test_nothing_of_an_archive_is_readable_on_the_disk(loop: Loop) -> None:
    """While it is fetched: no file with a name, and no plain word in the one without."""
    account = await consenting_account(loop)
    await say(loop, account, an_utterance(account, heard="xylophone " * 2000))
    names = {path.name for path in loop.settings.state.iterdir()}
    async with loop.rights.export(account) as chunks:
        first = await anext(chunks)
        assert b"index.html" in first
        assert {path.name for path in loop.settings.state.iterdir()} == names
        sealed = [file.read_bytes() for file in _nameless(loop.settings.state)]
        assert any(sealed)
        assert not any(b"xylophone" in one or b"index.html" in one for one in sealed)


async def test_one_account_fetches_one_archive_at_a_time(loop: Loop) -> None:
    account = await consenting_account(loop)
    async with loop.rights.export(account):
        with pytest.raises(ExportInProgress):
            async with loop.rights.export(account):
                pass
    await _archive(loop, account)


async def test_an_account_that_is_deleted_while_its_archive_is_fetched_gets_no_more(
    loop: Loop,
) -> None:
    account = await consenting_account(loop)
    for _ in range(3):
        await say(loop, account, an_utterance(account, pcm=os.urandom(CHUNK_BYTES)))
    async with loop.rights.export(account) as chunks:
        await anext(chunks)
        await loop.rights.delete_account(account)
        with pytest.raises(AccountGone):
            await anext(chunks)


async def test_an_utterance_that_is_deleted_meanwhile_is_left_out(loop: Loop) -> None:
    account = await consenting_account(loop)
    said = [await say(loop, account) for _ in range(30)]

    async def delete() -> None:
        await loop.rights.delete_matching(account, until_s=said[15].captured_at_s)

    archive, _ = await asyncio.gather(_archive(loop, account), delete())
    told = _json(archive, "utterances.json")["utterances"]
    assert len(told) >= 15
    recordings = [name for name in archive.namelist() if name.startswith("recordings/")]
    assert len(recordings) == len(told)


async def test_memory_stays_bounded_however_much_there_is(loop: Loop) -> None:
    account = await consenting_account(loop)
    pcm = os.urandom(500_000)
    for _ in range(24):
        await say(loop, account, replace(an_utterance(account), pcm=pcm))
    tracemalloc.start()
    total = 0
    async with loop.rights.export(account) as chunks:
        async for chunk in chunks:
            assert len(chunk) <= CHUNK_BYTES
            total += len(chunk)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total > 12_000_000
    assert peak < 6_000_000


def test_a_spool_gives_back_what_was_written(tmp_path: Path) -> None:
    content = os.urandom(3 * CHUNK_BYTES + 17)
    with SealedSpool(tmp_path) as spool:
        for start in range(0, len(content), 10_007):
            spool.write(content[start : start + 10_007])
        assert b"".join(spool.chunks()) == content
        assert list(tmp_path.iterdir()) == []


def test_a_spool_that_was_changed_fails_loudly(tmp_path: Path) -> None:
    with SealedSpool(tmp_path) as spool:
        spool.write(os.urandom(100))
        assert b"".join(spool.chunks())
        spool._file.seek(20)
        spool._file.write(b"changed")
        with pytest.raises(Corrupted):
            list(spool.chunks())


def test_typed_requests_have_no_recording() -> None:
    with pytest.raises(NoRecording):
        wav(b"")
