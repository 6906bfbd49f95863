"""Starts everything on free ports, performs the demo, and exits with 0 if all of it held."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import grpc
from rich.console import Console

from assistant.home import Home
from deploy.demo import staying
from deploy.demo.acts import Demo
from deploy.demo.stage import CurtainStuck, Stage, raised
from deploy.demo.story import PEOPLE
from deploy.demo.telling import Check, Teller
from device_sim.connection import open_channel
from device_sim.household import Household
from training_loop.loop import open_loop
from training_loop.rights import CONSENT_TEXT_VERSION
from training_loop.settings import LoopSettings


async def perform(directory: Path, console: Console, *, stay: bool) -> bool:
    """Whether everything held."""
    this = asyncio.current_task()
    assert this is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    began = time.monotonic()
    tell = Teller(console)
    with console.status("Starting the store, the interpreter and the server"):
        running = raised(directory)
        stage = await running.__aenter__()
    try:
        console.print(f"Everything runs after {time.monotonic() - began:.1f} s, on {stage.address}")
        async with open_channel(stage.address) as channel:
            demo, checks = await _acts(stage, channel, tell)
            tell.checks(checks)
            console.print(f"[dim]The demo took {time.monotonic() - began:.0f} s.")
            if stay:
                await staying.stay(stage, channel, demo.office, console)
        return all(check.held for check in checks)
    finally:
        await running.__aexit__(None, None, None)


async def _acts(stage: Stage, channel: grpc.aio.Channel, tell: Teller) -> tuple[Demo, list[Check]]:
    async with open_loop(LoopSettings(state=stage.state)) as loop:
        household = await Household.move_in(
            channel, stage.operator_token, PEOPLE, consent_text_version=CONSENT_TEXT_VERSION
        )
        demo = Demo(stage, household, loop, channel, tell)
        checks = []
        for act in (demo.evening, demo.queue, demo.review, demo.lap, demo.opt_out, demo.deletion):
            checks += await act()
        demo.summary()
        return demo, checks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stay", action="store_true", help="leave the server running")
    stay = parser.parse_args().stay
    console = Console(width=100 if not sys.stdout.isatty() else None)
    parent = Home.from_environment().root / "demo"
    parent.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(dir=parent))
    try:
        held = asyncio.run(perform(directory, console, stay=stay))
    except CurtainStuck as stuck:
        console.print(f"[red]The server did not start.[/]\n{stuck}", markup=True)
        held = False
    except (KeyboardInterrupt, asyncio.CancelledError):
        held = False
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
