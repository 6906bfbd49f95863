"""`training-loop models override`: a model that the gate refused becomes a candidate again."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from training_loop.commands.session import StateOption, out, with_loop
from training_loop.loop import Loop
from training_loop.settings import LoopSettings
from training_loop.training.override import LEAST_REASON, Override, override
from training_loop.training.rooms import open_registry

ACTOR = "operator"


def override_gate(
    model: Annotated[str, typer.Argument(help="The id of a model that the gate refused.")],
    reason: Annotated[
        str,
        typer.Option(help=f"Why it may pass, in at least {LEAST_REASON} characters; kept, signed."),
    ],
    state: StateOption = None,
) -> None:
    """Let a model pass that the gate refused. Signed, and written into the audit log.

    It becomes a candidate; releasing it asks for every consent again. Only the newest refused model
    of a kind is kept: the next lap deletes it.
    """

    async def run(loop: Loop, chosen: LoopSettings) -> Override:
        registry = open_registry(chosen.state, loop.store)
        return await override(
            registry, loop.notary, loop.audit, model=model, actor=ACTOR, reason=reason
        )

    granted = with_loop(state, run)
    out.print(f"[bold yellow]Overridden:[/] {granted.model} is a candidate in spite of:")
    for refusal in granted.refusals:
        out.print(f"  {escape(refusal)}")
