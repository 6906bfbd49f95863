"""When two people say the same of a clip, and what becomes of it."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training_loop.review.agreement import agree, judgement, normalised, settle
from training_loop.review.task import Opinion, VerdictOutcome
from training_loop.utterance import NamedEntity

_WORDS = ("set", "a", "timer", "for", "ten", "10", "minutes", "<number>", "don't", "Stop")
_texts = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=6).map(" ".join)
_intents = st.sampled_from(("set_timer", "stop", "ask_time"))


def _entity(text: str, value: str, name: str = "duration") -> NamedEntity:
    return NamedEntity(name=name, value=value, text=text, start=0, end=len(text))


_slots = st.lists(
    st.sampled_from((_entity("ten", "10"), _entity("ten", "ten", "count"))), max_size=1
)
_contents = st.builds(
    lambda text, intent, slots: Opinion(text=text, intent=intent, entities=tuple(slots)),
    _texts,
    _intents,
    _slots,
)
_asides = st.sampled_from(
    (Opinion(unusable=True), Opinion(text="hello", not_for_assistant=True), Opinion(wake=False))
)
_opinions = st.one_of(_contents, _contents, _asides)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Set a timer, for Ten minutes!", "set a timer for 10 minutes"),
        ("don't stop", "dont  stop"),
        ("call <name> on <number> please", "Call <name> on <number>, please."),
        ("twenty one", "21"),
        ("caf\u00e9", "cafe\u0301"),
    ],
)
def test_the_same_words_are_the_same_however_they_are_written(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("set a timer for ten minutes", "set a timer for two minutes"),
        ("call <name>", "call name"),
        ("one two", "twelve"),
        ("turn on the light", "turn on the lights"),
    ],
)
def test_other_words_are_not(one: str, other: str) -> None:
    assert normalised(one) != normalised(other)


@given(_texts)
def test_normalising_again_changes_nothing(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


@given(_opinions, _opinions)
def test_agreement_is_mutual(one: Opinion, other: Opinion) -> None:
    assert agree(one, one)
    assert agree(one, other) == agree(other, one)


@given(_contents)
def test_intent_text_and_slots_must_all_be_the_same(said: Opinion) -> None:
    assert not agree(said, replace(said, intent="other"))
    assert not agree(said, replace(said, text=f"{said.text} extra"))
    assert not agree(said, replace(said, entities=(_entity("extra", "extra"),)))
    assert agree(said, replace(said, text=said.text.upper(), took_ms=said.took_ms + 1))


@given(st.lists(_opinions, min_size=2, max_size=3), st.one_of(st.none(), _opinions))
def test_gold_always_has_two_voices_and_no_order(
    said: list[Opinion], adjudication: Opinion | None
) -> None:
    verdict = settle(said, adjudication)
    for order in permutations(said):
        again = settle(order, adjudication)
        assert again.outcome is verdict.outcome
        assert again.opinion == verdict.opinion or adjudication is None
    if verdict.opinion is None:
        assert verdict.outcome in {VerdictOutcome.DISAGREED, VerdictOutcome.UNUSABLE}
        return
    gold = judgement(verdict.opinion)
    voices = [judgement(one) for one in (*said, *([adjudication] if adjudication else []))]
    assert sum(voice.text == gold.text for voice in voices) >= 2
    assert sum(voice.meaning == gold.meaning for voice in voices) >= 2
    assert not gold.set_aside


@given(st.lists(_opinions, min_size=2, max_size=3))
def test_without_an_adjudicator_only_agreement_settles(said: list[Opinion]) -> None:
    verdict = settle(said, None)
    same = all(agree(said[0], one) for one in said)
    assert (verdict.outcome is VerdictOutcome.DISAGREED) == (not same)


@given(_asides, _asides)
def test_what_both_set_aside_is_never_learned_from_whatever_their_reasons(
    one: Opinion, other: Opinion
) -> None:
    assert settle((one, other), None).outcome is VerdictOutcome.UNUSABLE


def test_an_adjudicator_decides_with_the_reviewer_who_was_right() -> None:
    right, wrong = Opinion(text="ten minutes", intent="set_timer"), Opinion(text="tin", intent="x")
    verdict = settle((wrong, right), right)
    assert (verdict.outcome, verdict.opinion) == (VerdictOutcome.ADJUDICATED, right)


def test_an_adjudicator_may_take_the_text_of_one_and_the_meaning_of_the_other() -> None:
    one, other = Opinion(text="stop", intent="ask_time"), Opinion(text="shop", intent="stop")
    both = Opinion(text="stop", intent="stop")
    assert settle((one, other), both).opinion == both


def test_three_people_who_say_three_things_have_found_no_truth() -> None:
    said = [Opinion(text=text, intent="stop") for text in ("stop", "shop", "top")]
    assert settle(said[:2], said[2]).outcome is VerdictOutcome.UNUSABLE


def test_numbers_are_kept_as_words_as_a_recogniser_hears_them() -> None:
    digits, words = (Opinion(text=f"{ten} minutes", intent="i") for ten in ("10", "ten"))
    for order in ((digits, words), (words, digits)):
        assert settle(order, None).opinion == words


def test_one_opinion_settles_nothing() -> None:
    with pytest.raises(ValueError, match="at least two"):
        settle((Opinion(text="stop", intent="stop"),), None)
