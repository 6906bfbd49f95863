"""Every command of the README does what the README says, in the README's order."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile

from device_sim.voice import Speaker, voice_named
from tests.fixtures.server import ServerProcess

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = Path(sys.executable).parent

CANNOT_YET = {
    "device-sim mic": "SOUND_DEVICE_UNAVAILABLE",
    "training-loop retrain nlu": "DATA_SET_EMPTY",
    "training-loop lap": "DATA_SET_EMPTY",
    "training-loop rollback nlu": "NOTHING_TO_ROLL_BACK_TO",
}
"""What these say on a machine without a sound card, before anybody has reviewed anything."""
SERVES = "training-loop web"
RUNS_ON = "training-loop schedule"


def commands() -> Iterator[str]:
    """The README's shell lines without their comments."""
    for block in re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL):
        for line in block.splitlines():
            command = line.split("#")[0].strip()
            if command:
                yield command


def run(command: str, environment: dict[str, str], directory: Path) -> tuple[int, str]:
    words = shlex.split(command.replace(".venv/bin/", f"{SCRIPTS}/"))
    done = subprocess.run(
        words,
        env={**os.environ, **environment, "COLUMNS": "200"},
        cwd=directory,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def pages_open(command: str, environment: dict[str, str], directory: Path) -> bool:
    """Whether a command that serves pages serves them."""
    words = shlex.split(command.replace(".venv/bin/", f"{SCRIPTS}/"))
    with subprocess.Popen(
        [*words, "--listen", "127.0.0.1:0"],
        env={**os.environ, **environment, "COLUMNS": "200"},
        cwd=directory,
        stdout=subprocess.PIPE,
        text=True,
    ) as serving:
        try:
            assert serving.stdout is not None
            found = re.search(r"http://\S+", serving.stdout.readline())
            assert found
            return httpx.get(found[0], follow_redirects=True).status_code == 200
        finally:
            serving.terminate()


def goes_on(command: str, environment: dict[str, str], directory: Path) -> bool:
    """Whether a command that runs until it is ended says so, and ends when it is asked to."""
    words = shlex.split(command.replace(".venv/bin/", f"{SCRIPTS}/"))
    with subprocess.Popen(
        words,
        env={**os.environ, **environment, "COLUMNS": "200"},
        cwd=directory,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        said = running.stdout.readline()
        running.terminate()
        return "Looking every" in said and running.wait(60) == -signal.SIGTERM


def test_the_readme_shows_something_that_runs_by_line_40() -> None:
    head = "\n".join((ROOT / "README.md").read_text().splitlines()[:40])
    assert "make demo" in head


@pytest.mark.parametrize("target", [c for c in commands() if c.startswith("make ")])
def test_each_make_target_of_the_readme_exists(target: str) -> None:
    done = subprocess.run(
        [*target.split(), "--dry-run"], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0


def test_the_other_commands_work_one_after_the_other(
    own_server: ServerProcess, tmp_path: Path
) -> None:
    environment = {
        "EARMARK_STATE": str(own_server.state),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    recording = np.frombuffer(
        Speaker().request("what time is it", voice_named("henry")).tobytes() + bytes(64_000),
        np.int16,
    )
    soundfile.write(tmp_path / "REQUEST.wav", recording, 16_000)
    code = account = ""
    for command in commands():
        if command.startswith("make ") or command.endswith("assistant serve"):
            continue
        if SERVES in command:
            assert pages_open(command, environment, tmp_path)
            continue
        if RUNS_ON in command:
            assert goes_on(command, environment, tmp_path)
            continue
        line = command.replace("CODE", code).replace("127.0.0.1:50051", own_server.address)
        line = line.replace("ACCOUNT", account)
        status, output = run(line, environment, tmp_path)
        expected = next((CANNOT_YET[one] for one in CANNOT_YET if one in command), "")
        assert status == bool(expected), f"{command}\n{output}"
        assert expected in output
        if found := re.search(r"pairing code\s+(\S+)", output):
            code = found[1]
        if found := re.search(r"account\s+(acc_\S+)", output):
            account = found[1]
        if "device-sim say" in command or "device-sim file" in command:
            assert "what time is it" in output
    assert code
