"""Another speech model is put into service while people speak: no stream is dropped."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.asr.models import EMBEDDED_MODEL, SpeechModelUnusable
from assistant.hearing.decode_pool import DecodePool, HearingStream
from assistant.hearing.ears import Ears, HearingSettings
from assistant.hearing.events import Heard
from tests.fixtures.hearing import heard_by, request, transcript

CHUNK = 3_200


@pytest.fixture
def swapped_ears() -> Iterator[Ears]:
    opened = Ears.open(HearingSettings(speech_model=EMBEDDED_MODEL))
    yield opened
    opened.close()


@pytest.fixture
def other_model(tmp_path: Path) -> Path:
    """The embedded model in another directory."""
    return Path(shutil.copytree(EMBEDDED_MODEL, tmp_path / "other"))


def test_open_streams_finish_on_the_model_they_began_with_and_then_it_is_freed(
    swapped_ears: Ears, other_model: Path
) -> None:
    before = swapped_ears.recognizers
    audio = request("what time is it")
    listener = swapped_ears.listener(16_000, None, 0)
    silent = swapped_ears.listener(16_000, None, 0)
    events = [
        event for at in range(0, 32_000, CHUNK) for event in listener.hear(audio[at : at + CHUNK])
    ]
    swapped_ears.swap(other_model)
    assert before.lent == 1
    assert heard_by(swapped_ears.listener(16_000, None, 0), audio)
    assert before.lent == 1, "a new stream uses the new model"
    for at in range(32_000, len(audio), CHUNK):
        events += listener.hear(audio[at : at + CHUNK])
    events += listener.finish()
    listener.close()
    assert transcript(events) == "what time is it"
    kept = before.freed
    assert not kept, "a stream that is open and silent may still speak"
    assert transcript(heard_by(silent, audio)) == "what time is it"
    assert before.freed
    assert before.idle == before.lent == 0


@pytest.mark.parametrize("damage", ["missing", "no graph", "cut off", "scrambled"])
def test_a_broken_model_is_refused_and_the_one_in_service_stays(
    swapped_ears: Ears, other_model: Path, damage: str
) -> None:
    if damage == "missing":
        shutil.rmtree(other_model)
    elif damage == "no graph":
        (other_model / "graph" / "HCLr.fst").unlink()
    else:
        graph = other_model / "graph" / "HCLr.fst"
        whole = graph.read_bytes()
        half = len(whole) // 2
        rest = b"" if damage == "cut off" else bytes(half)
        graph.write_bytes(whole[:half] + rest)
        if damage == "scrambled":
            acoustic = other_model / "am" / "final.mdl"
            acoustic.write_bytes(acoustic.read_bytes()[:5_000])
    before = swapped_ears.recognizers
    with pytest.raises(SpeechModelUnusable):
        swapped_ears.swap(other_model)
    assert swapped_ears.recognizers is before
    heard = heard_by(swapped_ears.listener(16_000, None, 0), request("stop"))
    assert transcript(heard) == "stop"


async def test_every_stream_that_runs_during_swaps_is_heard_to_its_end(
    swapped_ears: Ears, other_model: Path
) -> None:
    audio = request("what time is it")
    pool = DecodePool(threads=2)
    swapping = asyncio.create_task(asyncio.to_thread(_swap_twice, swapped_ears, other_model))
    heard: list[str] = []
    while not swapping.done():
        streams = [pool.attach(swapped_ears.listener(16_000, None, 0)) for _ in range(3)]
        heard += await asyncio.gather(*(_heard(stream, audio) for stream in streams))
    await swapping
    await pool.aclose()
    assert heard
    assert set(heard) == {"what time is it"}


def _swap_twice(ears: Ears, model: Path) -> None:
    ears.swap(model)
    ears.swap(EMBEDDED_MODEL)


async def _heard(stream: HearingStream, audio: bytes) -> str:
    async with stream:
        for at in range(0, len(audio), CHUNK):
            await stream.feed(audio[at : at + CHUNK])
        await stream.finish()
        return "".join(
            [event.transcript.text async for event in stream.events() if isinstance(event, Heard)]
        )
