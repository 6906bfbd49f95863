"""The child of `trainer_process`: `python -m training_loop.training.work MODULE:FUNCTION`.

Arguments come as JSON on standard input. What goes back are JSON lines: progress, and then either
the result or the kind and places of the failure. Never its message, which may quote a text. What
libraries print goes nowhere.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import resource
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

from training_loop.training.code_places import places_of

Tell = Callable[[str, float | None, str], None]
"""Stage, part done from 0 to 1, detail."""

Work = Callable[[Mapping[str, Any], Tell], Mapping[str, Any]]
"""What such a function is: JSON values in, JSON values out. Everything else is in files."""


def main() -> int:
    said = own_output()

    def send(event: Mapping[str, Any]) -> None:
        said.write(json.dumps(event) + "\n")
        said.flush()

    def tell(stage: str, done: float | None, detail: str) -> None:
        send({"stage": stage, "done": done, "detail": detail})

    try:
        module, _, name = sys.argv[1].partition(":")
        given = json.load(sys.stdin)
        random.seed(given.get("seed", 0))
        work: Work = getattr(importlib.import_module(module), name)
        result = work(given, tell)
    except Exception as failure:  # noqa: BLE001 - this is the border of the process
        send({"failed": described(failure), "places": places_of(failure)})
        return 1
    used = resource.getrusage(resource.RUSAGE_SELF)
    cost = {"cpu_s": used.ru_utime + used.ru_stime, "peak_bytes": used.ru_maxrss * 1024}
    send({"result": result, "cost": cost})
    return 0


def own_output() -> TextIO:
    """The events' way out; from here on, standard output and errors lead nowhere."""
    said = os.fdopen(os.dup(1), "w")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return said


def described(failure: Exception) -> dict[str, Any]:
    """Kind, number and place of a failure; never its message."""
    frames = traceback.extract_tb(failure.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    number = failure.errno if isinstance(failure, OSError) else None
    return {"kind": type(failure).__name__, "errno": number, "place": place}


if __name__ == "__main__":
    sys.exit(main())
