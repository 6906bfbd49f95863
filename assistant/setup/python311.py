"""Finds the Python that Rasa needs: exactly 3.11."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from assistant.setup.errors import PythonMissing

_PROBE = "import sys, ssl, sqlite3, ctypes, venv; print(*sys.version_info[:2], sep='.')"
_PROBE_TIMEOUT_S = 20.0
_FETCH_TIMEOUT_S = 300.0


def find_python311(uv: str) -> str:
    """The path of a complete Python 3.11: the running one, on the PATH, of pyenv, of uv.

    `uv` (its path) fetches one where the machine has none. Raises PythonMissing.
    """
    for candidate in _candidates():
        if _is_311(candidate):
            return candidate
    for arguments in (["find", "3.11"], ["install", "3.11"], ["find", "3.11"]):
        found = _output([uv, "python", *arguments], _FETCH_TIMEOUT_S)
        if arguments[0] == "find" and found and _is_311(found):
            return found
    raise PythonMissing("Rasa needs Python 3.11: none on the PATH or in pyenv, none to fetch")


def _candidates() -> Iterator[str]:
    yield sys.executable
    for name in ("python3.11", "python3", "python"):
        if found := shutil.which(name):
            yield found
    pyenv = Path(os.environ.get("PYENV_ROOT") or "~/.pyenv").expanduser()
    yield from map(str, sorted(pyenv.glob("versions/3.11*/bin/python"), reverse=True))


def _is_311(python: str) -> bool:
    return _output([python, "-I", "-c", _PROBE], _PROBE_TIMEOUT_S) == "3.11"


def _output(command: list[str], timeout_s: float) -> str:
    """What the command printed, without the last line's end; empty when it failed."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=timeout_s, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
