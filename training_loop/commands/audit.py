"""`training-loop audit`: who did what, and proof that nobody changed the record of it."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from training_loop.audit.canonical import canonical
from training_loop.audit.entry import AuditEntry, MalformedEntry
from training_loop.audit.errors import AuditLogBroken
from training_loop.audit.signing import PublicKey
from training_loop.audit.sources import FileSource, StoreSource, export_audit, read_tree_head
from training_loop.audit.transparency import TreeHead
from training_loop.audit.verify import AuditReport, AuditSource, verify_audit
from training_loop.commands.public_key import BROKEN, PublicKeyOption, public_key
from training_loop.commands.session import StateOption, failures_explained, out, with_loop
from training_loop.loop import Loop
from training_loop.settings import LoopSettings

app = typer.Typer(no_args_is_help=True, help="The audit log: who did what. Pseudonyms only.")

OutputOption = Annotated[
    Path, typer.Option("--output", "-o", help="The file to write.", dir_okay=False)
]


@app.command()
def verify(
    file: Annotated[
        Path | None,
        typer.Option(help="An exported log; needs no store.", exists=True, dir_okay=False),
    ] = None,
    key: PublicKeyOption = None,
    since: Annotated[
        Path | None,
        typer.Option(
            help="A tree head that you kept (audit head): finds a log that was put back to an "
            "earlier state together with its signatures.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    state: StateOption = None,
) -> None:
    """Follow every chain and check every signature.

    Finds each entry that was changed, dropped, moved or cut off. Exit code 0 when all holds, 4 when
    not, 1 when it could not be checked.
    """
    with failures_explained():
        known, kept = public_key(key, state), read_tree_head(since) if since else None
    if file:
        report = _verify_file(file, known, kept)
    else:

        async def check(loop: Loop, _: LoopSettings) -> AuditReport:
            return await verify_audit(_source(loop), known, since=kept)

        report = with_loop(state, check)
    _tell(report)
    if not report.holds:
        raise typer.Exit(BROKEN)


@app.command()
def show(
    action: Annotated[str, typer.Option(help="Only this action.")] = "",
    actor: Annotated[str, typer.Option(help="Only by this actor.")] = "",
    subject: Annotated[str, typer.Option(help="Only about this pseudonym or erasure.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="Show at most so many, the latest.")] = 50,
    state: StateOption = None,
) -> None:
    """The latest entries, oldest first."""
    wanted = {"action": action, "actor": actor, "subject": subject}

    async def find(loop: Loop, _: LoopSettings) -> list[AuditEntry]:
        found: list[AuditEntry] = []
        async for shard, line in _source(loop).entries():
            entry = _readable(shard, line)
            if entry and all(not v or getattr(entry, name) == v for name, v in wanted.items()):
                found.append(entry)
            if len(found) > 2 * limit:
                found = _latest(found, limit)
        return _latest(found, limit)

    table = Table("entry", "when", "who", "what", "to whom", "detail")
    for entry in with_loop(state, find):
        table.add_row(
            f"{entry.shard}/{entry.number}",
            time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry.at_ms / 1000)),
            *map(escape, (entry.actor, entry.action, entry.subject, entry.detail)),
        )
    out.print(table)


@app.command()
def export(output: OutputOption, state: StateOption = None) -> None:
    """Write the whole log to a file that can be verified elsewhere, with the public key alone."""

    async def write(loop: Loop, _: LoopSettings) -> int:
        with output.open("wb") as file:
            return await export_audit(_source(loop), file)

    count = with_loop(state, write)
    out.print(f"{count} entries. Verify: training-loop audit verify --file FILE --public-key KEY")


@app.command()
def head(
    output: Annotated[Path | None, typer.Option("--output", "-o", dir_okay=False)] = None,
    state: StateOption = None,
) -> None:
    """Seal the log now and give the signed tree head. Keep it elsewhere, for verify --since.

    Exit code 4, and nothing signed, when the log is broken; 1 when it could not be sealed.
    """

    async def seal(loop: Loop, _: LoopSettings) -> TreeHead:
        try:
            await loop.audit_sealer.seal()
        except AuditLogBroken as broken:
            out.print(f"[bold red]BROKEN[/]  {escape(str(broken))}")
            raise typer.Exit(BROKEN) from None
        found = await asyncio.to_thread(loop.notary.log.head)
        if found is None:
            raise AuditLogBroken("nothing was recorded yet")
        return found

    found = canonical(with_loop(state, seal).to_json())
    if output:
        output.write_bytes(found)
    else:
        out.print(found.decode("ascii"), soft_wrap=True)


@app.command("key")
def show_key(
    output: Annotated[Path | None, typer.Option("--output", "-o", dir_okay=False)] = None,
    state: StateOption = None,
) -> None:
    """The public key that verifies receipts and this log. Give it to anybody."""
    with failures_explained():
        found = public_key(None, state)
    if output:
        output.write_bytes(found.pem)
    else:
        out.print(found.pem.decode("ascii").strip())
    out.print(f"[dim]key {found.key_id}[/]")


def _verify_file(file: Path, key: PublicKey, since: TreeHead | None) -> AuditReport:
    async def check() -> AuditReport:
        source: AuditSource = FileSource(file)
        return await verify_audit(source, key, since=since)

    try:
        return asyncio.run(check())
    except AuditLogBroken as broken:
        out.print(f"[bold red]BROKEN[/]  {escape(str(broken))}")
        raise typer.Exit(BROKEN) from None


def _tell(report: AuditReport) -> None:
    for one in report.breaks:
        place = "" if one.shard in one.what else f"{one.shard}: "
        out.print(f"[bold red]BROKEN[/]  {escape(place + one.what)}")
    for loss in report.losses:
        out.print(
            f"[yellow]LOST[/]    Entries {loss.first} to {loss.last} of shard {loss.shard}: "
            f"the store was restored from an older backup at {_when(loss.time_ms)}."
        )
    if report.holds:
        out.print(
            f"[bold green]HOLDS[/]   {report.entries} entries; {report.checkpoints} checkpoints, "
            f"the latest signed at {_when(report.sealed_until_ms)}; {report.unsealed} entries "
            "since are chained and not signed yet."
        )


def _source(loop: Loop) -> AuditSource:
    return StoreSource(loop.audit, loop.notary.log)


def _latest(entries: list[AuditEntry], limit: int) -> list[AuditEntry]:
    return sorted(entries, key=lambda entry: (entry.at_ms, entry.shard, entry.number))[-limit:]


def _readable(shard: str, line: str) -> AuditEntry | None:
    try:
        return AuditEntry.read(shard, line)
    except MalformedEntry:
        return None


def _when(at_ms: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at_ms / 1000)) if at_ms else "no time"
