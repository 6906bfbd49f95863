"""Noise is what recognisers really made of words, bounded, and spread from no single speaker."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from training_loop.datasets.gold import GoldItem
from training_loop.datasets.item_ref import ItemRef
from training_loop.datasets.split import Split
from training_loop.review.annotation import parse, write
from training_loop.training.alignment import differences, word_errors
from training_loop.training.contradictions import without_contradictions
from training_loop.training.noised_text import (
    NOISED_SHARE,
    Confusions,
    Heard,
    MarkedText,
    as_heard,
    noised,
)

SENTENCES = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=7)


def marked(text: str, intent: str = "set_timer") -> MarkedText:
    read = parse(text)
    return MarkedText(text=read.text, intent=intent, entities=read.entities)


def written(one: MarkedText) -> str:
    return write(one.text, one.entities)


@given(SENTENCES, SENTENCES)
def test_putting_the_differences_in_turns_what_was_said_into_what_was_heard(
    said: list[str], heard: list[str]
) -> None:
    made, at, errors = [], 0, 0
    for one in differences(said, heard):
        assert said[one.start : one.end] == list(one.said)
        made += said[at : one.start] + list(one.heard)
        at = one.end
        errors += max(len(one.said), len(one.heard))
    assert made + said[at:] == heard
    assert word_errors(said, heard) <= errors
    assert (word_errors(said, heard) == 0) == (said == heard)


TEN = "set a timer for ten minutes"


def test_a_confusion_of_one_speaker_alone_is_spread_to_nobody() -> None:
    often = [Heard(speaker="one", said="a timer", heard="the tie mer")] * 9
    assert not Confusions.learn(often).by_phrase
    both = [*often, Heard(speaker="two", said="a timer", heard="the tie mer")]
    assert Confusions.learn(both).by_phrase == {("a", "timer"): ((("the", "tie", "mer"), 2),)}


CONFUSED = Confusions({("timer",): ((("tyler",), 2),), ("a",): (((), 2),)})


def test_words_are_exchanged_between_entities_which_move_along() -> None:
    examples = [marked("start a timer of [ten minutes](duration) please")] + [
        marked(f"[{number} minutes](duration) on the timer") for number in range(7)
    ]
    made = noised(examples, CONFUSED, seed=1)
    assert len(made) == 2
    for one in made:
        assert parse(written(one)).entities == one.entities
        assert one.text not in {example.text for example in examples}


def test_a_word_that_is_part_of_an_entity_stays() -> None:
    examples = [marked("add [a timer](item)")] * 8
    assert noised(examples, CONFUSED, seed=1) == ()


def test_a_word_that_was_not_heard_leaves_one_space() -> None:
    deaf = Confusions({("please",): (((), 2),)})
    examples = [marked(f"please say {word}", "sing") for word in "abcd"]
    examples += [marked(f"say {word} please", "say") for word in "abcd"]
    texts = {one.text for one in noised(examples, deaf, seed=1)}
    assert len(texts) == 2
    assert all(len(text.split(" ")) == 2 and text.startswith("say ") for text in texts)


@given(st.integers(0, 40), st.integers(0, 1000))
def test_noise_never_outweighs_what_was_said(number: int, seed: int) -> None:
    examples = [marked(f"timer for number {one}") for one in range(number)]
    made = noised(examples, CONFUSED, seed=seed)
    assert len(made) <= number * NOISED_SHARE
    assert made == noised(examples, CONFUSED, seed=seed)


def test_the_words_that_were_heard_are_learned_where_the_entities_survived() -> None:
    example = marked("set a timer for [ten minutes](duration)")
    heard = as_heard(example, "said a time for ten minutes")
    assert heard is not None
    assert written(heard) == "said a time for [ten minutes](duration)"
    assert as_heard(example, "set a timer for tin minutes") is None
    assert as_heard(example, example.text) is None
    assert as_heard(example, "") is None
    assert as_heard(marked("[ten](a) to [ten](b)"), "ten too") is None


def gold(text: str, intent: str, speaker: str) -> GoldItem:
    return GoldItem(
        ref=ItemRef(item=f"{text}{intent}{speaker}", epoch=1),
        split=Split.TRAIN,
        speaker=speaker,
        text=text,
        intent=intent,
    )


def test_where_labels_contradict_each_other_most_speakers_prevail_or_nobody_does() -> None:
    clear = [gold("hush", "stop", "a"), gold("hush ", "stop", "b"), gold("Hush", "snooze", "c")]
    split = [gold("later", "snooze", "a"), gold("later", "stop", "b")]
    loud = [gold("now", "stop", "a")] * 5 + [gold("now", "snooze", "b")]
    fine = [gold("quiet", "stop", "a")]
    kept, left_out = without_contradictions([*clear, *split, *loud, *fine])
    assert kept == (clear[0], clear[1], *fine)
    assert left_out == 9
