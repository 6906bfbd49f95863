"""What a reviewer filled in, as a message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from training_loop.v1 import review_pb2 as pb
from training_loop.web.review.task_view import ASIDE, REQUEST, Draft

MOST_ENTITIES: Final = 20


class NotComplete(Exception):
    """Something to correct first; `problem` says what, to the reviewer."""

    def __init__(self, problem: str) -> None:
        super().__init__("the form is not complete")
        self.problem = problem


def draft_of(form: Mapping[str, str]) -> Draft:
    """As it was sent, to be shown again."""
    return Draft(
        text=" ".join(form.get("text", "").split()),
        intent=form.get("intent", "").strip(),
        entities=tuple(_rows(form)),
        what=form.get("what", REQUEST),
    )


def content_of(draft: Draft) -> pb.ReviewContent:
    """Raises NotComplete."""
    if draft.what in ASIDE:
        return ASIDE[draft.what]
    if not draft.text:
        raise NotComplete("Write down what was said, or say what the clip is instead.")
    if not draft.intent:
        raise NotComplete("Choose what was meant.")
    return pb.ReviewContent(
        text=draft.text, intent=draft.intent, entities=list(_entities(draft)), wake=True
    )


def _rows(form: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    for number in range(MOST_ENTITIES):
        words = " ".join(form.get(f"entity-{number}-words", "").split())
        if not words:
            continue
        at = form.get(f"entity-{number}-at", "")
        yield {
            "words": words,
            "name": form.get(f"entity-{number}-name", "").strip(),
            "role": form.get(f"entity-{number}-role", "").strip(),
            "value": form.get(f"entity-{number}-value", "").strip(),
            "at": int(at) if at.isdecimal() and len(at) <= 4 else 0,
        }


def _entities(draft: Draft) -> Iterator[pb.MarkedEntity]:
    """Each at the place of its words that is nearest to where they were marked: the text may have
    been corrected since."""
    taken: list[tuple[int, int]] = []
    for row in draft.entities:
        places = [
            (start, start + len(row["words"]))
            for start in _places(draft.text, row["words"])
            if all(start >= end or start + len(row["words"]) <= begin for begin, end in taken)
        ]
        if not places:
            raise NotComplete("Marked words must stand in the text. Mark them again.")
        if not row["name"]:
            raise NotComplete("Say what the marked words are.")
        start, end = min(places, key=lambda place: abs(place[0] - row["at"]))
        taken.append((start, end))
        yield pb.MarkedEntity(
            name=row["name"], role=row["role"], value=row["value"], start=start, end=end
        )


def _places(text: str, words: str) -> Iterator[int]:
    """Where whole words stand."""
    padded, wanted = f" {text} ", f" {words} "
    at = padded.find(wanted)
    while at >= 0:
        yield at
        at = padded.find(wanted, at + 1)
