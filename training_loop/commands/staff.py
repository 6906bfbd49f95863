"""`training-loop staff`: the first administrators, and a look at who works here."""

from __future__ import annotations

import time
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from training_loop.access import Kind
from training_loop.commands.session import StateOption, err, out, with_loop
from training_loop.loop import Loop
from training_loop.settings import LoopSettings
from training_loop.staff.errors import OnlyAdministrators
from training_loop.staff.member import Member, MemberState, role_named, role_word
from training_loop.staff.members import OPERATOR, Invited

app = typer.Typer(
    no_args_is_help=True,
    help="Members of staff. Whoever runs this machine adds the first administrator; an "
    "administrator adds everybody else.",
)

_COLOURS = {
    MemberState.INVITED: "yellow",
    MemberState.ACTIVE: "green",
    MemberState.DISABLED: "dim",
}


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="What the member types to sign in.")],
    state: StateOption = None,
    role: Annotated[str, typer.Option(help="Only administrators are added here.")] = (
        "administrator"
    ),
) -> None:
    """Add an administrator and print an invitation, once. It works once, for three days."""

    async def create(loop: Loop, _: LoopSettings) -> Invited:
        chosen = role_named(role)
        if chosen is not Kind.ADMINISTRATOR:
            raise OnlyAdministrators("this command adds administrators only")
        return await loop.staff.members.create(name, chosen, actor=OPERATOR)

    invited = with_loop(state, create)
    err.print(f"{escape(invited.member.display_name)} enrols with this invitation, shown once:")
    out.print(invited.invitation, soft_wrap=True)


@app.command("list")
def list_members(state: StateOption = None) -> None:
    """Who works here, in which role, and under which pseudonym others see them."""

    async def everybody(loop: Loop, _: LoopSettings) -> tuple[Member, ...]:
        return await loop.staff.members.everybody()

    table = Table("member", "name", "pseudonym", "role", "state", "since")
    for one in with_loop(state, everybody):
        since = time.strftime("%Y-%m-%d", time.gmtime(one.created_at_s))
        shown = f"[{_COLOURS[one.state]}]{one.state.value}[/]"
        name = escape(one.display_name)
        table.add_row(one.member, name, one.pseudonym, role_word(one.role), shown, since)
    out.print(table)


@app.command()
def disable(
    member: Annotated[str, typer.Argument(help="The id that `staff list` shows.")],
    state: StateOption = None,
) -> None:
    """Let a member in no more, at once: when no administrator is at hand."""

    async def run(loop: Loop, _: LoopSettings) -> Member:
        return await loop.staff.members.disable(member, actor=OPERATOR)

    out.print(f"{escape(with_loop(state, run).display_name)} is disabled; all sessions ended.")
