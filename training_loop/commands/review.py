"""`training-loop review`: hear, correct, confirm."""

from __future__ import annotations

import getpass
import hashlib
from pathlib import Path
from typing import Annotated

import typer

from training_loop.commands.session import StateOption, failures_explained, out, settings_for
from training_loop.loop import open_loop
from training_loop.review.background import Background
from training_loop.review.desk import QueueDesk
from training_loop.review.keyboard import TerminalKeyboard
from training_loop.review.ontology import Ontology
from training_loop.review.session import Outcome
from training_loop.review.terminal import ReviewTerminal
from training_loop.training.project import NluProject


def review(
    state: StateOption = None,
    reviewer: Annotated[
        str, typer.Option(help="Your pseudonym; account holders see that it listened.")
    ] = "",
    text_first: Annotated[
        bool, typer.Option("--text-first", help="Show the text; play only when asked.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="Stop after so many clips.")] = 100,
) -> None:
    """Hear clips of people who agreed to it, and correct what was recognised.

    For each clip: what was heard, what else it could have been and how it was understood. Press
    [bold]Enter[/] when that is right, else correct the [bold]t[/]ext, the [bold]e[/]ntities and
    the [bold]i[/]ntent (Tab completes). [bold]s[/]kip needs no reason; [bold]f[/]lag deletes a
    clip that nobody should hear. A clip that its speaker takes back meanwhile closes at once.
    """
    with failures_explained():
        _review(state, reviewer or _pseudonym(), text_first=text_first, limit=limit)


def _review(state: Path | None, reviewer: str, *, text_first: bool, limit: int) -> None:
    ontology = Ontology.read(NluProject.locate().domain)
    with Background() as background:
        opened = open_loop(settings_for(state))
        loop = background.call(opened.__aenter__())
        try:
            desk = QueueDesk(loop.queue, reviewer)
            terminal = ReviewTerminal(
                desk=desk,
                ontology=ontology,
                reviewer=reviewer,
                background=background,
                keyboard=TerminalKeyboard(),
                console=out,
                text_first=text_first,
            )
            try:
                outcomes = terminal.run(limit)
            finally:
                background.call(desk.close())
        finally:
            background.call(opened.__aexit__(None, None, None))
    if not outcomes:
        out.print("Nothing waits for review.")
        return
    told = ", ".join(f"{outcomes[outcome]} {outcome.value}" for outcome in Outcome)
    out.print(f"{told}. Next: [bold]training-loop retrain nlu[/].")


def _pseudonym() -> str:
    return f"reviewer-{hashlib.sha256(getpass.getuser().encode()).hexdigest()[:8]}"
