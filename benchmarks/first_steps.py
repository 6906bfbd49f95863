"""How long a newcomer waits: set-up in a fresh clone, and the first answer of the demo.

    python -m benchmarks.first_steps

Clones the repository's last commit into a temporary directory and gives every cache an empty
place. Needs the package index.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks import report

ROOT = Path(__file__).resolve().parent.parent
FIRST_ANSWER = "answered"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="earmark-") as directory:
        clone = Path(directory) / "clone"
        subprocess.run(("git", "clone", "--quiet", str(ROOT), str(clone)), check=True)
        environment = newcomer(Path(directory) / "cache")
        first = timed(("make", "setup"), clone, environment)
        second = timed(("make", "setup"), clone, environment)
        answer, whole = demo(clone, environment)
    report.write(
        "first_steps",
        figures={
            "setup_s": round(first, 1),
            "setup_again_s": round(second, 1),
            "demo_first_answer_s": round(answer, 1),
            "demo_whole_s": round(whole, 1),
        },
    )


def newcomer(cache: Path) -> dict[str, str]:
    """This environment without what earlier set-ups left."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("EARMARK_", "VIRTUAL_ENV", "PYTHONPATH"))
    }
    return {**kept, "UV_CACHE_DIR": str(cache / "uv"), "PIP_CACHE_DIR": str(cache / "pip")}


def timed(command: tuple[str, ...], clone: Path, environment: dict[str, str]) -> float:
    began = time.monotonic()
    subprocess.run(command, cwd=clone, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


def demo(clone: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds until the first answer is shown, and until the demo ends."""
    began = time.monotonic()
    first = 0.0
    with subprocess.Popen(
        ("make", "demo"),
        cwd=clone,
        env={**environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if not first and FIRST_ANSWER in line:
                first = time.monotonic() - began
    if process.returncode != 0:
        raise SystemExit("the demo failed")
    return first, time.monotonic() - began


if __name__ == "__main__":
    main()
