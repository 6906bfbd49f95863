"""`training-loop sign-in`: lets an account holder in who has no other way."""

from __future__ import annotations

from typing import Annotated

import typer

from training_loop.commands.session import StateOption, err, out, with_loop
from training_loop.loop import Loop
from training_loop.settings import LoopSettings

app = typer.Typer(no_args_is_help=True, help="How account holders sign in to their pages.")


@app.callback()
def sign_in() -> None:
    """How account holders sign in to their pages."""


@app.command()
def link(
    account: Annotated[str, typer.Argument(help="The account's id.")], state: StateOption = None
) -> None:
    """Print a link that signs in to an account, once, within ten minutes.

    For whoever runs this machine, to hand to the account holder: the audit log says so.
    """

    async def make(loop: Loop, _: LoopSettings) -> str:
        address = await loop.sign_in.email.link_for(account)
        await loop.audit.record("operator", "holder_link_made", account=account)
        return address

    address = with_loop(state, make)
    err.print("This link signs in once, within the next ten minutes:")
    out.print(address, soft_wrap=True)
