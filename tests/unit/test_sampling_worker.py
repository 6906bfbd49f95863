"""De-identification beside the event loop: what goes wrong with one clip harms no other."""

from __future__ import annotations

import asyncio
import io
import os
import random
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from training_loop.review.task import DeidentifiedClip, Level, ShownWord
from training_loop.sampling.ports import NotDeidentified, Vocabulary
from training_loop.sampling.wire import BrokenMessage, Message, read, request_of
from training_loop.sampling.worker import serve
from training_loop.sampling.worker_process import WorkerProcess
from training_loop.utterance import Reading, SpokenWord, Utterance

UTTERANCE = Utterance(
    utterance_id="utt_secret",
    account="acc_secret",
    device="dev_secret",
    captured_at_s=1_700_000_000.0,
    pcm=b"\x01\x02" * 1600,
    heard="turn on the light",
    confidence=0.8,
    words=(SpokenWord(text="turn", start_ms=0, end_ms=90, confidence=0.8),),
    alternatives=(Reading(text="turn off the light", confidence=0.2),),
    intent="turn_on",
    answer="a secret answer",
)

_PROGRAM = """
import sys, time, os
from training_loop.sampling.wire import Message, read
from training_loop.sampling.worker import serve
from training_loop.review.task import DeidentifiedClip, Level
class Odd:
    def deidentify(self, utterance, *, names, vocabulary, chance):
        if utterance.heard == "crash": os._exit(139)
        if utterance.heard == "hang": time.sleep(600)
        if utterance.heard == "fail": raise ValueError(utterance.heard + " secret")
        if utterance.heard == "noise": os.write(1, b"x" * 64)
        return DeidentifiedClip(pcm=utterance.pcm[::-1], level=Level.ALTERED_VOICE,
            text=str(os.getpid()),
            readings=tuple(filter(vocabulary.known, ("anna", "light", "open"))))
class Open:
    def known(self, word): return word == "open"
serve(Odd(), Open(), sys.stdin.buffer, sys.stdout.buffer)
"""


def process() -> WorkerProcess:
    return WorkerProcess((sys.executable, "-c", _PROGRAM))


async def clip(worker: WorkerProcess, heard: str) -> DeidentifiedClip:
    return await worker.clip(
        replace(UTTERANCE, heard=heard), frozenset({"anna"}), frozenset({"light"})
    )


async def test_a_clip_comes_back_from_another_process_and_the_next_from_the_same() -> None:
    async with process() as worker:
        first, second = await clip(worker, "turn on"), await clip(worker, "turn off")
        assert first.pcm == UTTERANCE.pcm[::-1]
        assert first.readings == ("light", "open")
        assert first.text == second.text != str(os.getpid())
    with pytest.raises(ProcessLookupError):
        os.kill(int(first.text), 0)


@pytest.mark.parametrize("heard", ["crash", "hang", "noise"])
async def test_a_worker_that_crashes_hangs_or_babbles_costs_one_clip(heard: str) -> None:
    async with process() as worker:
        before = await clip(worker, "turn on")
        worker.within_s = 1.0 if heard == "hang" else 30.0
        with pytest.raises(NotDeidentified):
            await clip(worker, heard)
        worker.within_s = 30.0
        assert (await clip(worker, "turn on")).text != before.text


async def test_a_clip_that_fails_is_told_by_the_kind_of_failure_alone() -> None:
    async with process() as worker:
        before = await clip(worker, "turn on")
        with pytest.raises(NotDeidentified) as caught:
            await clip(worker, "fail")
        assert "ValueError" in str(caught.value)
        assert "secret" not in str(caught.value)
        assert (await clip(worker, "turn on")).text == before.text


async def test_an_answer_that_nobody_waited_for_is_not_taken_for_the_next_one() -> None:
    async with process() as worker:
        before = await clip(worker, "turn on")
        waiting = asyncio.create_task(clip(worker, "hang"))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert (await clip(worker, "turn on")).text != before.text


async def test_a_program_that_is_missing_is_a_clip_that_could_not_be_made(tmp_path: Path) -> None:
    async with WorkerProcess((str(tmp_path / "missing"),)) as worker:
        with pytest.raises(NotDeidentified):
            await clip(worker, "turn on")


def test_the_worker_is_not_told_whose_words_it_gets() -> None:
    sent = bytes(request_of(UTTERANCE, ["anna"], ["light"]))
    assert b"light" in sent
    assert b"secret" not in sent
    assert b"1700000000" not in sent


class _Nothing:
    def known(self, word: str) -> bool:
        return False


class _Echo:
    def deidentify(
        self,
        utterance: Utterance,
        *,
        names: frozenset[str],
        vocabulary: Vocabulary,
        chance: random.Random,
    ) -> DeidentifiedClip:
        assert vocabulary.known("turn")
        assert not vocabulary.known("anna")
        assert utterance.words == UTTERANCE.words
        assert utterance.alternatives == UTTERANCE.alternatives
        words = tuple(
            ShownWord(text=one.text, start_ms=one.start_ms, end_ms=one.end_ms)
            for one in utterance.words
        )
        return DeidentifiedClip(
            pcm=utterance.pcm, level=Level.ALTERED_VOICE, text=utterance.heard, words=words
        )


def test_it_answers_each_request_and_ends_with_its_input() -> None:
    asked = bytes(request_of(UTTERANCE, ["anna"], ["turn"])) * 3
    answers = io.BytesIO()
    serve(_Echo(), _Nothing(), io.BytesIO(asked), answers)
    answers.seek(0)
    found = [read(answers) for _ in range(4)]
    assert found[3] is None
    assert {one.content["clip"]["clip"]["text"] for one in found[:3] if one} == {UTTERANCE.heard}


@pytest.mark.parametrize(
    "broken", [b"\xff" * 8, bytes(Message(content={}))[:8] + b"[]", b"\0\0\0\2\0\0\0\0{]"]
)
def test_what_is_no_message_is_refused(broken: bytes) -> None:
    with pytest.raises(BrokenMessage):
        read(io.BytesIO(broken))
