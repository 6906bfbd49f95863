"""A server for a benchmark: one that runs already, or one of its own with an empty state."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_START_TIMEOUT_S = 120.0
_STOP_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    address: str
    operator_token: str = field(repr=False)
    process_id: int = 0
    """0 for a server that somebody else started."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--server", default="", help="host:port; without it one is started")
    parser.add_argument("--operator-token", type=Path, help="file; needed with --server")


@contextmanager
def serving(arguments: argparse.Namespace) -> Iterator[Serving]:
    """The server that the arguments name, else `assistant serve` until the context ends."""
    if arguments.server:
        if arguments.operator_token is None:
            raise SystemExit("--server needs --operator-token FILE")
        token = arguments.operator_token.read_text().strip()
        yield Serving(address=arguments.server, operator_token=token)
        return
    with tempfile.TemporaryDirectory(prefix="earmark-", ignore_cleanup_errors=True) as directory:
        state = Path(directory)
        options = ("--listen", "127.0.0.1:0", "--state", str(state))
        process = subprocess.Popen(
            (sys.executable, "-m", "assistant.cli", "serve", *options),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for(state / "address", process)
            yield Serving(
                address=(state / "address").read_text().strip(),
                operator_token=(state / "operator.token").read_text().strip(),
                process_id=process.pid,
            )
        finally:
            process.terminate()
            try:
                process.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_for(path: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while not (path.exists() and path.read_text()):
        if process.poll() is not None:
            raise SystemExit("the server did not start; try `assistant setup`, `assistant serve`")
        if time.monotonic() > deadline:
            raise SystemExit("the server did not start in time")
        time.sleep(0.1)
