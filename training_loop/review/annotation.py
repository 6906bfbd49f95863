"""Entities marked inside a text, in Rasa's inline form.

`set a timer for [ten minutes](duration)`, and where an entity has a role or a value of its own
`add milk to the [groceries]{"entity": "list_name", "value": "shopping"}`. The short form with a
value, `[groceries](list_name:shopping)`, is read as well and never written.
Source of the form: Rasa 3.x, "Training Data Format", entities.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from training_loop.errors import TrainingLoopError
from training_loop.utterance import NamedEntity

MAX_TEXT = 1000

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_MARK = re.compile(r"\[(?P<text>[^\[\]]+)\](?:\((?P<short>[^()]*)\)|(?P<long>\{[^{}]*\}))")
_LONG_KEYS = frozenset({"entity", "role", "value"})


class AnnotationFault(TrainingLoopError):
    """A marked text that cannot be read or written; the message never repeats the text."""

    code = "ANNOTATION_FAULT"
    hint = 'Write entities as [ten minutes](duration) or [ten]{"entity": "x", "role": "y"}.'


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotated:
    """A plain text and its entities, in order and without overlap."""

    text: str = field(repr=False)
    entities: tuple[NamedEntity, ...] = field(default=(), repr=False)


def parse(marked: str) -> Annotated:
    """Reads a marked text. Raises AnnotationFault for anything that is not in the form."""
    plain: list[str] = []
    entities: list[NamedEntity] = []
    length = end = 0
    for mark in _MARK.finditer(marked):
        before = _plain(marked[end : mark.start()])
        start = length + len(before)
        entities.append(_entity(mark, start))
        plain += [before, mark["text"]]
        length = start + len(mark["text"])
        end = mark.end()
    plain.append(_plain(marked[end:]))
    text = "".join(plain)
    check_text(text)
    return Annotated(text=text, entities=tuple(entities))


def write(text: str, entities: Iterable[NamedEntity]) -> str:
    """Marks entities in a text; `parse` gives both back.

    Raises AnnotationFault when an entity is not where it says, overlaps another, or the text
    holds brackets or line breaks, which the form has no way to say.
    """
    _plain(text)
    check_text(text)
    parts: list[str] = []
    at = 0
    for entity in sorted(entities, key=lambda entity: entity.start):
        if not at <= entity.start < entity.end <= len(text):
            raise AnnotationFault("Two entities overlap, or one lies outside the text.")
        if text[entity.start : entity.end] != entity.text:
            raise AnnotationFault("An entity's text is not what stands at its place.")
        parts += [text[at : entity.start], _mark(entity)]
        at = entity.end
    return "".join(parts) + text[at:]


def check_text(text: str) -> None:
    """Raises AnnotationFault unless the text is one line of 1 to 1,000 printable characters."""
    if not text.strip() or len(text) > MAX_TEXT or not text.isprintable():
        raise AnnotationFault(f"A text is one line of 1 to {MAX_TEXT} printable characters.")


def _plain(part: str) -> str:
    if "[" in part or "]" in part:
        raise AnnotationFault("A bracket stands alone or a mark is incomplete.")
    return part


def _mark(entity: NamedEntity) -> str:
    _checked_name(entity.name)
    if not entity.role and entity.value == entity.text:
        return f"[{entity.text}]({entity.name})"
    return f"[{entity.text}]{_one_level(dict(_long_form(entity)))}"


def _long_form(entity: NamedEntity) -> Iterator[tuple[str, str]]:
    yield "entity", entity.name
    if entity.role:
        yield "role", _checked_name(entity.role)
    if entity.value != entity.text:
        yield "value", entity.value


def _one_level(form: Mapping[str, str]) -> str:
    """JSON in which no brace or bracket stands inside a value, for readers that search for one."""
    written = json.dumps(form)[1:-1]
    for sign in "{}[]":
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    return "{" + written + "}"


def _entity(mark: re.Match[str], start: int) -> NamedEntity:
    text = mark["text"]
    form = _read_short(mark["short"]) if mark["long"] is None else _read_long(mark["long"])
    role = form.get("role", "")
    return NamedEntity(
        name=_checked_name(form.get("entity", "")),
        role=_checked_name(role) if role else "",
        value=form.get("value", text),
        text=text,
        start=start,
        end=start + len(text),
    )


def _read_short(inside: str) -> dict[str, str]:
    name, colon, value = inside.partition(":")
    return {"entity": name, "value": value} if colon else {"entity": name}


def _read_long(inside: str) -> dict[str, str]:
    try:
        form = json.loads(inside)
    except ValueError as fault:
        raise AnnotationFault("The braces after a mark do not hold JSON.") from fault
    if not form.keys() <= _LONG_KEYS or not all(isinstance(part, str) for part in form.values()):
        raise AnnotationFault("A mark may say entity, role and value, each as a string.")
    return dict(form)


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise AnnotationFault("The name of an entity or role is a word without spaces.")
    return name
