"""What hearing costs, against a bare Vosk loop that reuses its recogniser on the same audio.

    python -m benchmarks.recogniser_cost [--requests 24] [--rounds 5]

The audio is what devices send: a second of pre-roll with the wake word at its end, a request, and
the silence until the device is told to stop. The bare loop decodes all of it in the same chunks,
asks for a partial after each, and for the final result. Our path resamples, verifies the wake
word, watches for the end of speech, decodes and strips, in the listener alone and in the decode
pool. Rounds of all alternate, in one process.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import statistics
import time
from collections.abc import Callable

import numpy as np
import soxr
import typer
import vosk

from assistant.asr.models import EMBEDDED_MODEL, load_speech_model
from assistant.asr.vosk_recognizer import VoskRecognizer
from assistant.hearing.decode_pool import DecodePool, HearingStream
from assistant.hearing.ears import Ears, HearingSettings
from assistant.hearing.events import Heard
from assistant.hearing.voice_activity import FRAME_BYTES, VoiceActivityDetector
from assistant.speech.espeak import Espeak
from assistant.wake.verifier import WakeVerifier
from benchmarks import report

RATE_HZ = 16_000
CHUNK_MS = 100
_VOICES = ("en-us", "en", "en-gb-x-rp", "en-us+f3", "en-us+m3", "en-gb-scotland")
_REQUESTS = (
    "set a timer for five minutes",
    "what time is it",
    "add milk and eggs to my shopping list",
    "turn on the kitchen lights",
    "what is the weather like in london tomorrow",
    "stop",
    "wake me up at seven in the morning",
    "how much is twelve times fifteen",
)


def streams(count: int) -> list[tuple[bytes, int]]:
    """What devices send, and each one's pre-roll in ms."""
    espeak = Espeak()
    noise = np.random.default_rng(3)

    def quiet(duration_ms: int) -> bytes:
        samples = noise.normal(0, 20, duration_ms * RATE_HZ // 1000)
        return bytes(samples.astype("<i2").tobytes())

    def say(text: str, voice: str) -> bytes:
        speech = np.frombuffer(espeak.say(text, voice=voice), "<i2")
        return bytes(soxr.resample(speech, espeak.sample_rate_hz, RATE_HZ).astype("<i2").tobytes())

    made = []
    pairs = itertools.islice(itertools.cycle(itertools.product(_REQUESTS, _VOICES)), count)
    for text, voice in pairs:
        wake_ms = len(say("alexa", voice)) // 32
        lead = quiet(max(0, 1_000 - wake_ms))
        audio = lead + say(f"alexa, {text}", voice) + quiet(900)
        made.append((audio, 1_000))
    return made


def chunks(audio: bytes) -> list[bytes]:
    size = 2 * RATE_HZ * CHUNK_MS // 1000
    return [audio[start : start + size] for start in range(0, len(audio), size)]


class Bare:
    """What a Vosk example does, with one recogniser for all."""

    def __init__(self, model: vosk.Model) -> None:
        self.recognizer = vosk.KaldiRecognizer(model, RATE_HZ)
        self.recognizer.SetWords(True)

    def __call__(self, audio: bytes, _: int) -> None:
        for chunk in chunks(audio):
            self.recognizer.AcceptWaveform(chunk)
            self.recognizer.PartialResult()
        json.loads(self.recognizer.FinalResult())
        self.recognizer.Reset()


class Listening:
    """Our path in the calling thread."""

    def __init__(self, ears: Ears) -> None:
        self.ears = ears
        self.heard = 0

    def __call__(self, audio: bytes, pre_roll_ms: int) -> None:
        listener = self.ears.listener(RATE_HZ, "alexa", pre_roll_ms)
        events = [event for chunk in chunks(audio) for event in listener.hear(chunk)]
        events += listener.finish()
        listener.close()
        self.heard += isinstance(events[-1], Heard)


def parts(model: vosk.Model) -> dict[str, Callable[[bytes, int], None]]:
    """Each stage alone, over the whole audio: an upper bound of its share."""
    verifier = WakeVerifier()
    ours = VoskRecognizer(model, alternatives=5)

    def activity(audio: bytes, _: int) -> None:
        detector = VoiceActivityDetector()
        step = 3 * FRAME_BYTES
        for start in range(0, len(audio) - step, step):
            detector.probabilities(audio[start : start + step])

    def wake(audio: bytes, pre_roll_ms: int) -> None:
        detector = verifier.borrow("alexa")
        detector.accept(audio[: (pre_roll_ms + 400) * 32])
        verifier.give_back(detector)

    def decode(audio: bytes, _: int) -> None:
        for chunk in chunks(audio):
            ours.accept(chunk)
            ours.partial()
        ours.final()

    return {
        "part: voice activity, all audio": activity,
        "part: wake verification": wake,
        "part: decoding with 5 readings, all audio": decode,
    }


async def _feed(stream: HearingStream, audio: bytes) -> None:
    for chunk in chunks(audio):
        await stream.feed(chunk)
        await asyncio.sleep(0)
    await stream.finish()


async def through_pool(ears: Ears, audios: list[tuple[bytes, int]]) -> None:
    """All streams, four at a time, each chunk its own job where the pool keeps up."""
    pool = DecodePool(threads=2)
    gate = asyncio.Semaphore(4)

    async def one(audio: bytes, pre_roll_ms: int) -> None:
        async with gate, pool.attach(ears.listener(RATE_HZ, "alexa", pre_roll_ms)) as stream:
            feeding = asyncio.create_task(_feed(stream, audio))
            async for _ in stream.events():
                pass
            await feeding

    await asyncio.gather(*(one(audio, pre_roll_ms) for audio, pre_roll_ms in audios))
    await pool.aclose()


def cpu_s(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def main(requests: int = 24, rounds: int = 5) -> None:
    model = load_speech_model(EMBEDDED_MODEL)
    ears = Ears.open(HearingSettings(speech_model=EMBEDDED_MODEL))
    audios = streams(requests)
    seconds = sum(len(audio) for audio, _ in audios) / 32_000
    listening = Listening(ears)
    works: dict[str, Callable[[bytes, int], None]] = {
        "bare Vosk loop": Bare(model),
        "listener": listening,
        **parts(model),
    }
    costs: dict[str, list[float]] = {name: [] for name in (*works, "decode pool")}
    for count in range(rounds + 1):
        measured = dict.fromkeys(works, 0.0)
        for audio, pre_roll_ms in audios:
            for name, work in works.items():
                measured[name] += cpu_s(lambda: work(audio, pre_roll_ms))  # noqa: B023
        pooled = cpu_s(lambda: asyncio.run(through_pool(ears, audios)))
        for name, cost in {**measured, "decode pool": pooled}.items():
            if count:
                costs[name].append(cost / seconds)
    bare = costs["bare Vosk loop"]
    rows: list[report.Row] = [
        {
            "path": name,
            "cpu_s_per_audio_s": statistics.median(values),
            "ratio_to_bare": statistics.median(a / b for a, b in zip(values, bare, strict=True)),
        }
        for name, values in costs.items()
    ]
    figures: report.Row = {
        "audio_s": seconds,
        "rounds": rounds,
        "heard": f"{listening.heard} of {len(audios) * (rounds + 1)}",
    }
    report.write("recogniser_cost", figures, rows=rows, title="CPU of hearing")


if __name__ == "__main__":
    typer.run(main)
