"""`python -m assistant.setup`: everything a fresh machine needs, with progress shown."""

from __future__ import annotations

import sys

from rich.console import Console

from assistant.home import Home
from assistant.setup.errors import SetupFailed
from assistant.setup.steps import run_setup


def main() -> None:
    console = Console(stderr=True)
    try:
        run_setup(Home.from_environment(), console)
    except SetupFailed as failed:
        sys.exit(f"{failed}. {failed.hint}")


if __name__ == "__main__":
    main()
