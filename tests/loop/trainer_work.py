"""What tests let trainers' processes do."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training_loop.training.work import Tell

SAID = "zip your lips robot"


def draw(given: Mapping[str, Any], tell: Tell) -> Mapping[str, Any]:
    """Tells of two steps and returns what chance and the environment gave."""
    tell("training", 0.25, "counting")
    tell("training", 1.0, "pruning")
    print(SAID)
    print(SAID, file=sys.stderr)
    return {
        "drawn": random.random(),
        "nice": os.nice(0),
        "master_key": os.environ.get("EARMARK_MASTER_KEY", ""),
        "temporary": os.environ["TMPDIR"],
        "doubled": given["number"] * 2,
    }


def copy(given: Mapping[str, Any], tell: Tell) -> Mapping[str, Any]:
    """Reads beside the workspace, changes it, and adds to what is kept."""
    tell("training", 0.5, "copying")
    room, kept = Path(given["room"]), Path(given["kept"])
    (room / "copy").mkdir()
    (room / "copy" / "of.txt").write_bytes(Path(given["beside"]).read_bytes())
    (room / "old").unlink()
    kept.mkdir(exist_ok=True)
    with (kept / "times.txt").open("a") as times:
        times.write("1")
    print(SAID)
    return {"drawn": random.random(), "master_key": os.environ.get("EARMARK_MASTER_KEY", "")}


def gossip(given: Mapping[str, Any], tell: Tell) -> Mapping[str, Any]:
    """Would tell what was said."""
    tell("training", 0.5, SAID)
    tell(SAID, None, "")
    raise ValueError(SAID)


def devour(given: Mapping[str, Any], tell: Tell) -> Mapping[str, Any]:
    held = [bytearray(1 << 28) for _ in range(32)]
    return {"held": len(held)}


def burn(given: Mapping[str, Any], tell: Tell) -> Mapping[str, Any]:
    while True:
        pass


def fill(given: Mapping[str, Any], tell: Tell) -> Mapping[str, Any]:
    with Path("/dev/full").open("w") as full:
        full.write(SAID * 10_000)
    return {}


def linger(given: Mapping[str, Any], tell: Tell) -> Mapping[str, Any]:
    """Is half done and stays so, with a child of its own that listens to nobody."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
    Path(given["pids"]).write_text(f"{os.getpid()} {child.pid}")
    Path("half").write_text(SAID)
    tell("training", 0.5, "")
    time.sleep(600)
    return {}


class EachOf:
    """Is an EachWork: what an item says is done."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        print(SAID)
        self._beside = Path(given["beside"]).read_text() if "beside" in given else ""
        self._done = 0

    def __call__(self, item: bytes) -> Any:
        self._done += 1
        if item == b"devour":
            return devour({}, _untold)
        if item == b"burn":
            return burn({}, _untold)
        if item == b"gossip":
            return gossip({}, _untold)
        if item == b"limits":
            return [os.getpid(), resource.getrlimit(resource.RLIMIT_AS)[1], os.nice(0), self._done]
        return [item.decode(), self._beside]


def _untold(stage: str, done: float | None, detail: str) -> None:
    pass
