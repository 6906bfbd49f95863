"""What a worker must have in common with whoever sends it work."""

from __future__ import annotations

import hashlib
import platform
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from training_loop.training.limited_process import OWN_PYTHON, Program
from training_loop.training.rasa_command import RasaCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Equal installations make equal models. A model moved from one Python to another can lose all
    it learned without an error."""

    earmark: str
    code: str
    """SHA-256 over the training loop's source."""
    python: str
    machine: str


@cache
def own_installation() -> Installation:
    """Of this process."""
    root = Path(__file__).parents[1]
    code = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        code.update(path.relative_to(root).as_posix().encode() + b"\0")
        code.update(hashlib.sha256(path.read_bytes()).digest())
    return Installation(
        earmark=version("earmark"),
        code=code.hexdigest(),
        python=".".join(platform.python_version_tuple()[:2]),
        machine=platform.machine(),
    )


def installed(name: str) -> Program:
    """A program where this process runs. Raises RasaMissing, and ValueError for an unknown one."""
    if name == OWN_PYTHON.name:
        return OWN_PYTHON
    rasa = RasaCommand.locate()
    for program in (rasa.program, rasa.python):
        if program.name == name:
            return program
    raise ValueError("no such program")
