"""What was said after a wake word that nobody confirmed is never kept, whatever the consent."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from assistant.asr.recognizer import Transcript
from assistant.conversation.opening import Opening
from assistant.conversation.report import Report
from assistant.conversation.turn import Turn
from assistant.hearing.events import EndReason, Heard, HearingEvent, WakeVerified
from assistant.services import convert
from assistant.v1 import assistant_pb2 as pb
from tests.fixtures.store import an_utterance, consenting_account
from tests.fixtures.turns import turn_ports
from training_loop.access import Kind, Principal
from training_loop.loop import Loop
from training_loop.utterance import CaptureContext, Fate, Speaker, Wake

HEARD = Heard(
    transcript=Transcript(text="what time is it", confidence=0.9, words=(), alternatives=()),
    reason=EndReason.END_OF_SPEECH,
    pcm=b"\x01\x02" * 800,
    recognition_ms=1.0,
    detected_at=time.perf_counter(),
)
YES = WakeVerified(accepted=True, score=0.9, took_ms=1.0)
NO = WakeVerified(accepted=False, score=0.1, took_ms=1.0)


async def _fate(loop: Loop, account: str, events: Sequence[HearingEvent], *, woken: bool) -> Fate:
    """Of an utterance that a listener hands on after these events, right or wrong."""

    async def heard() -> AsyncIterator[HearingEvent]:
        for event in events:
            yield event

    opening = Opening(account=account, device="dev_kitchen", text_only=True, woken=woken)
    told = [event async for event in Turn(opening, turn_ports(loop)).speech(heard())]
    assert isinstance(told[-1], Report)
    return told[-1].fate


@pytest.mark.parametrize(
    ("events", "woken", "reason"),
    [
        ((NO, HEARD), True, "false_wake"),
        ((HEARD,), True, "wake_unverified"),
        ((NO, HEARD), False, "false_wake"),
    ],
)
async def test_an_utterance_whose_wake_word_was_not_confirmed_is_never_kept(
    loop: Loop, events: Sequence[HearingEvent], woken: bool, reason: str
) -> None:
    """Also where a listener goes on regardless: the policy has the verdict."""
    account = await consenting_account(loop)
    fate = await _fate(loop, account, events, woken=woken)
    assert fate == Fate(reason=reason)
    assert not (await loop.rights.history(account, 9)).entries
    assert await loop.queue.lease("reviewer") is None
    assert not list(loop.settings.blobs.rglob("*.*")) + list(loop.settings.blobs.glob("*/*"))


@pytest.mark.parametrize(("events", "woken"), [((YES, HEARD), True), ((HEARD,), False)])
async def test_a_confirmed_wake_word_and_a_button_are_kept_as_the_consent_says(
    loop: Loop, events: Sequence[HearingEvent], woken: bool
) -> None:
    fate = await _fate(loop, await consenting_account(loop), events, woken=woken)
    assert fate == Fate(kept=True, queued=True)


@pytest.mark.parametrize(
    "found_out",
    [
        {"wake": Wake.REFUSED},
        {"wake": Wake.UNVERIFIED},
        {"speaker": Speaker.STRANGER},
        {"guest": True},
    ],
)
async def test_the_store_refuses_what_was_found_out_after_the_request_began(
    loop: Loop, found_out: dict[str, object]
) -> None:
    utterance = an_utterance(await consenting_account(loop))
    consent = await loop.sink.begin(CaptureContext(account=utterance.account, device="d"))
    assert consent.history_epoch is not None
    later = replace(consent, context=replace(consent.context, **found_out))  # type: ignore[arg-type]
    fate = await loop.sink.keep(utterance, later)
    assert (fate.kept, fate.queued) == (False, False)


def test_a_start_says_whether_a_wake_word_is_claimed() -> None:
    start = pb.Start(
        audio_format=pb.AudioFormat(encoding=pb.AudioFormat.LINEAR16, sample_rate_hz=16_000)
    )
    caller = Principal(kind=Kind.DEVICE, account="acc", device="dev")
    assert not convert.spoken_start(start, caller).opening.woken
    start.wake_word.CopyFrom(pb.WakeWord(phrase="alexa", score=0.9, pre_roll_ms=1000))
    assert convert.spoken_start(start, caller).opening.woken
