"""A limited command as it travels, with every path of this machine named by what it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from training_loop.training.limited_process import LimitedCommand, Limits, Program

WORKSPACE = "workspace"

_READ = "read"
_ADDED_TO = "added-to"
_MARK = "\0"
"""Begins a path in what travels. No path and no argument can hold it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One of a command's paths, and its name where it travels."""

    name: str
    path: Path
    comes_back: bool


def places_of(command: LimitedCommand) -> tuple[Place, ...]:
    """The longest paths first, so that each path belongs to the nearest."""
    found = [Place(name=WORKSPACE, path=command.workspace.absolute(), comes_back=True)]
    for kind, paths, back in (
        (_READ, command.reads, False),
        (_ADDED_TO, command.adds_to, True),
    ):
        for number, path in enumerate(paths):
            name = f"{kind}/{number}/{path.name}"
            found.append(Place(name=name, path=path.absolute(), comes_back=back))
    return tuple(sorted(found, key=lambda place: -len(place.path.parts)))


def written(command: LimitedCommand, given: bytes) -> dict[str, Any]:
    """As JSON values; `received` reads them."""
    places = places_of(command)

    def name(word: str) -> str:
        path = Path(word)
        if path.is_absolute():
            for place in places:
                if path.is_relative_to(place.path):
                    return _MARK + (Path(place.name) / path.relative_to(place.path)).as_posix()
        return word

    return {
        "program": command.program.name,
        "arguments": [name(word) for word in command.arguments],
        "environment": {key: name(value) for key, value in command.environment.items()},
        "places": [[place.name, place.comes_back] for place in places],
        "limits": asdict(command.limits),
        "given": _each(name, json.loads(given)) if given else None,
    }


def received(
    value: Mapping[str, Any], root: Path, installed: Callable[[str], Program]
) -> tuple[LimitedCommand, bytes]:
    """The command on the machine where its places lie below `root`, and what it is given."""

    def find(word: str) -> str:
        return _find(word, root)

    command = LimitedCommand(
        program=installed(value["program"]),
        arguments=tuple(find(word) for word in value["arguments"]),
        workspace=root / WORKSPACE,
        environment={key: find(word) for key, word in value["environment"].items()},
        limits=Limits(**value["limits"]),
    )
    given = value["given"]
    return command, b"" if given is None else json.dumps(_each(find, given)).encode()


def arguments_of(value: Mapping[str, Any], root: Path) -> Any:
    """What a command is given, where its places lie below `root`."""
    return _each(lambda word: _find(word, root), value["given"])


def coming_back(value: Mapping[str, Any]) -> Iterator[str]:
    """The names of the places that a command writes into."""
    return (name for name, back in value["places"] if back)


def _find(word: str, root: Path) -> str:
    return str(root / word.removeprefix(_MARK)) if word.startswith(_MARK) else word


def _each(change: Callable[[str], str], value: Any) -> Any:
    """JSON values with every string in them changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_each(change, one) for one in value]
    if isinstance(value, dict):
        return {key: _each(change, one) for key, one in value.items()}
    return value
