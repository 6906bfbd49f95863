"""The steps of set-up: which are due, and doing them with progress shown."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console

from assistant.home import Home
from assistant.setup import base_model, environment


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    doing: str
    done: str
    is_current: Callable[[Home], bool]
    run: Callable[[Home], None]


_STEPS = (
    _Step(
        doing="installing Rasa's environment",
        done="Rasa's environment",
        is_current=environment.environment_is_current,
        run=environment.build_environment,
    ),
    _Step(
        doing="training the language understanding",
        done="language understanding",
        is_current=base_model.base_model_is_current,
        run=base_model.train_base_model,
    ),
)


def run_setup(home: Home, console: Console) -> bool:
    """Makes whatever is missing or out of date below `home`; True when something was made.

    Does nothing in well under a second when all is current. An interrupted set-up leaves what was
    there in service and is continued by the next one; of two at once the second waits. Raises
    SetupFailed.
    """
    if is_complete(home):
        return False
    home.root.mkdir(parents=True, exist_ok=True)
    with _alone(home, console):
        base_model.remove_leftovers(home)
        for step in _STEPS:
            if not step.is_current(home):
                _run(step, home, console)
    return True


def is_complete(home: Home) -> bool:
    """Whether nothing is left to do."""
    return all(step.is_current(home) for step in _STEPS)


def _run(step: _Step, home: Home, console: Console) -> None:
    started = time.monotonic()
    with console.status(f"{step.doing} ..."):
        step.run(home)
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
