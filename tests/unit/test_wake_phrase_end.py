"""The wake phrase is cut off, the request is not."""

from __future__ import annotations

from assistant.asr.nbest import TimedWord
from assistant.wake.phrase_end import WakePhrase


def _words(*spans: tuple[str, int, int]) -> list[TimedWord]:
    return [TimedWord(text=text, start_ms=start, end_ms=end) for text, start, end in spans]


def test_a_known_phrase_ends_with_its_last_word() -> None:
    words = _words(("hey", 500, 800), ("jarvis", 800, 1_280), ("stop", 1_290, 1_700))

    assert WakePhrase(phrase="hey_jarvis", heard_at_ms=1_400).end_ms(words) == 1_280


def test_a_phrase_the_model_does_not_know_ends_where_it_sounds_complete() -> None:
    words = _words(
        ("hey", 500, 700),
        ("make", 700, 960),
        ("raft", 960, 1_310),
        ("add", 1_310, 1_500),
        ("milk", 1_500, 1_800),
    )

    assert WakePhrase(phrase="hey_mycroft", heard_at_ms=1_150).end_ms(words) == 1_310


def test_what_was_said_before_the_phrase_is_cut_as_well() -> None:
    words = _words(("well", 0, 300), ("alexa", 420, 900), ("stop", 900, 1_200))

    assert WakePhrase(phrase="alexa", heard_at_ms=1_080).end_ms(words) == 900


def test_a_phrase_that_was_not_decoded_takes_no_word_of_the_request() -> None:
    words = _words(("play", 1_480, 1_800), ("music", 1_800, 2_300))

    assert WakePhrase(phrase="okay_nabu", heard_at_ms=1_250).end_ms(words) <= 1_480


def test_a_request_long_after_the_phrase_is_whole() -> None:
    words = _words(("alexa", 3_000, 3_400), ("is", 3_400, 3_600), ("late", 3_600, 3_900))

    assert WakePhrase(phrase="alexa", heard_at_ms=1_000).end_ms(words) < 3_000


def test_a_word_after_a_gap_is_not_part_of_the_phrase() -> None:
    words = _words(("okay", 600, 930), ("set", 1_590, 1_890), ("a", 1_890, 1_950))

    assert WakePhrase(phrase="okay_nabu", heard_at_ms=1_620).end_ms(words) <= 1_590
