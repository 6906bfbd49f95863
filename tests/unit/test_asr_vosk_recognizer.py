"""One recogniser serves many speakers, and tells none of them about another."""

from __future__ import annotations

import threading

import pytest

from assistant.asr.models import EMBEDDED_MODEL, load_speech_model
from assistant.asr.recognizer_pool import RecognizerPool, RecognizersBusy
from assistant.asr.vosk_recognizer import VoskRecognizer
from tests.fixtures.hearing import quiet, request, say


@pytest.fixture(scope="module")
def pool() -> RecognizerPool:
    return RecognizerPool(load_speech_model(EMBEDDED_MODEL), most_lent=4, most_idle=2)


def _recognise(recognizer: VoskRecognizer, text: str) -> str:
    audio = request(text)
    for start in range(0, len(audio), 3_200):
        recognizer.accept(audio[start : start + 3_200])
    return recognizer.final().text


def test_times_begin_anew_with_every_utterance(pool: RecognizerPool) -> None:
    recognizer = pool.borrow()
    for _ in range(3):
        recognizer.accept(request("stop"))
        (word,) = recognizer.final().words
        assert 300 <= word.start_ms <= 600
    pool.give_back(recognizer)


def test_unclear_speech_has_alternatives_and_doubts(pool: RecognizerPool) -> None:
    recognizer = pool.borrow()
    recognizer.accept(request("okay nahboo what time is it"))
    transcript = recognizer.final()
    pool.give_back(recognizer)

    assert transcript.alternatives
    assert transcript.text not in [other.text for other in transcript.alternatives]
    assert any(word.confidence < 0.9 for word in transcript.words)
    assert transcript.words[-1].confidence > 0.9


def test_what_one_speaker_said_never_reaches_the_next(pool: RecognizerPool) -> None:
    """An utterance cut off in its middle leaves no words and no acoustic context behind."""
    recognizer = pool.borrow()
    recognizer.accept(quiet(200) + say("my secret is under the"))
    assert recognizer.partial()
    pool.give_back(recognizer)

    again = pool.borrow()
    assert again is recognizer, "the test is about the same recogniser"
    assert again.partial() == ""
    assert again.final().text == ""
    again.accept(quiet(500))
    assert again.partial() == ""
    assert again.final().text == ""
    assert _recognise(again, "stop") == "stop"
    pool.give_back(again)


def test_without_audio_there_is_nothing(pool: RecognizerPool) -> None:
    recognizer = pool.borrow()
    recognizer.accept(b"")

    assert recognizer.partial() == ""
    assert recognizer.final().text == ""
    pool.give_back(recognizer)


def test_two_recognisers_in_parallel_do_not_mix(pool: RecognizerPool) -> None:
    texts = ["turn on the kitchen lights", "set a timer for five minutes"]
    heard: dict[str, set[str]] = {text: set() for text in texts}

    def work(text: str) -> None:
        for _ in range(5):
            recognizer = pool.borrow()
            heard[text].add(_recognise(recognizer, text))
            pool.give_back(recognizer)

    threads = [threading.Thread(target=work, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert heard == {text: {text} for text in texts}


def test_the_pool_is_bounded_and_says_so(pool: RecognizerPool) -> None:
    lent = [pool.borrow() for _ in range(4)]
    with pytest.raises(RecognizersBusy) as refused:
        pool.borrow()
    assert refused.value.code == "RECOGNIZERS_BUSY"

    for recognizer in lent:
        pool.give_back(recognizer)
    assert pool.lent == 0
    assert pool.idle == 2
