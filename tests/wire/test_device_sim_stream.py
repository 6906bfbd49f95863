"""What a device sends and gathers, over a real channel."""

from __future__ import annotations

import numpy as np
import pytest
from google.rpc import code_pb2

from assistant.v1 import assistant_pb2 as pb
from device_sim.device import Device, pair
from device_sim.errors import CallFailed
from device_sim.loudspeaker import WavFile
from device_sim.microphone import Pace, Recording, read_file
from device_sim.pcm import BYTES_PER_MS, Samples, silence
from device_sim.stream import ConverseStream, Options
from device_sim.turn import Turn
from device_sim.voice import Speaker, voice_named
from device_sim.wake import HOLD_MS, SETTLE_MS, WakeDetection, WakeDetector
from tests.fixtures.device_sim import ScriptedServer, report, said, stop


def tone(seconds: float) -> Samples:
    return (np.arange(round(seconds * 16000)) % 199).astype(np.int16)


@pytest.fixture(scope="module")
def detector() -> WakeDetector:
    return WakeDetector(("alexa",))


async def test_start_comes_first_then_the_pre_roll_then_live_sound(
    scripted_server: ScriptedServer,
) -> None:
    pre_roll = b"\x01\x00" * 16 * 1000
    live = tone(0.5)
    stream = ConverseStream(
        scripted_server.channel,
        "secret",
        session_id="s1",
        options=Options(
            guest=True,
            no_training=True,
            text_only=True,
            device_kind=pb.DEVICE_KIND_DISPLAY,
            locale="en-GB",
        ),
        wake=WakeDetection(phrase="alexa", score=0.75),
        pre_roll=pre_roll,
    )
    turn = await stream.run(Recording(live))
    heard = scripted_server.assistant.streams[0]
    assert heard.metadata["authorization"] == "Bearer secret"
    assert heard.start.wake_word.phrase == "alexa"
    assert heard.start.wake_word.score == 0.75
    assert heard.start.wake_word.pre_roll_ms == 1000
    assert (heard.start.session_id, heard.start.guest) == ("s1", True)
    assert (heard.start.no_training, heard.start.text_only) == (True, True)
    assert heard.start.device_kind == pb.DEVICE_KIND_DISPLAY
    assert heard.start.locale == "en-GB"
    assert heard.start.audio_format.sample_rate_hz == 16_000
    assert heard.start.audio_format.encoding == pb.AudioFormat.LINEAR16
    assert heard.pcm == pre_roll + live.tobytes()
    assert max(len(chunk) for chunk in heard.audio) <= 64 << 10
    assert heard.ended_by == "end_of_audio"
    assert turn.sent_ms == 1500


async def test_the_device_falls_silent_at_stop_capture(scripted_server: ScriptedServer) -> None:
    scripted_server.assistant.enough_bytes = 500 * BYTES_PER_MS
    scripted_server.assistant.answers = [[stop(), said("yes"), report()]]
    source = Recording(tone(60), pace=Pace.REAL_TIME)
    turn = await ConverseStream(scripted_server.channel, "t").run(source)
    assert turn.stop_reason == "end_of_speech"
    assert turn.answer is not None
    assert turn.answer.text == "yes"
    assert 500 <= turn.sent_ms < 30_000, "of a minute"


async def test_every_event_is_gathered(scripted_server: ScriptedServer) -> None:
    events = [
        pb.ConverseResponse(wake_verdict=pb.WakeVerdict(accepted=True, score=0.5)),
        pb.ConverseResponse(partial=pb.Partial(text="set")),
        pb.ConverseResponse(partial=pb.Partial(text="set a timer")),
        stop(pb.StopCapture.MAXIMUM_DURATION),
        pb.ConverseResponse(
            transcript=pb.Transcript(
                text="set a timer",
                confidence=0.5,
                words=[pb.Word(text="set", start_ms=100, end_ms=300, confidence=0.25)],
                alternatives=[pb.Alternative(text="get a timer", confidence=0.25)],
            )
        ),
        pb.ConverseResponse(
            interpretation=pb.Interpretation(
                intent="set_timer",
                confidence=0.5,
                entities=[pb.Entity(name="duration", role="total", value="PT5M", text="five")],
            )
        ),
        pb.ConverseResponse(answer=pb.Answer(text="For how long?", skill="timers")),
        pb.ConverseResponse(speech=pb.Speech(audio=b"\x01\x00" * 4, sample_rate_hz=22050)),
        pb.ConverseResponse(speech=pb.Speech(audio=b"\x02\x00" * 4, sample_rate_hz=22050)),
        pb.ConverseResponse(
            report=pb.Report(
                utterance_id="u1",
                outcome=pb.Report.ASKED,
                fate=pb.Fate(kept=True, queued=False, reason="no_training"),
                latency=pb.Latency(recognition_ms=12, end_of_speech_to_answer_ms=34),
            )
        ),
    ]
    scripted_server.assistant.answers = [events]
    seen: list[str | None] = []
    turn = await ConverseStream(scripted_server.channel, "t").run(
        Recording(tone(0.2)), lambda event: seen.append(event.WhichOneof("event"))
    )
    assert turn.verdict is not None
    assert turn.verdict.accepted
    assert turn.partials == ("set", "set a timer")
    assert turn.stop_reason == "maximum_duration"
    assert turn.transcript is not None
    assert turn.transcript.words[0].end_ms == 300
    assert turn.transcript.alternatives[0].text == "get a timer"
    assert turn.interpretation is not None
    assert turn.interpretation.entities[0].role == "total"
    assert turn.speech is not None
    assert turn.speech.pcm == b"\x01\x00" * 4 + b"\x02\x00" * 4
    assert turn.report is not None
    assert (turn.report.outcome, turn.report.utterance_id) == ("asked", "u1")
    assert (turn.report.kept, turn.report.queued) == (True, False)
    assert turn.report.stage_ms["end_of_speech_to_answer"] == 34
    assert turn.timing.answer_ms is not None
    assert len(seen) == len(events)


