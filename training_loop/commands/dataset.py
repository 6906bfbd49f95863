"""`training-loop dataset`: what was reviewed, frozen, and whether it is sound still."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from training_loop.commands.dataset_names import OPERATOR, NameArgument, counting, named, when
from training_loop.commands.session import (
    FAILED,
    StateOption,
    id_column,
    out,
    time_column,
    with_loop,
)
from training_loop.datasets.datasets import DEFAULT_SEED, PER_ACCOUNT, Datasets, Verified
from training_loop.datasets.errors import DatasetTampered
from training_loop.datasets.manifest import DatasetManifest, Difference
from training_loop.datasets.split import Shares, Split
from training_loop.loop import Loop
from training_loop.settings import LoopSettings

app = typer.Typer(
    no_args_is_help=True, help="Data sets: frozen, signed, split by account, read under consent."
)


@app.command()
def create(
    state: StateOption = None,
    seed: Annotated[
        int, typer.Option(min=0, help="Draws what trains of a large account.")
    ] = DEFAULT_SEED,
    test: Annotated[float, typer.Option(help="Part of the accounts that test, 0 to 1.")] = 0.1,
    hold_out: Annotated[
        float,
        typer.Option(help="Part of the accounts that never train; it may grow, never shrink."),
    ] = 0.1,
    per_account: Annotated[
        int, typer.Option(min=1, help="So many items of one account may train at most.")
    ] = PER_ACCOUNT,
) -> None:
    """Freeze what was reviewed and is consented to now."""

    async def run(loop: Loop, _: LoopSettings) -> DatasetManifest:
        reviewed = len(await loop.datasets.learnable())
        with counting("reading what was reviewed", reviewed) as progress:
            return await loop.datasets.create(
                seed=seed,
                shares=Shares(test=test, hold_out=hold_out),
                per_account=per_account,
                progress=progress,
            )

    _show(with_loop(state, run))


@app.command("list")
def list_data_sets(state: StateOption = None) -> None:
    """All data sets, oldest first."""

    async def run(loop: Loop, _: LoopSettings) -> Table:
        table = Table(
            id_column("data set"),
            time_column("made"),
            "items",
            "tombstones",
            "hold-out",
            "accounts",
        )
        for name in await loop.datasets.names():
            table.add_row(*await _row(loop.datasets, name))
        return table

    out.print(with_loop(state, run))


@app.command()
def show(name: NameArgument, state: StateOption = None) -> None:
    """How a data set was sampled and split. No content, nobody's name."""

    async def run(loop: Loop, _: LoopSettings) -> DatasetManifest:
        return await loop.datasets.manifest(await named(loop.datasets, name))

    _show(with_loop(state, run))


@app.command()
def diff(before: NameArgument, after: NameArgument, state: StateOption = None) -> None:
    """What has changed from one data set to another."""

    async def run(loop: Loop, _: LoopSettings) -> Difference:
        names = [await named(loop.datasets, name) for name in (before, after)]
        return await loop.datasets.diff(*names)

    found = with_loop(state, run)
    table = Table.grid(padding=(0, 2))
    for word in ("added", "removed", "relabelled", "moved"):
        table.add_row(f"[dim]{word}[/]", str(len(getattr(found, word))))
    table.add_row("[dim]the same[/]", str(found.same))
    for intent, (old, new) in found.intents.items():
        table.add_row(f"[dim]{escape(intent)}[/]", f"{old} -> {new}")
    out.print(table)


@app.command()
def verify(name: NameArgument, state: StateOption = None) -> None:
    """Check hash and signature, then read all of it and compare each label.

    Exit codes: 0 as it was signed, 1 changed or relabelled, 2 wrong usage.
    """

    async def run(loop: Loop, _: LoopSettings) -> Verified:
        data_set = await named(loop.datasets, name)
        items = len((await loop.datasets.manifest(data_set)).items)
        with counting("comparing labels", items) as progress:
            return await loop.datasets.verify(data_set, progress=progress)

    found = with_loop(state, run)
    out.print(
        f"[bold green]Signed and unchanged:[/] {found.manifest.name}\n"
        f"{found.readable} items can be read, {found.tombstones} are tombstones, "
        f"{len(found.relabelled)} have another review now."
    )
    if found.relabelled:
        raise typer.Exit(FAILED)


@app.command("set-aside")
def set_aside(
    name: Annotated[str, typer.Argument(help="Its whole name.")], state: StateOption = None
) -> None:
    """Take a data set that was changed, or is gone, out of the way: the one before is the latest.

    Nothing is learned while the latest is not what was signed. Its files stay in the state
    directory, and the audit log has who set it aside.
    """

    async def run(loop: Loop, _: LoopSettings) -> DatasetManifest | None:
        return await loop.datasets.set_aside(name, by=OPERATOR)

    latest = with_loop(state, run)
    out.print(f"[bold green]Set aside:[/] {name}")
    out.print(f"The latest is {latest.name} now." if latest else "No data set is left.")


async def _row(datasets: Datasets, name: str) -> tuple[str, ...]:
    try:
        manifest = await datasets.manifest(name)
    except DatasetTampered:
        return (name, "[bold red]tampered with[/]", "", "", "", "")
    return (
        name,
        when(manifest.created_at_s),
        str(len(manifest.items)),
        str(await datasets.tombstones(name) or ""),
        str(len(manifest.refs(Split.HOLD_OUT))),
        str(manifest.report.accounts),
    )


def _show(manifest: DatasetManifest) -> None:
    report, strata = manifest.report, manifest.report.stratification
    table = Table.grid(padding=(0, 2))
    hold_out = manifest.hold_out
    for name, value in (
        ("data set", manifest.name),
        ("made", when(manifest.created_at_s)),
        ("content", manifest.content_sha256),
        ("seed", str(manifest.seed)),
        ("items", f"{len(manifest.items)} of {report.reviewed} that were reviewed"),
        ("accounts", ", ".join(f"{n} {split}" for split, n in report.accounts_by_split.items())),
        ("most of one", f"{report.most_of_one_account} (training: at most {report.per_account})"),
        ("left out", ", ".join(f"{n} {why}" for why, n in report.left_out.items()) or "nothing"),
        ("contradictions", str(report.contradictions)),
        ("hidden words", f"put back in {report.filled} items"),
        ("hold-out", f"{hold_out.generation}, since {when(hold_out.since_s)} ({hold_out.reason})"),
        ("strata", f"an intent's part differs by at most {strata.furthest:.1%}"),
    ):
        table.add_row(f"[dim]{name}[/]", value)
    out.print(table)
    counts = Table("intent", *(split.value for split in Split))
    for intent in manifest.intents:
        numbers = (strata.counts[split.value].get(intent, 0) for split in Split)
        counts.add_row(escape(intent), *map(str, numbers))
    out.print(counts)
