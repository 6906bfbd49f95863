"""What counts as a bad turn, and who answers which session."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answers.skill import Previous
from assistant.conversation.answered_turn import AnsweredTurn
from assistant.conversation.opening import Opening
from assistant.conversation.report import Latency, Outcome
from assistant.nlu.interpreter import Interpretation
from assistant.trial.bad_turns import agreeing_words, bad_signals, said_again
from training_loop.registry.canary import chosen
from training_loop.registry.live_signals import Signal
from training_loop.utterance import Fate

TEXTS = st.lists(st.sampled_from("abc"), max_size=8)


def turn(
    text: str, *, intent: str = "ask_time", before: str = "", outcome: Outcome = Outcome.ANSWERED
) -> AnsweredTurn:
    previous = Previous(
        interpretation=Interpretation(text=before, intent="ask_time", confidence=1.0),
        spoken=True,
        confidence=1.0,
        skill="clock",
        utterance_id="",
        fate=Fate(),
    )
    return AnsweredTurn(
        opening=Opening(account="a", device="d"),
        text=text,
        heard=None,
        interpretation=Interpretation(text=text, intent=intent, confidence=1.0),
        previous=previous if before else None,
        outcome=outcome,
        fate=Fate(),
        latency=Latency(),
    )


@pytest.mark.parametrize(
    ("seen", "bad"),
    [
        (turn("what time is it"), []),
        (turn("blorp", intent="", outcome=Outcome.NOT_UNDERSTOOD), [Signal.FALLBACK]),
        (turn("that's wrong", intent="correct_last", before="that's"), [Signal.CORRECTION]),
        (turn("what time is it now", before="what time is it"), [Signal.REPHRASING]),
        (turn("play some music", before="what time is it"), []),
    ],
)
def test_each_bad_turn_is_counted_for_what_was_bad(seen: AnsweredTurn, bad: list[Signal]) -> None:
    assert list(bad_signals(seen)) == bad


@given(TEXTS, TEXTS)
def test_agreeing_words_are_as_many_both_ways_and_all_of_a_text_with_itself(
    one: list[str], other: list[str]
) -> None:
    assert agreeing_words(one, other) == agreeing_words(other, one) <= min(len(one), len(other))
    assert agreeing_words(one, one) == len(one)
    assert said_again(" ".join(one), " ".join(one)) == bool(one)


@given(st.text(max_size=16), st.text(max_size=30), st.floats(0, 1), st.floats(0, 1))
def test_a_greater_share_keeps_the_sessions_of_a_smaller_one(
    trial: str, key: str, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    assert not chosen(trial, key, low) or chosen(trial, key, high)
    assert chosen(trial, key, 1.0)
    assert not chosen(trial, key, 0.0)


def test_the_share_of_sessions_is_what_was_asked_for_and_each_trial_deals_anew() -> None:
    keys = [f"account device {number}" for number in range(4_000)]
    first, second = ({key for key in keys if chosen(trial, key, 0.1)} for trial in ("t1", "t2"))
    assert 330 <= len(first) <= 470
    assert len(first & second) < 100
