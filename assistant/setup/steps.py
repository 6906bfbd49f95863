"""The steps of set-up: which are due, and doing them with progress shown."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console

from assistant.home import Home
from assistant.setup import base_model, environment, letters
from assistant.setup.base_model import NLU_PROJECT


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    doing: str
    done: str
    is_current: Callable[[], bool]
    run: Callable[[], None]


def run_setup(home: Home, console: Console, *, project: Path = NLU_PROJECT) -> bool:
    """Makes whatever is missing or out of date below `home`; True when something was made.

    Does nothing in well under a second when all is current. An interrupted set-up leaves what was
    there in service and is continued by the next one; of two at once the second waits. Raises
    SetupFailed.
    """
    if is_complete(home, project=project):
        return False
    home.root.mkdir(parents=True, exist_ok=True)
    made = False
    with _alone(home, console):
        base_model.remove_leftovers(home)
        for step in _steps(home, project):
            if not step.is_current():
                _run(step, console)
                made = True
    return made


def is_complete(home: Home, *, project: Path = NLU_PROJECT) -> bool:
    """Whether nothing is left to do."""
    return all(step.is_current() for step in _steps(home, project))


def _steps(home: Home, project: Path) -> tuple[_Step, ...]:
    return (
        _Step(
            doing="installing Rasa's environment",
            done="Rasa's environment",
            is_current=partial(environment.environment_is_current, home),
            run=partial(environment.build_environment, home),
        ),
        _Step(
            doing="training the language understanding",
            done="language understanding",
            is_current=partial(base_model.base_model_is_current, home, project),
            run=partial(base_model.train_base_model, home, project),
        ),
        _Step(
            doing="learning how letters sound",
            done="how letters sound",
            is_current=partial(letters.letters_are_learned, home),
            run=partial(letters.learn_letters, home),
        ),
    )


def _run(step: _Step, console: Console) -> None:
    started = time.monotonic()
    with console.status(f"{step.doing} ..."):
        step.run()
    console.print(f"[green]ready[/] {step.done} ({time.monotonic() - started:.0f} s)")


@contextmanager
def _alone(home: Home, console: Console) -> Iterator[None]:
    """Holds the lock file; the system frees it when the process ends, however it ends."""
    with (home.root / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.print("another set-up is running; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
