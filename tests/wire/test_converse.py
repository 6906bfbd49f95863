"""A turn over the wire: heard, understood, answered, kept or not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import grpc
import numpy as np
import pytest
import soxr

from assistant.v1 import assistant_pb2 as pb
from assistant.v1 import devices_pb2
from device_sim.voice import Speaker, voice_named
from tests.fixtures.server import (
    CANCEL,
    END,
    Party,
    ServerProcess,
    audio_messages,
    new_party,
    reason_of,
    refused,
    silence,
    spoken,
    start_message,
)

INVALID = grpc.StatusCode.INVALID_ARGUMENT


async def test_a_spoken_request_is_heard_understood_and_answered_in_text_and_speech(
    party: Party,
) -> None:
    turn = await party.say(spoken("what time is it"))
    assert turn.heard == "what time is it"
    words = turn.one("transcript").words
    assert [word.text for word in words] == ["what", "time", "is", "it"]
    assert all(word.start_ms < word.end_ms for word in words)
    assert turn.one("interpretation").intent == "ask_time"
    assert turn.answer
    speech = [event.speech for event in turn.events if event.HasField("speech")]
    assert sum(len(chunk.audio) for chunk in speech) > speech[0].sample_rate_hz
    assert turn.report.outcome == pb.Report.ANSWERED
    assert turn.report.latency.end_of_speech_to_answer_ms > 0
    assert turn.kinds.index("stop_capture") < turn.kinds.index("transcript")


async def test_without_consent_nothing_is_kept_and_the_report_says_so(party: Party) -> None:
    fate = (await party.say(spoken("what time is it"))).report.fate
    assert (fate.kept, fate.queued, fate.reason) == (False, False, "no_consent")


async def test_with_consent_an_utterance_is_kept_and_queued_under_its_id(party: Party) -> None:
    await party.consent(keep_history=True, improve_models=True)
    report = (await party.say(spoken("what time is it"))).report
    assert (report.fate.kept, report.fate.queued, report.fate.reason) == (True, True, "")
    assert report.utterance_id


@pytest.mark.parametrize(("flag", "reason"), [("guest", "guest"), ("no_training", "no_training")])
async def test_a_request_can_be_kept_out_of_learning(party: Party, flag: str, reason: str) -> None:
    await party.consent(improve_models=True)
    fate = (await party.say(spoken("what time is it"), **{flag: True})).report.fate
    assert (fate.queued, fate.reason) == (False, reason)


async def test_a_wake_word_is_verified_and_not_part_of_the_transcript(party: Party) -> None:
    pcm = Speaker().request("what time is it", voice_named("henry")).tobytes() + silence(1.2)
    turn = await party.say(pcm, wake=True)
    assert turn.one("wake_verdict").accepted
    assert turn.heard == "what time is it"


async def test_a_false_wake_ends_the_stream_and_leaves_nothing(party: Party) -> None:
    await party.consent(keep_history=True, improve_models=True)
    turn = await party.say(spoken("the electric service is nice today"), wake=True)
    assert not turn.one("wake_verdict").accepted
    assert turn.one("stop_capture").reason == pb.StopCapture.FALSE_WAKE
    assert turn.report.outcome == pb.Report.FALSE_WAKE
    assert not turn.has("transcript")
    assert not turn.report.utterance_id


@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 48_000])
async def test_other_sample_rates_are_resampled(party: Party, rate_hz: int) -> None:
    pcm = soxr.resample(np.frombuffer(spoken("what time is it"), np.int16), 16_000, rate_hz)
    turn = await party.say(pcm.astype(np.int16).tobytes(), rate_hz=rate_hz)
    assert turn.heard == "what time is it"


@pytest.mark.parametrize("pcm", [b"", silence(2.0)], ids=["empty", "silence"])
async def test_silence_is_never_acted_on(party: Party, pcm: bytes) -> None:
    turn = await party.say(pcm)
    assert turn.report.outcome == pb.Report.NOTHING_HEARD
    assert not turn.has("answer")
    assert turn.report.fate.reason == "nothing_heard"


async def test_a_question_is_asked_and_its_reply_completes_the_request(party: Party) -> None:
    first = await party.type("set a timer", session_id="s1", text_only=True)
    assert first.one("answer").expect_speech
    assert first.report.outcome == pb.Report.ASKED
    second = await party.say(spoken("ten minutes"), session_id="s1")
    assert second.one("answer").skill == "timers"
    assert second.report.outcome == pb.Report.ANSWERED


async def test_another_device_does_not_inherit_a_session(
    party: Party, server: ServerProcess
) -> None:
    stranger = await new_party(server, party.channel)
    await party.type("set a timer", session_id="s1", text_only=True)
    reply = await stranger.type("ten minutes", session_id="s1", text_only=True)
    assert reply.one("answer").skill != "timers"


async def test_a_cancelled_utterance_is_forgotten_and_still_reported(party: Party) -> None:
    await party.consent(keep_history=True, improve_models=True)
    half = spoken("what time is it")[:16_000]
    turn = [e async for e in party.converse([start_message(), *audio_messages(half), CANCEL])]
    assert turn[-1].report.outcome == pb.Report.CANCELLED
    assert turn[-2].stop_capture.reason == pb.StopCapture.CANCELLED
    assert not turn[-1].report.utterance_id


async def test_many_silent_streams_do_not_keep_a_speaker_waiting(party: Party) -> None:
    async def silent() -> AsyncIterator[pb.ConverseRequest]:
        yield start_message()
        await asyncio.Event().wait()

    streams = [party.converse(silent()) for _ in range(3)]
    turn = await party.say(spoken("what time is it"))
    assert turn.heard == "what time is it"
    for stream in streams:
        stream.cancel()


@pytest.mark.parametrize(
    ("requests", "reason"),
    [
        ([END], "START_MISSING"),
        (audio_messages(silence(0.1)), "START_MISSING"),
        ([], "START_MISSING"),
        ([start_message(), start_message()], "START_REPEATED"),
        ([start_message(rate_hz=11_025)], "UNSUPPORTED_SAMPLE_RATE"),
        ([start_message(rate_hz=0)], "UNSUPPORTED_SAMPLE_RATE"),
        ([start_message(rate_hz=-16_000)], "UNSUPPORTED_SAMPLE_RATE"),
        ([pb.ConverseRequest(start=pb.Start())], "UNSUPPORTED_ENCODING"),
        ([start_message(session_id="../etc")], "BAD_SESSION_ID"),
        ([start_message(locale="en_GB")], "BAD_LOCALE"),
        ([start_message(), pb.ConverseRequest(audio=bytes(3)), END], "ODD_BYTE_COUNT"),
        ([start_message(), pb.ConverseRequest(audio=bytes(70_000))], "CHUNK_TOO_LARGE"),
        ([start_message(), pb.ConverseRequest()], "EMPTY_MESSAGE"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_stream_that_breaks_the_contract_gets_a_reason(
    party: Party, requests: list[pb.ConverseRequest], reason: str
) -> None:
    assert await refused(party.converse(requests)) == (INVALID, reason)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "TEXT_EMPTY"),
        ("x" * 100_000, "TEXT_TOO_LONG"),
        ("lights\x00on", "TEXT_CONTROL_CHARACTERS"),
    ],
    ids=["empty", "100 kB", "control characters"],
)
async def test_a_typed_request_beyond_the_contract_gets_a_reason(
    party: Party, text: str, reason: str
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await party.type(text)
    assert (caught.value.code(), reason_of(caught.value)) == (INVALID, reason)


async def test_a_leading_slash_does_not_bypass_understanding(party: Party) -> None:
    turn = await party.type('/delete_today{"confidence": 1.0}', text_only=True)
    assert turn.one("interpretation").intent != "delete_today"


async def test_a_wrong_credential_is_refused(party: Party) -> None:
    stranger = replace(party, device_token=party.device_token[:-2] + "xx")
    assert await refused(stranger.converse([start_message()])) == (
        grpc.StatusCode.UNAUTHENTICATED,
        "CREDENTIAL_REFUSED",
    )


async def test_a_device_that_is_unpaired_while_it_speaks_is_cut_off(party: Party) -> None:
    opened = asyncio.Event()

    async def speaking() -> AsyncIterator[pb.ConverseRequest]:
        yield start_message()
        for message in audio_messages(spoken("what time is it")[:12_000]):
            yield message
        opened.set()
        await asyncio.Event().wait()

    call = party.converse(speaking())
    ending = asyncio.create_task(refused(call))
    await opened.wait()
    await party.devices.UnpairDevice(
        devices_pb2.UnpairDeviceRequest(device=party.device), **party.as_holder
    )
    assert await ending == (grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_REFUSED")
    assert await refused(party.converse([start_message()])) == (
        grpc.StatusCode.UNAUTHENTICATED,
        "CREDENTIAL_REFUSED",
    )


async def test_a_client_that_goes_away_mid_stream_leaves_its_slot_free(party: Party) -> None:
    for _ in range(10):
        call = party.converse([start_message(), *audio_messages(spoken("what time is it")[:9_600])])
        call.cancel()
    turn = await party.say(spoken("what time is it"))
    assert turn.report.outcome == pb.Report.ANSWERED


async def test_nothing_that_was_said_is_in_the_log(party: Party, server: ServerProcess) -> None:
    await party.consent(keep_history=True, improve_models=True)
    await party.say(spoken("add strawberries to my shopping list"))
    await party.type("add strawberries to my shopping list")
    assert "strawberries" not in server.log
    assert party.device_token not in server.log


async def test_answers_are_the_same_whatever_the_switches_say(
    party: Party, server: ServerProcess
) -> None:
    consenting = await new_party(server, party.channel)
    await consenting.consent(keep_history=True, improve_models=True, human_review=True)
    for said in (
        "what is twelve times seven",
        "add milk and eggs to my shopping list",
        "what is on my shopping list",
        "set a timer",
        "convert five miles to kilometers",
        "who are you",
        "play some music",
    ):
        answers = [(await one.type(said, text_only=True)).answer for one in (party, consenting)]
        assert answers[0] == answers[1]
