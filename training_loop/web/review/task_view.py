"""A task as the console shows it."""

from __future__ import annotations

import base64
import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from google.protobuf.duration_pb2 import Duration

from training_loop.v1 import review_pb2 as pb

REQUEST: Final = "request"
ASIDE: Mapping[str, pb.ReviewContent] = {
    "not_for_assistant": pb.ReviewContent(wake=True, not_for_assistant=True),
    "no_wake": pb.ReviewContent(wake=False),
    "unusable": pb.ReviewContent(wake=True, unusable=True),
}
"""What is said of a clip from which nothing is written down."""
_SURE_BELOW: Final = 0.7
_MOST_PICKS: Final = 9

REASONS: Mapping[int, str] = {
    pb.SAMPLE_REASON_RANDOM: "picked at random",
    pb.SAMPLE_REASON_UNSURE_WORDS: "picked because the words were unsure",
    pb.SAMPLE_REASON_UNSURE_INTENT: "picked because the meaning was unsure",
    pb.SAMPLE_REASON_REPHRASED: "picked because it was said again in other words",
    pb.SAMPLE_REASON_CORRECTED: "picked because its speaker said it was wrong",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What stands in the form."""

    text: str = field(default="", repr=False)
    intent: str = ""
    entities: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    what: str = REQUEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A text to take over by its number."""

    number: int
    label: str
    pieces: tuple[tuple[str, bool], ...] = field(repr=False)
    """Words and whether they differ from the other opinion's."""
    text: str = field(repr=False)
    intent: str
    what: str
    entities: str = field(repr=False)
    """JSON for the console; empty where only the text is taken."""


def heard(task: pb.ReviewTask) -> str:
    return " ".join(word.text for word in task.words)


def first_draft(task: pb.ReviewTask) -> Draft:
    """What the machine made of it; an adjudicator begins with that as well."""
    text = heard(task)
    return Draft(
        text=text,
        intent=task.intent,
        entities=tuple(entity_row(text, one) for one in task.entities),
    )


def entity_row(text: str, entity: pb.MarkedEntity) -> Mapping[str, Any]:
    words = text[entity.start : entity.end]
    return {
        "words": words,
        "name": entity.name,
        "role": entity.role,
        "value": entity.value if entity.value != words else "",
        "at": entity.start,
    }


def words_of(task: pb.ReviewTask) -> list[Mapping[str, Any]]:
    return [
        {
            "text": word.text,
            "start_ms": milliseconds(word.start),
            "end_ms": milliseconds(word.end),
            "hidden": word.redacted,
            "unsure": not word.redacted and word.confidence < _SURE_BELOW,
        }
        for word in task.words
    ]


def picks_of(task: pb.ReviewTask) -> list[Pick]:
    """The opinions, then the other readings; each has a number from 1 to 9."""
    marked = _differences([one.text for one in task.opinions])
    opinions = [
        Pick(
            number=number,
            label=f"Reviewer {number}",
            pieces=marked[number - 1],
            text=one.text,
            intent=one.intent,
            what=_what(one),
            entities=json.dumps([dict(entity_row(one.text, each)) for each in one.entities]),
        )
        for number, one in enumerate(task.opinions, 1)
    ]
    readings = [
        Pick(
            number=number,
            label="Could also be",
            pieces=((reading, False),),
            text=reading,
            intent="",
            what="",
            entities="",
        )
        for number, reading in enumerate(task.readings, len(opinions) + 1)
    ]
    return (opinions + readings)[:_MOST_PICKS]


def waveform_of(task: pb.ReviewTask) -> str:
    """For the canvas, in base64."""
    return base64.b64encode(task.waveform).decode("ascii")


def milliseconds(value: Duration) -> int:
    return value.seconds * 1000 + value.nanos // 1_000_000


def _what(opinion: pb.ReviewContent) -> str:
    if opinion.unusable:
        return "unusable"
    if opinion.not_for_assistant:
        return "not_for_assistant"
    return REQUEST if opinion.wake else "no_wake"


def _differences(texts: Sequence[str]) -> list[tuple[tuple[str, bool], ...]]:
    """Of two texts the runs of words that only one of them has; of any other number none."""
    if len(texts) != 2:
        return [((one, False),) for one in texts]
    first, second = (one.split() for one in texts)
    found: tuple[list[tuple[str, bool]], list[tuple[str, bool]]] = ([], [])
    matcher = difflib.SequenceMatcher(None, first, second, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        for runs, words in ((found[0], first[i1:i2]), (found[1], second[j1:j2])):
            if words:
                runs.append((" ".join(words), kind != "equal"))
    return [tuple(runs) for runs in found]
