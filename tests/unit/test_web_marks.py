"""What a reviewer fills in becomes what was said, or a sentence about what is missing."""

from __future__ import annotations

import pytest

from training_loop.v1 import review_pb2 as pb
from training_loop.web.review.marks import NotComplete, content_of, draft_of
from training_loop.web.review.task_view import picks_of


def content(**form: str) -> pb.ReviewContent:
    return content_of(draft_of({"text": "wake me at ten or ten thirty", "intent": "alarm", **form}))


def mark(words: str, at: int, name: str = "time", number: int = 0) -> dict[str, str]:
    return {
        f"entity-{number}-words": words,
        f"entity-{number}-at": str(at),
        f"entity-{number}-name": name,
    }


def test_marked_words_are_where_they_were_marked() -> None:
    first, second = (content(**mark("ten", at)).entities[0] for at in (11, 18))
    assert (first.start, first.end, second.start, second.end) == (11, 14, 18, 21)


def test_a_mark_follows_its_words_when_the_text_was_corrected_before_them() -> None:
    (found,) = content(text="please wake me at eleven", **mark("eleven", 11)).entities
    assert (found.start, found.end) == (18, 24)


def test_two_marks_of_the_same_words_take_two_places() -> None:
    found = content(**mark("ten", 11), **mark("ten", 11, number=1)).entities
    assert sorted((one.start, one.end) for one in found) == [(11, 14), (18, 21)]


@pytest.mark.parametrize(
    "form",
    [
        {"text": " "},
        {"intent": ""},
        mark("eleven", 11),
        mark("en", 12),
        mark("ten", 11, name=""),
        {**mark("ten", 1), **mark("ten", 1, number=1), **mark("ten", 1, number=2)},
    ],
)
def test_what_is_missing_is_said_without_repeating_what_was_written(form: dict[str, str]) -> None:
    with pytest.raises(NotComplete) as caught:
        content(**form)
    assert "eleven" not in caught.value.problem
    assert "wake me" not in str(caught.value)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("not_for_assistant", pb.ReviewContent(wake=True, not_for_assistant=True)),
        ("no_wake", pb.ReviewContent(wake=False)),
        ("unusable", pb.ReviewContent(wake=True, unusable=True)),
    ],
)
def test_of_what_is_set_aside_nothing_is_written_down(
    what: str, expected: pb.ReviewContent
) -> None:
    assert content(what=what) == expected


def test_the_words_in_which_two_opinions_differ_are_marked_and_no_others() -> None:
    task = pb.ReviewTask(
        opinions=[
            pb.ReviewContent(text="set a timer for ten minutes", intent="set_timer", wake=True),
            pb.ReviewContent(text="set the timer for ten", intent="set_timer", wake=True),
        ],
        readings=["set a time"],
    )
    first, second, reading = picks_of(task)
    assert first.pieces == (
        ("set", False),
        ("a", True),
        ("timer for ten", False),
        ("minutes", True),
    )
    assert [words for words, differs in second.pieces if differs] == ["the"]
    assert (reading.number, reading.text, reading.what) == (3, "set a time", "")
