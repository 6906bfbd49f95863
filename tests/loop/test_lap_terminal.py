"""`training-loop` as a person meets it: a real terminal, a real store, keys pressed."""

from __future__ import annotations

import asyncio
import os
import pty
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.fixtures.store import an_utterance, consenting_account, opt_out, say
from tests.fixtures.training import rasa_archive
from training_loop.loop import Loop
from training_loop.registry.registry import ModelRegistry
from training_loop.settings import LoopSettings
from training_loop.training.project import NluProject

MENU = "uit\r\n> "


@pytest.fixture
def environment(loop_settings: LoopSettings, lap_project: NluProject) -> dict[str, str]:
    return {
        **os.environ,
        "EARMARK_STATE": str(loop_settings.state),
        "EARMARK_STORE_URL": loop_settings.store_url,
        "EARMARK_NLU_PROJECT": str(lap_project.root),
        "TERM": "xterm",
        "COLUMNS": "160",
    }


@dataclass(slots=True, kw_only=True)
class Terminal:
    """The other end of a pseudo-terminal in which a command runs."""

    descriptor: int
    process: asyncio.subprocess.Process
    shown: str = ""

    async def until(self, words: str) -> None:
        """Reads until the words were shown since the last time."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(30):
            while words not in self.shown:
                try:
                    read = await loop.run_in_executor(None, os.read, self.descriptor, 65536)
                except OSError:  # the command has ended
                    read = b""
                assert read, f"ended without {words!r}: {self.shown}"
                self.shown += read.decode(errors="replace")
        self.shown = self.shown.partition(words)[2]

    def press(self, keys: str) -> None:
        os.write(self.descriptor, keys.encode())


@asynccontextmanager
async def terminal(environment: dict[str, str], *arguments: str) -> AsyncIterator[Terminal]:
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "training_loop.cli", *arguments),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Terminal(descriptor=ours, process=process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        os.close(ours)


async def test_a_reviewer_corrects_text_intent_and_entities(
    loop: Loop, environment: dict[str, str]
) -> None:
    account = await consenting_account(loop)
    heard = an_utterance(account, heard="set a time are for ten minutes", pcm=b"")
    await say(loop, account, replace(heard, intent="stop", entities=()))
    async with terminal(environment, "review", "--reviewer", "r1") as screen:
        await screen.until(MENU)
        screen.press("t\n")
        await screen.until("text> ")
        screen.press("\x15set a timer for ten minutes\n")  # ^U clears what was filled in
        await screen.until(MENU)
        screen.press("e\n")
        await screen.until("marked> ")
        screen.press("\x15set a timer for [ten minutes](duration)\n")
        await screen.until(MENU)
        screen.press("i\n")
        await screen.until("intent> ")
        screen.press("set_t\t\n")
        await screen.until(MENU)
        screen.press("\n")
        await screen.until("1 confirmed")
        assert await screen.process.wait() == 0
    (reviewed,) = [item async for item in loop.queue.reviewed()]
    assert reviewed.review.text == "set a timer for ten minutes"
    assert reviewed.review.intent == "set_timer"
    assert [entity.text for entity in reviewed.review.entities] == ["ten minutes"]
    assert reviewed.review.reviewer == "r1"


async def test_an_opt_out_closes_the_open_clip_while_nobody_presses_a_key(
    loop: Loop, environment: dict[str, str]
) -> None:
    account = await consenting_account(loop)
    await say(loop, account)
    async with terminal(environment, "review", "--text-first") as screen:
        await screen.until(MENU)
        await opt_out(loop, account)
        await screen.until("no longer yours to hear")
        assert await screen.process.wait() == 0
    assert [item async for item in loop.queue.reviewed()] == []


async def test_flagging_deletes_and_skipping_gives_back(
    loop: Loop, environment: dict[str, str]
) -> None:
    account = await consenting_account(loop)
    await say(loop, account)
    await say(loop, account)
    async with terminal(environment, "review") as screen:
        await screen.until(MENU)
        screen.press("f\n")
        await screen.until(MENU)
        screen.press("s\n")
        await screen.until("1 skipped, 1 flagged")
        assert await screen.process.wait() == 0
    counted = await loop.queue.statistics()
    assert (counted.ready, counted.leased, counted.reviewed) == (1, 0, 0)


async def test_the_clip_can_be_heard_and_is_gone_afterwards(
    loop: Loop, environment: dict[str, str], tmp_path: Path
) -> None:
    account = await consenting_account(loop)
    await say(loop, account)
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    async with terminal({**environment, "TMPDIR": str(temporary)}, "review") as screen:
        await screen.until(MENU)
        clips = list(temporary.rglob("*.wav"))
        assert [clip.stat().st_mode & 0o777 for clip in clips] in ([0o600], [])
        screen.press("q\n")
        assert await screen.process.wait() == 0
    assert list(temporary.iterdir()) == []
    assert (await loop.queue.statistics()).ready == 1


async def test_models_and_queue_are_listed_without_content(
    loop: Loop, loop_settings: LoopSettings, environment: dict[str, str], tmp_path: Path
) -> None:
    account = await consenting_account(loop)
    utterance = await say(loop, account)
    registry = ModelRegistry(loop_settings.state / "registry", loop.store)
    base = await registry.ensure_base(rasa_archive(tmp_path / "base.tar.gz", b"base"))
    wanted = {
        ("queue", "statistics"): "accounts",
        ("queue", "list"): "ready",
        ("models", "list"): "serving",
        ("models", "show", base.model[:10]): base.fingerprint,
    }
    ended = await asyncio.gather(*(_run(environment, *arguments) for arguments in wanted))
    for (code, said), words in zip(ended, wanted.values(), strict=True):
        assert (code, words in said) == (0, True), said
        for personal in (account, utterance.heard, utterance.device):
            assert personal not in said


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("retrain", "nlu"), 1, "TOO_FEW_ITEMS"),
        (("rollback", "nlu"), 1, "NOTHING_TO_ROLL_BACK_TO"),
        (("models", "show", "nlu-nothing"), 2, "No model begins so"),
    ],
)
async def test_failures_are_a_code_and_what_to_do(
    loop: Loop,
    loop_settings: LoopSettings,
    environment: dict[str, str],
    tmp_path: Path,
    arguments: tuple[str, ...],
    code: int,
    told: str,
) -> None:
    registry = ModelRegistry(loop_settings.state / "registry", loop.store)
    await registry.ensure_base(rasa_archive(tmp_path / "base.tar.gz", b"base"))
    ended, said = await _run(environment, *arguments)
    assert (ended, told in said) == (code, True), said
    assert "Traceback" not in said


async def _run(environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "training_loop.cli", *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()
