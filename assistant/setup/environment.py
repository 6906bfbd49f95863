"""Rasa's own virtual environment, built beside the old one and put in its place in one step."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from uv import find_uv_bin

import assistant
from assistant.home import Home
from assistant.setup import fingerprint
from assistant.setup.errors import SetupFailed
from assistant.setup.python311 import find_python311

LOCK = Path(__file__).with_name("rasa.lock")
_STAMP = "earmark.fingerprint"
_INSTALL_TIMEOUT_S = 900.0
_COMMAND = """\
#!/bin/sh
# The rasa command line of this environment. -I: nothing from the caller's own Python.
exec "$(dirname -- "$0")/python" -I -W ignore -m assistant.nlu.lean "$@"
"""


def rasa_command(home: Home) -> str:
    """The lean `rasa` command, to be followed by its arguments: `train nlu ...`.

    `EARMARK_RASA_COMMAND` names another one.
    """
    return os.environ.get("EARMARK_RASA_COMMAND") or str(home.rasa / "bin" / "rasa-lean")


def environment_is_current(home: Home) -> bool:
    stamp = fingerprint.read(home.rasa / _STAMP)
    return stamp == _wanted() and home.rasa_python.exists()


def build_environment(home: Home) -> None:
    """Installs the locked distributions, and nothing else, for Python 3.11.

    The environment in use stays untouched until the new one is complete. Raises SetupFailed and
    PythonMissing.
    """
    uv = find_uv_bin()
    fresh = home.root / "rasa.building"
    _remove(fresh)
    home.root.mkdir(parents=True, exist_ok=True)
    python = find_python311(uv)
    _run([uv, "venv", "--quiet", "--relocatable", "--python", python, str(fresh)])
    _run([
        *(uv, "pip", "install", "--quiet", "--no-deps"),
        *("--python", str(fresh / "bin" / "python"), "--requirement", str(LOCK)),
    ])  # fmt: skip
    _link_own_code(fresh)
    command = fresh / "bin" / "rasa-lean"
    command.write_text(_COMMAND, encoding="ascii")
    command.chmod(0o755)
    fingerprint.write(fresh / _STAMP, _wanted())
    _put_in_place(fresh, home.rasa)


def _wanted() -> str:
    """Changes with the lock, this recipe and the place of the code that is linked in."""
    package = _package()
    recipe = (LOCK, Path(__file__).resolve())
    return fingerprint.of_tree(LOCK.parent, recipe, str(package))


def _package() -> Path:
    return Path(assistant.__file__).resolve().parent


def _link_own_code(environment: Path) -> None:
    """Makes `assistant` importable there without a path entry that shadows Rasa's libraries."""
    (site_packages,) = environment.glob("lib/python3.11/site-packages")
    (site_packages / "assistant").symlink_to(_package(), target_is_directory=True)


def _put_in_place(fresh: Path, place: Path) -> None:
    old = place.with_name(f"{place.name}.old")
    _remove(old)
    if place.exists():
        place.rename(old)
    fresh.rename(place)
    _remove(old)


def _remove(path: Path) -> None:
    if path.exists():
        shutil.rmtree(path)


def _run(command: list[str]) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    environment.setdefault("UV_SYSTEM_CERTS", "true")  # whom the machine trusts
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=_INSTALL_TIMEOUT_S,
            check=False,
            env=environment,
        )
    except subprocess.TimeoutExpired as late:
        raise SetupFailed("the Rasa environment was not installed in time") from late
    if done.returncode != 0:
        last = (done.stderr.strip() or "no message").splitlines()[-1]
        raise SetupFailed(f"the Rasa environment could not be installed: {last}")
