"""Answers are spoken sentence by sentence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.speech.espeak import Espeak
from assistant.speech.espeak_synthesizer import MAX_CHUNK_BYTES, EspeakSynthesizer
from assistant.speech.sentences import MAX_SENTENCE, sentences
from assistant.speech.synthesizer import Synthesizer


@pytest.fixture
async def synthesizer() -> AsyncIterator[Synthesizer]:
    speaking = EspeakSynthesizer(Espeak())
    yield speaking
    speaking.close()


async def test_chunks_come_in_order_and_within_their_limit(synthesizer: Synthesizer) -> None:
    text = "Here is a rather long first sentence, with commas, and more. A second! And a third?"
    chunks = [chunk async for chunk in synthesizer.speak(text)]
    assert [chunk.sentence for chunk in chunks] == sorted(chunk.sentence for chunk in chunks)
    assert {chunk.sentence for chunk in chunks} == {0, 1, 2}
    assert all(0 < len(chunk.pcm) <= MAX_CHUNK_BYTES for chunk in chunks)
    assert all(len(chunk.pcm) % 2 == 0 and chunk.sample_rate_hz == 22_050 for chunk in chunks)


async def test_nothing_to_say_is_no_speech(synthesizer: Synthesizer) -> None:
    assert [chunk async for chunk in synthesizer.speak(" ... ")] == []


async def test_many_may_speak_at_once(synthesizer: Synthesizer) -> None:
    async def length(text: str) -> int:
        return sum([len(chunk.pcm) async for chunk in synthesizer.speak(text)])

    alone = await length("One sentence. Another sentence.")
    together = await asyncio.gather(*(length("One sentence. Another sentence.") for _ in range(8)))
    assert all(abs(one - alone) < 0.02 * alone for one in together)


@given(st.text(alphabet="ab ,.!?", max_size=2_000))
def test_sentences_lose_no_word_and_stay_short(text: str) -> None:
    parts = sentences(text)
    assert all(part and len(part) <= MAX_SENTENCE for part in parts)
    letters = "".join(character for character in text if character.isalnum())
    assert "".join(c for part in parts for c in part if c.isalnum()) == letters


def test_decimals_and_times_are_not_cut() -> None:
    assert sentences("It is 21.5 degrees. Fine.") == ("It is 21.5 degrees.", "Fine.")