async def test_a_spoken_wake_word_opens_the_stream_with_the_word_in_the_pre_roll(
    scripted_server: ScriptedServer, detector: WakeDetector
) -> None:
    voice = voice_named("nina")
    sound = np.concatenate([Speaker().request("what time is it", voice), silence(0.5)])
    device = Device(scripted_server.channel, "t", detector=detector)
    turns = [turn async for turn in device.listen(Recording(sound))]
    assert len(turns) == 1
    heard = scripted_server.assistant.streams[0]
    assert heard.start.wake_word.phrase == "alexa"
    assert heard.start.wake_word.score > 0.5
    assert heard.start.session_id
    assert HOLD_MS <= heard.start.wake_word.pre_roll_ms <= HOLD_MS + SETTLE_MS
    assert sound[8000:16000].tobytes() in heard.pcm
    assert heard.pcm.endswith(silence(0.4).tobytes())


async def test_speech_without_a_wake_word_never_leaves_the_device(
    scripted_server: ScriptedServer, detector: WakeDetector
) -> None:
    sound = Speaker().say("what time is it in the kitchen", voice_named("nina"))
    device = Device(scripted_server.channel, "t", detector=detector)
    assert [turn async for turn in device.listen(Recording(sound))] == []
    assert scripted_server.assistant.streams == []


async def test_a_question_back_is_answered_in_the_same_session_without_a_wake_word(
    scripted_server: ScriptedServer, detector: WakeDetector
) -> None:
    scripted_server.assistant.answers = [
        [stop(), said("For how long?", expect_speech=True), report(pb.Report.ASKED)],
        [stop(), said("Ten minutes."), report()],
    ]
    sound = Speaker().request("set a timer", voice_named("nina"))
    reply = tone(0.3)
    device = Device(scripted_server.channel, "t", detector=detector)
    turns = [t async for t in device.listen(Recording(sound), replies=[Recording(reply)])]
    assert [turn.expects_speech for turn in turns] == [True, False]
    first, second = scripted_server.assistant.streams
    assert first.start.session_id == second.start.session_id
    assert not second.start.HasField("wake_word")
    assert second.pcm == reply.tobytes()


async def test_a_fooled_device_streams_what_it_heard(scripted_server: ScriptedServer) -> None:
    scripted_server.assistant.answers = [
        [
            pb.ConverseResponse(wake_verdict=pb.WakeVerdict(accepted=False, score=0.01)),
            stop(pb.StopCapture.FALSE_WAKE),
            report(pb.Report.FALSE_WAKE),
        ]
    ]
    scripted_server.assistant.enough_bytes = HOLD_MS * BYTES_PER_MS
    device = Device(scripted_server.channel, "t")
    turn: Turn = await device.wake_by_mistake(Recording(tone(3)))
    assert turn.is_false_wake
    assert turn.stop_reason == "false_wake"
    assert scripted_server.assistant.streams[0].start.wake_word.pre_roll_ms == HOLD_MS


async def test_a_typed_request_brings_the_same_events(scripted_server: ScriptedServer) -> None:
    scripted_server.assistant.answers = [[said("Noon."), report()]]
    turn = await Device(scripted_server.channel, "t").type("what time is it", session_id="s")
    assert turn.answer is not None
    assert turn.answer.text == "Noon."
    assert scripted_server.assistant.typed[0].session_id == "s"


async def test_a_refusal_shows_its_code_and_what_to_do(scripted_server: ScriptedServer) -> None:
    scripted_server.assistant.refuse_with = (
        code_pb2.UNAUTHENTICATED,
        "CREDENTIAL_REFUSED",
        "Pair the device again.",
    )
    with pytest.raises(CallFailed) as caught:
        await ConverseStream(scripted_server.channel, "t").run(Recording(tone(30)))
    assert caught.value.code == "CREDENTIAL_REFUSED"
    assert caught.value.hint == "Pair the device again."
    assert not caught.value.is_passing


async def test_the_answer_reaches_the_loudspeaker(
    scripted_server: ScriptedServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("answers") / "answer.wav"
    spoken = tone(0.2)
    scripted_server.assistant.answers = [
        [
            pb.ConverseResponse(speech=pb.Speech(audio=spoken.tobytes(), sample_rate_hz=16000)),
            report(),
        ]
    ]
    device = Device(scripted_server.channel, "t", loudspeaker=WavFile(path))
    _ = [turn async for turn in device.push_to_talk(Recording(tone(0.1)))]
    assert np.abs(read_file(path) - spoken).max() <= 1


async def test_a_pairing_code_becomes_a_credential_or_says_what_to_do(
    scripted_server: ScriptedServer,
) -> None:
    credentials = await pair(scripted_server.channel, "GOOD-CODE", "kitchen", server="h:1")
    assert (credentials.device, credentials.device_token) == ("d1", "token-1")
    assert "token-1" not in repr(credentials)
    with pytest.raises(CallFailed, match="refused") as caught:
        await pair(scripted_server.channel, "USED-CODE", "kitchen")
    assert caught.value.code == "PAIRING_CODE_REFUSED"
