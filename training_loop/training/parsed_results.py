"""What Rasa made of held-out texts, compared with what was meant."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training_loop.datasets.gold import Group
from training_loop.training.example_result import EntityCount, ExampleResult
from training_loop.training.noised_text import MarkedText

UNSURE = "nlu_fallback"
"""Rasa's name for an intent that it is not sure about."""

Span = tuple[str, str, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """A text to be parsed, and what it means."""

    example: str
    speaker: str
    group: Group
    marked: MarkedText = field(repr=False)
    only_intent: bool = False
    """Nobody has marked the entities in these words."""


def write_texts(held_out: Iterable[HeldOut], path: Path) -> None:
    path.touch(mode=0o600)
    path.write_text("".join(json.dumps({"text": one.marked.text}) + "\n" for one in held_out))


def read_results(held_out: Sequence[HeldOut], path: Path) -> tuple[ExampleResult, ...]:
    """One result a text, in order. Raises ValueError where their numbers differ."""
    with path.open() as lines:
        return tuple(
            _result(one, json.loads(line)) for one, line in zip(held_out, lines, strict=True)
        )


def _result(one: HeldOut, parsed: Mapping[str, Any]) -> ExampleResult:
    ranking = [intent for intent in parsed["intent_ranking"] if intent["name"] != UNSURE]
    unsure = not ranking or parsed["intent_ranking"][0]["name"] == UNSURE
    best = ranking[0]["name"] if ranking else ""
    given = "" if unsure else best
    return ExampleResult(
        example=one.example,
        speaker=one.speaker,
        group=one.group,
        intent=one.marked.intent,
        given=given,
        best=best,
        confidence=ranking[0]["confidence"] if ranking else 0.0,
        right=given == one.marked.intent,
        entities={} if one.only_intent else _compared(one.marked, parsed["entities"]),
        took_ms=parsed["took_ms"],
    )


def _compared(marked: MarkedText, found: Iterable[Mapping[str, Any]]) -> dict[str, EntityCount]:
    """An entity is right when its name, its role and its first and last character are."""
    expected = {(one.name, one.role, one.start, one.end) for one in marked.entities}
    given = {(one["entity"], one.get("role") or "", one["start"], one["end"]) for one in found}
    counts: dict[str, EntityCount] = defaultdict(EntityCount)
    _count(counts, expected & given, EntityCount(right=1))
    _count(counts, given - expected, EntityCount(wrong=1))
    _count(counts, expected - given, EntityCount(missed=1))
    return dict(sorted(counts.items()))


def _count(counts: dict[str, EntityCount], spans: Iterable[Span], one: EntityCount) -> None:
    for name, *_ in spans:
        counts[name] += one
