"""Checks that what is called new is new: to the project's examples and to the recogniser."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.learning.ways import KNOWN, POOLS, TAUGHT, UNTAUGHT
from training_loop.training.language_model.vosk_directory import VoskModel
from training_loop.training.marked_files import read_marked
from training_loop.training.project import NluProject

_SLOT = re.compile(r"\{(\w+)\}")
_NEW_NAMES = ("appliance", "item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """What is new, counted."""

    phrasings: int
    names: int
    words: int
    """Of the taught phrasings and names, those that the recogniser has no pronunciation for."""


class NotNew(Exception):
    """The base data knows a phrasing or a name already; the message says which."""


def check(project: NluProject, speech_model: Path) -> Vocabulary:
    """Raises NotNew where the base data or the project's test has what is called new, or lacks
    what is called known."""
    templates, texts = _of_project(project)
    new = [way for ways in (*TAUGHT.values(), *UNTAUGHT.values()) for way in ways]
    names = [name for pool in _NEW_NAMES for name in _all_names(pool)]
    found = [way for way in new if _template(way) in templates]
    found += [name for name in names if any(f" {name} " in f" {text} " for text in texts)]
    known = [way for ways in KNOWN.values() for way in ways]
    found += [way for way in known if _template(way) not in templates]
    if found:
        raise NotNew(", ".join(found))
    recognised = VoskModel.at(speech_model).said
    said = [word for text in (*new, *names) for word in _SLOT.sub("", text).split()]
    return Vocabulary(
        phrasings=len(new),
        names=len(names),
        words=len({word for word in said if word not in recognised}),
    )


def _of_project(project: NluProject) -> tuple[set[str], set[str]]:
    templates, texts = set(), set()
    for directory in (project.examples, project.hold_out):
        for marked in read_marked(directory):
            text = marked.text
            texts.add(text.lower())
            for entity in sorted(marked.entities, key=lambda one: -one.start):
                text = f"{text[: entity.start]}{{{entity.name}}}{text[entity.end :]}"
            templates.add(text.lower())
    return templates, texts


def _template(way: str) -> str:
    return _SLOT.sub(lambda slot: f"{{{POOLS[slot[1]].entity}}}", way)


def _all_names(pool: str) -> Iterable[str]:
    return (*POOLS[pool].taught, *POOLS[pool].untaught)
