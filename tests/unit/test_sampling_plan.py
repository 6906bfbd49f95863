"""Which utterances are picked: within the rate and the caps, fairly, and the same again."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st

from training_loop.errors import InvalidArgument
from training_loop.review.task import SampleReason
from training_loop.sampling.candidate import Candidate, with_rephrased
from training_loop.sampling.sampler import Heard, make_plan
from training_loop.sampling.settings import SamplingSettings, switch

DAY_S = 86_400
EVERYTHING = SamplingSettings(rate=1.0, per_account_day=1000, uncertain_share=0.0)


def candidate(account: str, item: str, **fields: object) -> Candidate:
    sure = Candidate(
        account=account,
        item=item,
        intent="set_timer",
        confidence=0.9,
        intent_confidence=0.9,
        captured_at_s=DAY_S * 100.0,
    )
    return replace(sure, **fields)  # type: ignore[arg-type]


@st.composite
def pools(draw: st.DrawFn) -> list[Candidate]:
    size = draw(st.integers(0, 60))
    return [
        candidate(
            f"acc_{draw(st.integers(0, 6))}",
            f"utt_{number}",
            intent=draw(st.sampled_from(["", "set_timer", "weather", "lists"])),
            confidence=draw(st.sampled_from([0.2, 0.9])),
            intent_confidence=draw(st.sampled_from([0.2, 0.9])),
            captured_at_s=draw(st.sampled_from([100.0, 101.0])) * DAY_S,
            corrected=draw(st.booleans()),
        )
        for number in range(size)
    ]


settings_drawn = st.builds(
    SamplingSettings,
    rate=st.sampled_from([0.0, 0.01, 0.1, 0.29, 0.5, 1.0]),
    per_account_day=st.integers(1, 4),
    uncertain_share=st.sampled_from([0.0, 0.3, 1.0]),
    most_a_round=st.sampled_from([1, 5, 500]),
)


@trials(max_examples=60, deadline=None)
@given(pools(), settings_drawn, st.integers(0, 20), st.integers(), st.randoms())
def test_neither_rate_nor_caps_are_ever_exceeded_and_the_seed_decides(
    pool: list[Candidate],
    settings: SamplingSettings,
    offered: int,
    seed: int,
    chance: random.Random,
) -> None:
    before = {(f"acc_{number}", 100): number for number in range(4)}
    heard = Heard(offered=offered, of_account_day=before)
    plan = make_plan(pool, settings, str(seed), heard)
    if plan.picks:
        assert offered + len(plan.picks) <= settings.rate * (len(pool) + offered) + 1e-6
    assert len(plan.picks) <= settings.most_a_round
    assert len({(one.candidate.account, one.candidate.item) for one in plan.picks}) == len(
        plan.picks
    )
    of_day = Counter((one.candidate.account, one.candidate.day) for one in plan.picks)
    for place, picked in of_day.items():
        assert before.get(place, 0) + picked <= settings.per_account_day
    shuffled = chance.sample(pool, len(pool))
    assert make_plan(shuffled, settings, str(seed), heard) == plan


def test_another_seed_makes_another_plan() -> None:
    pool = [candidate(f"acc_{number}", "utt") for number in range(200)]
    settings = replace(EVERYTHING, rate=0.1)
    assert make_plan(pool, settings, "a").picks != make_plan(pool, settings, "b").picks


def test_who_talks_a_lot_is_picked_no_more_often_than_who_talks_little() -> None:
    """Chi squared over 8 accounts with 1 to 128 utterances each; 24.3 has p = 0.001."""
    pool = [
        candidate(f"acc_{account}", f"utt_{account}_{number}")
        for account in range(8)
        for number in range(2**account)
    ]
    settings = replace(EVERYTHING, rate=1 / len(pool))
    picked = Counter(
        make_plan(pool, settings, str(seed)).picks[0].candidate.account for seed in range(800)
    )
    assert sum((picked[f"acc_{number}"] - 100) ** 2 / 100 for number in range(8)) < 24.3


def test_every_account_is_heard_before_any_is_heard_twice() -> None:
    pool = [candidate(f"acc_{n % 20}", f"utt_{n}") for n in range(400)]
    plan = make_plan(pool, replace(EVERYTHING, rate=0.1), "seed")
    assert set(Counter(one.candidate.account for one in plan.picks).values()) == {2}


def test_rare_intents_are_represented() -> None:
    common = [candidate(f"acc_{n % 10}", f"utt_{n}") for n in range(990)]
    rare = [candidate(f"acc_{n}", f"rare_{n}", intent=f"rare_{n}") for n in range(10)]
    plan = make_plan(common + rare, replace(EVERYTHING, rate=0.02), "seed")
    picked = Counter(one.candidate.intent for one in plan.picks)
    assert len(picked) == 11
    unsure = [replace(one, intent_confidence=0.1) for one in common + rare]
    doubtful = make_plan(unsure, replace(EVERYTHING, rate=0.02, uncertain_share=1.0), "seed")
    assert len(Counter(one.candidate.intent for one in doubtful.picks)) == 11


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, None),
        ({"confidence": 0.3}, SampleReason.UNSURE_WORDS),
        ({"intent_confidence": 0.3, "confidence": 0.3}, SampleReason.UNSURE_INTENT),
        ({"intent": ""}, SampleReason.UNSURE_INTENT),
        ({"answered": False}, SampleReason.UNSURE_INTENT),
        ({"rephrased": True, "intent": ""}, SampleReason.REPHRASED),
        ({"corrected": True, "rephrased": True}, SampleReason.CORRECTED),
    ],
)
def test_each_pick_has_its_reason(fields: dict[str, object], reason: SampleReason | None) -> None:
    one = candidate("acc_1", "utt", **fields)
    assert one.doubt(SamplingSettings()) is reason
    settings = replace(EVERYTHING, uncertain_share=1.0)
    assert make_plan([one], settings, "seed").picks[0].reason is (reason or SampleReason.RANDOM)


def test_doubtful_requests_take_their_share_and_no_more() -> None:
    sure = [candidate(f"acc_{n}", f"utt_{n}") for n in range(800)]
    unsure = [candidate(f"acc_{n}", f"bad_{n}", intent_confidence=0.1) for n in range(200)]
    settings = replace(EVERYTHING, rate=0.1, uncertain_share=0.5)
    reasons = Counter(one.reason for one in make_plan(sure + unsure, settings, "seed").picks)
    assert reasons[SampleReason.UNSURE_INTENT] in (50, 51)
    assert reasons.total() == 100


def test_what_one_part_cannot_fill_the_other_does() -> None:
    pool = [candidate(f"acc_{n}", "utt", corrected=n < 3) for n in range(100)]
    settings = replace(EVERYTHING, rate=0.5, uncertain_share=1.0)
    reasons = Counter(one.reason for one in make_plan(pool, settings, "seed").picks)
    assert reasons == {SampleReason.CORRECTED: 3, SampleReason.RANDOM: 47}


def test_rounds_never_add_up_to_more_than_the_rate() -> None:
    pool = {f"utt_{n}": candidate(f"acc_{n % 50}", f"utt_{n}") for n in range(1000)}
    settings = replace(EVERYTHING, rate=0.05)
    offered = 0
    for number in range(10):
        plan = make_plan(pool.values(), settings, str(number), Heard(offered=offered))
        for pick in plan.picks:
            del pool[pick.candidate.item]
        offered += len(plan.picks)
    assert offered == 50


def rephrased(*said: tuple[float, set[int], dict[str, object]]) -> list[bool]:
    of_account = [
        (candidate("acc_1", f"utt_{number}", captured_at_s=at_s, **fields), words)
        for number, (at_s, words, fields) in enumerate(said)
    ]
    marked = {one.item: one.rephrased for one in with_rephrased(of_account[::-1])}
    return [marked[f"utt_{number}"] for number in range(len(said))]


def test_asking_again_in_other_words_marks_the_first_try() -> None:
    assert rephrased((0, {1, 2, 3}, {}), (10, {1, 2, 4}, {})) == [True, False]
    assert rephrased((0, {1}, {"answered": False}), (10, {7}, {})) == [True, False]


def test_other_requests_are_no_rephrasing() -> None:
    assert rephrased((0, {1, 2, 3}, {}), (100, {1, 2, 4}, {})) == [False, False]  # much later
    assert rephrased((0, {1, 2, 3}, {}), (10, {1, 2, 3}, {})) == [False, False]  # said again
    assert rephrased((0, {1, 2}, {}), (10, {8, 9}, {})) == [False, False]  # of something else
    assert rephrased((0, {1, 2}, {}), (10, {1, 3}, {"intent": "weather"})) == [False, False]


@pytest.mark.parametrize(
    "wrong",
    [
        {"EARMARK_REVIEW_RATE": "2"},
        {"EARMARK_REVIEW_RATE": "nan"},
        {"EARMARK_REVIEW_RATE": "some"},
        {"EARMARK_REVIEW_K": "0"},
        {"EARMARK_REVIEW_K": "2.5"},
        {"EARMARK_REVIEW_PER_ACCOUNT_DAY": "-1"},
        {"EARMARK_REVIEW_EVERY": "0"},
        {"EARMARK_REVIEW_EVERY": "inf"},
        {"EARMARK_REVIEW_SOUND": "loud"},
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidArgument):
        SamplingSettings.from_environment(wrong)


def test_settings_are_read_from_the_environment() -> None:
    found = SamplingSettings.from_environment(
        {"EARMARK_REVIEW_RATE": "0.25", "EARMARK_REVIEW_K": "7", "EARMARK_REVIEW_SOUND": "off"}
    )
    assert (found.rate, found.accounts_alike, found.sound) == (0.25, 7, False)
    assert SamplingSettings.from_environment({}) == SamplingSettings()
    assert SamplingSettings.from_environment({"EARMARK_REVIEW_RATE": "0"}).rate == 0
    assert switch({}, "EARMARK_PREPARER")
