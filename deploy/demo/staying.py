"""After the demo: everything stays up, with pages to open and somebody whose pages they are."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from typing import Final

import grpc
from rich.console import Console

from deploy.demo.hiring import Office
from deploy.demo.stage import Stage, pages_open
from device_sim.household import Household
from device_sim.scenario import Line, Person, PrivacyChoices
from training_loop.rights import CONSENT_TEXT_VERSION
from training_loop.v1 import staff_pb2

_DORA: Final = Person(
    name="Dora",
    voice="nina",
    device="living room",
    privacy=PrivacyChoices(keep_history=True, improve_models=True, human_review=True),
)
_SAID: Final = (
    Line(person="Dora", says="set a timer for ten minutes", intent="set_timer"),
    Line(person="Dora", says="add apples to my shopping list", intent="add_to_list"),
    Line(person="Dora", says="what time is it", intent="ask_time"),
    Line(person="Dora", says="get us some honey next time", intent="add_to_list"),
)
_INVITED: Final = (
    ("reviewer", staff_pb2.STAFF_ROLE_REVIEWER),
    ("ml-engineer", staff_pb2.STAFF_ROLE_ML_ENGINEER),
    ("safety-officer", staff_pb2.STAFF_ROLE_SAFETY_OFFICER),
)


async def stay(stage: Stage, channel: grpc.aio.Channel, office: Office, console: Console) -> None:
    """Returns with Ctrl-C."""
    household = await Household.move_in(
        channel, stage.operator_token, (_DORA,), consent_text_version=CONSENT_TEXT_VERSION
    )
    async for _ in household.run(_SAID):
        pass
    link = await _sign_in_link(stage, household.members["Dora"].account.account)
    async with pages_open(stage):
        console.print("\nDora moved in and spoke. Her pages, for ten minutes, once:")
        console.print(f"  {link}", soft_wrap=True)
        console.print("Pages of staff; each invitation works once, with a password and an app:")
        for name, role in _INVITED:
            invitation = await office.invitation(f"you-as-{name}", role)
            console.print(f"  {name:<15}{stage.pages}/staff/enrol#{invitation}", soft_wrap=True)
        console.print(
            "It stays up until Ctrl-C. In another terminal:\n"
            f"  .venv/bin/assistant accounts create --state {stage.state}\n"
            f"  .venv/bin/device-sim pair CODE --server {stage.address}\n"
            "  .venv/bin/device-sim file REQUEST.wav     [dim]# a recording of yours[/]\n"
            "  .venv/bin/device-sim mic                  [dim]# needs earmark\\[microphone][/]\n"
            '  .venv/bin/device-sim say "what time is it"',
            highlight=False,
            soft_wrap=True,
        )
        with suppress(asyncio.CancelledError):  # Ctrl-C
            await asyncio.Event().wait()


async def _sign_in_link(stage: Stage, account: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "training_loop.cli", "sign-in", "link", account),
        env={
            **os.environ,
            "EARMARK_STATE": str(stage.state),
            "EARMARK_PAGES_URL": stage.pages,
            "EARMARK_WEB_ORIGIN": stage.pages,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    written, _ = await process.communicate()
    return written.decode().strip()
