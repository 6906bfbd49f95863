"""What reviewers may read."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.deidentify import Said, utterance
from training_loop.deidentify.deidentifier import DeidentifiedClip, Deidentifier
from training_loop.deidentify.errors import ClipTooLong
from training_loop.deidentify.finding import Kind
from training_loop.deidentify.spoken_numbers import dialled
from training_loop.utterance import Correction, NamedEntity, Reading, Utterance

_BEFORE = ("call", "the number is", "set a timer for", "")
_SPOKEN = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
OWN = frozenset({"Marisol Whitcombe"})


def seen(deidentifier: Deidentifier, said: Utterance | str, *more: str) -> DeidentifiedClip:
    whole = utterance(said) if isinstance(said, str) else said
    return deidentifier.deidentify(
        whole,
        names=OWN,
        vocabulary=Said(deidentifier.lexicon, frozenset(more)),
        chance=random.Random(1),
    )


@pytest.mark.parametrize(
    "text",
    [
        "set a timer for ten minutes",
        "wake me up at seven thirty five a m",
        "what is twenty five times sixteen",
        "what is one hundred thousand divided by seven",
        "set volume to ten close the curtains",
        "turn on the street light",
        "mark this as done",
        "will it rain on monday in march",
        "set an alarm for 7:30",
        "turn the kitchen lights to 40%",
        "what's my favourite colour",
        "tell me a joke",
    ],
)
def test_ordinary_requests_are_shown_as_they_are(deidentifier: Deidentifier, text: str) -> None:
    assert seen(deidentifier, text).text == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("call five five five one two three four", "call <number>"),
        ("it is oh seven double seven double oh nine hundred one two", "it is <number>"),
        ("write me at +44 (0)20 7946 0958", "write me at <number>"),
        ("my pin is one two three", "my pin is <number>"),
        ("my card is 4111 1111 1111 1111", "my card is <number>"),
        ("my postcode is s w one a one a a", "my postcode is <number>"),
        ("i live in SW1A 1AA", "i live in <number>"),
        ("email john dot smith at example dot com please", "email <email> please"),
        ("write to me@foo.org", "write to <email>"),
        ("navigate to forty two baker street", "navigate to <address>"),
        ("go to twelve oak tree close", "go to <address>"),
        ("go to baker street", "go to <address>"),
        ("we live in flat two b", "we live in <address>"),
        ("call mark", "call <name>"),
        ("tell grace brown i am late", "tell <name> i am late"),
        ("remind me to see doctor patel", "remind me to see doctor <name>"),
        ("my name is jack daniels", "my name is <name>"),
        ("add milk to marisol's list", "add milk to <name> list"),
        ("play whitcome", "play <name>"),
        ("play zorbulating", "play <rare>"),
        ("play \u200bzorb\u2019s", "play <rare>"),
    ],
)
def test_what_identifies_is_hidden(deidentifier: Deidentifier, text: str, shown: str) -> None:
    assert seen(deidentifier, text).text == shown


def test_a_given_name_is_hidden_however_many_have_said_it(deidentifier: Deidentifier) -> None:
    """A recogniser knows names, and everybody says them: neither opens them."""
    assert seen(deidentifier, "play oliver", "oliver").text == "play <name>"


def test_a_word_said_by_enough_accounts_is_shown(deidentifier: Deidentifier) -> None:
    assert seen(deidentifier, "weather in trondheim").text == "weather in <rare>"
    assert seen(deidentifier, "weather in trondheim", "trondheim").text == "weather in trondheim"
    assert seen(deidentifier, "weather in austin", "austin").text == "weather in austin"


def test_other_readings_are_redacted_and_told_once(deidentifier: Deidentifier) -> None:
    said = utterance(
        "call five five five one two three four",
        alternatives=(
            Reading(text="call five five five one two three four", confidence=0.5),
            Reading(text="call five five five one two three five", confidence=0.25),
        ),
    )
    clip = seen(deidentifier, said)
    assert clip.readings == (Reading(text="call <number>", confidence=0.5),)


def test_what_another_reading_gives_away_is_hidden_in_the_best(deidentifier: Deidentifier) -> None:
    """The sound there holds it, whatever the best reading made of it."""
    said = utterance(
        "play mary soul again",
        alternatives=(Reading(text="play marisol again", confidence=0.2),),
    )
    assert seen(deidentifier, said).text == "play <name> again"
    corrected = utterance(
        "play mary soul again", correction=Correction(text="play marisol again", at_s=1.0)
    )
    assert seen(deidentifier, corrected).text == "play <name> again"


def test_an_entity_within_something_hidden_is_hidden(deidentifier: Deidentifier) -> None:
    said = utterance(
        "call marisol in ten minutes",
        entities=(
            NamedEntity(name="person", value="marisol", text="marisol", start=5, end=12),
            NamedEntity(name="duration", value="PT10M", text="ten minutes", start=16, end=27),
            NamedEntity(name="broken", value="marisol", text="marisol", start=90, end=99),
        ),
    )
    clip = seen(deidentifier, said, "pt10m")
    person, duration, broken = clip.entities
    assert (person.text, person.value) == ("<name>", "<name>")
    assert clip.text[person.start : person.end] == "<name>"
    assert clip.text[duration.start : duration.end] == "ten minutes" == duration.text
    assert duration.value == "PT10M"
    assert "marisol" not in (broken.text, broken.value)


def test_the_template_is_the_same_for_the_same_request(deidentifier: Deidentifier) -> None:
    one = seen(deidentifier, "Set a timer for twenty five minutes")
    other = seen(deidentifier, "set a timer for ten minutes.")
    assert one.template == other.template == "set a timer for # minutes"
    assert seen(deidentifier, "call marisol").template == "call <name>"


def test_what_was_hidden_is_counted_and_repr_says_nothing(deidentifier: Deidentifier) -> None:
    clip = seen(deidentifier, "call marisol or zorbulating at 555 123 4567")
    assert clip.hidden == {Kind.NAME: 1, Kind.RARE: 1, Kind.NUMBER: 1}
    assert "call" not in repr(clip)
    assert "marisol" not in repr(clip)


def test_a_text_too_long_is_refused(deidentifier: Deidentifier) -> None:
    with pytest.raises(ClipTooLong):
        seen(deidentifier, "word " * 1000)


@given(st.lists(st.sampled_from("0123456789"), min_size=5, max_size=16))
def test_no_run_of_five_digits_is_shown_however_it_is_said(digits: list[str]) -> None:
    said = [_SPOKEN[int(digit)] for digit in digits]
    assert dialled(said) == "".join(digits)


@given(number=st.integers(10_001, 10**15).filter(lambda n: n % 10), before=st.sampled_from(_BEFORE))
def test_long_written_numbers_are_never_shown(
    deidentifier: Deidentifier, number: int, before: str
) -> None:
    assert str(number) not in seen(deidentifier, f"{before} {number}").text
