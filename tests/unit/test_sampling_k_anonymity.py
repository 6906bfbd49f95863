"""Nothing is offered that only few people could have said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from training_loop.review.task import DeidentifiedClip, Level, ShownWord
from training_loop.sampling.census import Likeness
from training_loop.sampling.k_anonymity import Withheld, after, before
from training_loop.sampling.words import words_of
from training_loop.utterance import NamedEntity

KNOWN = frozenset(word for _, word in words_of("call my mother play the radio at ten timer for"))


def clip(text: str, **fields: object) -> DeidentifiedClip:
    plain = DeidentifiedClip(
        pcm=b"",
        level=Level.TRANSCRIPT_ONLY,
        text=text,
        words=tuple(ShownWord(text=word, start_ms=0, end_ms=1) for word in text.split()),
    )
    return replace(plain, **fields)  # type: ignore[arg-type]


def kept(shown: DeidentifiedClip | Withheld) -> DeidentifiedClip:
    assert isinstance(shown, DeidentifiedClip)
    return shown


@pytest.mark.parametrize("likeness", Likeness)
def test_only_what_is_alike_or_known_is_ever_opened(likeness: Likeness) -> None:
    opened = before(likeness) is None
    assert opened == (likeness in (Likeness.ALIKE, Likeness.KNOWN_WORDS))


def test_a_word_that_slipped_through_withholds_the_clip() -> None:
    for likeness in (Likeness.ALIKE, Likeness.KNOWN_WORDS):
        assert after(clip("call my wolfram"), likeness, KNOWN) is Withheld.NOT_HIDDEN
        assert kept(after(clip("call my <name>"), likeness, KNOWN)).text == "call my <name>"


def test_a_word_that_only_the_timed_words_show_withholds_the_clip() -> None:
    leaking = clip("call <name>", words=(ShownWord(text="wolfram", start_ms=0, end_ms=9),))
    assert after(leaking, Likeness.KNOWN_WORDS, KNOWN) is Withheld.NOT_HIDDEN


def test_a_frame_with_a_rare_word_is_alike_only_while_its_numbers_are_hidden() -> None:
    shown = clip("play <rare> at 7")
    assert after(shown, Likeness.ALIKE, KNOWN) is Withheld.NOT_HIDDEN
    hidden = after(clip("play <rare> at <number>"), Likeness.ALIKE, KNOWN)
    assert kept(hidden).text == "play <rare> at <number>"


def test_a_clip_of_which_nothing_is_left_is_not_offered() -> None:
    assert after(clip("<name> <number>"), Likeness.ALIKE, KNOWN) is Withheld.NOTHING_LEFT


def test_other_readings_show_no_more_than_the_text() -> None:
    offered = kept(
        after(
            clip("play <number>", readings=("play the radio", "play wolfram", "play 7")),
            Likeness.KNOWN_WORDS,
            KNOWN,
        )
    )
    assert offered.readings == ("play the radio",)


def test_entities_show_no_more_than_the_text() -> None:
    def entity(text: str, value: str, start: int) -> NamedEntity:
        return NamedEntity(name="who", value=value, text=text, start=start, end=start + len(text))

    good, resolved = entity("mother", "mother", 8), entity("mother", "my mother", 8)
    leaking = (entity("mother", "wolfram", 8), entity("mother", "555 1234", 8))
    elsewhere = entity("wolfram", "wolfram", 8)
    found = after(
        clip("call my mother", entities=(good, resolved, *leaking, elsewhere)),
        Likeness.KNOWN_WORDS,
        KNOWN,
    )
    assert kept(found).entities == (good, resolved)
