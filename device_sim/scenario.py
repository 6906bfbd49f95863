"""Who lives in a household and what they say, as values and as YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import yaml

from device_sim.acoustics import BAD_MICROPHONE, LIVING_ROOM, QUIET, Acoustics
from device_sim.errors import ScenarioInvalid

MICROPHONES: Final[Mapping[str, Acoustics]] = {
    "good": QUIET,
    "living_room": LIVING_ROOM,
    "bad": BAD_MICROPHONE,
}
_MAX_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyChoices:
    """The switches of an account; off unless switched on."""

    keep_history: bool = False
    retention_days: int = 30
    improve_models: bool = False
    human_review: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An account holder with one device. `voice` is a name of `device_sim.voice.VOICES`."""

    name: str
    voice: str = "nina"
    device: str = "kitchen"
    child: bool = False
    time_zone: str = ""
    privacy: PrivacyChoices = PrivacyChoices()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One request: what is said, what is meant by it, and under which circumstances.

    `intent` is what a perfect assistant would understand, empty where it does not matter.
    `replies` answer the assistant's questions, in order. With `false_wake` no wake word is said:
    the device is fooled by the words themselves. With `push_to_talk` none is needed.
    """

    person: str
    says: str
    intent: str = ""
    replies: tuple[str, ...] = ()
    microphone: str = "good"
    guest: bool = False
    no_training: bool = False
    false_wake: bool = False
    push_to_talk: bool = False

    @property
    def acoustics(self) -> Acoustics:
        return MICROPHONES[self.microphone]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    people: tuple[Person, ...]
    lines: tuple[Line, ...]


def read(path: Path) -> Scenario:
    """Raises ScenarioInvalid."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ScenarioInvalid("the scenario is larger than 1 MiB")
        return parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioInvalid("the scenario cannot be read") from error


def parse(text: str) -> Scenario:
    """A mapping of `people` and `lines`, whose fields are those of Person and Line.

    Raises ScenarioInvalid, whose message names the entry and the field.
    """
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ScenarioInvalid("the scenario is not valid YAML") from error
    if not isinstance(content, dict) or set(content) != {"people", "lines"}:
        raise ScenarioInvalid("a scenario has exactly the keys 'people' and 'lines'")
    people = tuple(_person(p, f"people[{n}]") for n, p in enumerate(_list(content, "people")))
    lines = tuple(_line(v, f"lines[{n}]") for n, v in enumerate(_list(content, "lines")))
    names = [person.name for person in people]
    if len(set(names)) != len(names):
        raise ScenarioInvalid("two people have the same name")
    for number, line in enumerate(lines):
        if line.person not in names:
            raise ScenarioInvalid(f"lines[{number}].person is not one of 'people'")
        if line.microphone not in MICROPHONES:
            raise ScenarioInvalid(
                f"lines[{number}].microphone must be one of {', '.join(MICROPHONES)}"
            )
    return Scenario(people=people, lines=lines)


def _person(entry: Any, place: str) -> Person:
    given = _mapping(entry, place)
    privacy = given.pop("privacy", {})
    _check(PrivacyChoices, privacy := _mapping(privacy, f"{place}.privacy"), f"{place}.privacy")
    _check(Person, given, place)
    return Person(**given, privacy=PrivacyChoices(**privacy))


def _line(entry: Any, place: str) -> Line:
    given = _mapping(entry, place)
    replies = given.pop("replies", [])
    if not isinstance(replies, list) or not all(isinstance(r, str) for r in replies):
        raise ScenarioInvalid(f"{place}.replies must be a list of texts")
    _check(Line, given, place)
    return Line(**given, replies=tuple(replies))


def _list(content: Mapping[str, Any], key: str) -> list[Any]:
    if not isinstance(content[key], list) or not content[key]:
        raise ScenarioInvalid(f"'{key}' must be a list with at least one entry")
    return list(content[key])


def _mapping(entry: Any, place: str) -> dict[str, Any]:
    if not isinstance(entry, dict) or not all(isinstance(key, str) for key in entry):
        raise ScenarioInvalid(f"{place} must be a mapping")
    return dict(entry)


def _check(kind: type, given: Mapping[str, Any], place: str) -> None:
    """Names, presence and types of the fields that are plain values."""
    plain = {f.name: f for f in fields(kind) if f.type in _PLAIN}
    for key, value in given.items():
        if key not in plain:
            raise ScenarioInvalid(f"{place}.{key} is not a field; there are {', '.join(plain)}")
        expected = _PLAIN[str(plain[key].type)]
        if type(value) is not expected:
            raise ScenarioInvalid(f"{place}.{key} must be of type {expected.__name__}")
    for name in _REQUIRED.get(kind, ()):
        if not given.get(name):
            raise ScenarioInvalid(f"{place}.{name} is missing")


_PLAIN: Final[Mapping[Any, type]] = {"str": str, "bool": bool, "int": int}
_REQUIRED: Final[Mapping[type, tuple[str, ...]]] = {
    Person: ("name",),
    Line: ("person", "says"),
}
