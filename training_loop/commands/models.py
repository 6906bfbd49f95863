"""`training-loop models` and `training-loop rollback`."""

from __future__ import annotations

import time
from collections.abc import Set
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from training_loop.commands.session import StateOption, out, with_loop
from training_loop.loop import Loop
from training_loop.registry.registry import ModelRecord, ModelState
from training_loop.registry.release import roll_back
from training_loop.settings import LoopSettings
from training_loop.training.dataset import ItemRef
from training_loop.training.lap import consented_items
from training_loop.training.rooms import open_registry

app = typer.Typer(no_args_is_help=True, help="The models: what each was made of, which one serves.")
rollback_app = typer.Typer(no_args_is_help=True, help="Put an earlier model back into service.")

_COLOURS = {
    ModelState.CANDIDATE: "cyan",
    ModelState.SERVING: "bold green",
    ModelState.RETIRED: "dim",
    ModelState.REFUSED: "red",
    ModelState.TAINTED: "bold yellow",
}


@app.command("list")
def list_models(state: StateOption = None) -> None:
    """All models, oldest first.

    [yellow]tainted[/]: it learned from utterances whose consent is gone since; train again to
    replace it.
    """
    table = Table("model", "state", "made", "items", "withdrawn", "intents", "entities")
    for record in with_loop(state, _records):
        table.add_row(*_row(record))
    out.print(table)


@app.command()
def show(
    model: Annotated[str, typer.Argument(help="Its id, or the beginning of it.")],
    state: StateOption = None,
) -> None:
    """One model's manifest: parent, data, seed, items with their consent epochs."""
    fitting = [
        record for record in with_loop(state, _records) if record.manifest.model.startswith(model)
    ]
    if len(fitting) != 1:
        raise typer.BadParameter("No model begins so." if not fitting else "Several models do.")
    _show(fitting[0])


@rollback_app.command("nlu")
def rollback_nlu(state: StateOption = None) -> None:
    """Put the NLU model before the one in service back, on every running server.

    Models that learned from utterances whose consent is gone are passed over.
    """

    async def back(loop: Loop, chosen: LoopSettings) -> None:
        async def consented() -> Set[ItemRef]:
            return await consented_items(loop.queue)

        done = await roll_back(open_registry(chosen.state, loop.store), consented)
        out.print(f"[bold green]In service again:[/] {done.model.model}")
        out.print(arrived(done.servers))

    with_loop(state, back)


def arrived(servers: tuple[str, ...]) -> str:
    """Where a model has arrived, in words."""
    if not servers:
        return "[dim]No server runs; the next one starts with it.[/]"
    return f"Swapped without a pause on {len(servers)} server{'s' if len(servers) > 1 else ''}."


async def _records(loop: Loop, chosen: LoopSettings) -> tuple[ModelRecord, ...]:
    registry = open_registry(chosen.state, loop.store)
    return await registry.models(await consented_items(loop.queue))


def _row(record: ModelRecord) -> tuple[str, ...]:
    manifest = record.manifest
    evaluation = manifest.evaluation
    state = record.state.value
    if record.serving and record.state is not ModelState.SERVING:
        state += ", serving"
    f1 = evaluation.entity_f1 if evaluation else None
    return (
        manifest.model,
        f"[{_COLOURS[record.state]}]{state}[/]",
        _when(manifest.created_at_s),
        str(len(manifest.items)) if manifest.parent else "base",
        str(len(record.withdrawn) or ""),
        f"{evaluation.intent_accuracy:.1%}" if evaluation else "",
        "" if f1 is None else f"{f1:.3f}",
    )


def _show(record: ModelRecord) -> None:
    manifest = record.manifest
    withdrawn = set(record.withdrawn)
    table = Table.grid(padding=(0, 2))
    for name, value in (
        ("model", manifest.model),
        ("state", record.state.value),
        ("made", _when(manifest.created_at_s)),
        ("parent", manifest.parent or "none: a base model"),
        ("archive", manifest.archive_sha256),
        ("base data", manifest.base_data),
        ("config", manifest.config),
        ("seed", str(manifest.seed)),
        ("rasa", manifest.rasa_version),
        *(("refused", escape(reason)) for reason in record.reasons),
    ):
        table.add_row(f"[dim]{name}[/]", value)
    out.print(table)
    items = Table("item", "consent epoch", "consent now")
    for ref in manifest.items:
        now = "[yellow]withdrawn[/]" if ref in withdrawn else "[green]given[/]"
        items.add_row(ref.item, str(ref.epoch), now)
    if manifest.items:
        out.print(items)


def _when(at_s: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at_s))
