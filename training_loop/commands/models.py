"""`training-loop models`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from enum import Enum
from typing import Annotated, TypeVar

import typer
from rich.markup import escape
from rich.table import Table

from training_loop.commands.on_watch import OnWatch, comparison, watched_model
from training_loop.commands.session import StateOption, id_column, out, time_column, with_loop
from training_loop.loop import Loop
from training_loop.registry.record import (
    ModelRecord,
    ModelState,
    ModelSummary,
    difference,
)
from training_loop.registry.registry import ModelRegistry
from training_loop.registry.replacements import DueReplacement, Replacements
from training_loop.settings import LoopSettings
from training_loop.training.rooms import open_registry
from training_loop.training.trainer import ModelKind

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="The models: what each was made of, which one serves.")

_COLOURS = {
    ModelState.CANDIDATE: "cyan",
    ModelState.SHADOW: "cyan",
    ModelState.CANARY: "bold cyan",
    ModelState.SERVING: "bold green",
    ModelState.RETIRED: "dim",
    ModelState.REFUSED: "red",
    ModelState.TAINTED: "bold yellow",
}
_MOST_ITEMS = 20
ModelArgument = Annotated[str, typer.Argument(help="Its id, or the beginning of it.")]


class _Kind(Enum):
    """As the command line says it."""

    nlu = ModelKind.NLU.value
    lm = ModelKind.LANGUAGE_MODEL.value
    thresholds = ModelKind.THRESHOLDS.value
    am = ModelKind.ACOUSTIC.value


@app.command("list")
def list_models(
    state: StateOption = None,
    kind: Annotated[_Kind | None, typer.Option(help="Of this kind alone.")] = None,
) -> None:
    """All models, oldest first.

    **tainted**: it learned from utterances whose consent is gone since; see
    `training-loop models due`.
    """
    chosen = ModelKind(kind.value) if kind else None
    table = Table(id_column("model"), "state", time_column("made"), "items", "withdrawn", "results")
    for model in _ask(state, lambda registry: registry.summaries(kind=chosen)):
        table.add_row(*_row(model))
    out.print(table)


@app.command()
def show(model: ModelArgument, state: StateOption = None) -> None:
    """One model's manifest: the model before it, data, seed, results, items with their epochs; and
    how people fare with it while it is watched after its release."""

    async def ask(loop: Loop, chosen: LoopSettings) -> tuple[ModelRecord, OnWatch | None]:
        registry = await asyncio.to_thread(open_registry, chosen.state, loop.store)
        found = await _record(registry, model)
        rules = chosen.registry.watch
        return found, await watched_model(registry, found.manifest.model, rules)

    record, watch = with_loop(state, ask)
    _show(record, watch)
    if watch is not None:
        out.print(comparison(watch))
    items = Table("item", "consent epoch", "consent now")
    withdrawn = set(record.withdrawn)
    for ref in record.manifest.items:
        now = "[yellow]withdrawn[/]" if ref in withdrawn else "[green]given[/]"
        items.add_row(ref.item, str(ref.epoch), now)
    if record.manifest.items:
        out.print(items)


@app.command()
def lineage(model: ModelArgument, state: StateOption = None) -> None:
    """What one model was made of: the models before it, its data sets, and whose consent, by
    number and epoch; nobody is named."""

    async def ask(registry: ModelRegistry) -> tuple[ModelRecord, tuple[str, ...]]:
        record = await _record(registry, model)
        return record, await registry.catalogue.ancestors(record.manifest.model)

    record, ancestors = _ask(state, ask)
    manifest = record.manifest
    epochs = sorted({ref.epoch for ref in manifest.items})
    table = Table.grid(padding=(0, 2))
    for name, value in (
        ("model", f"{manifest.model}  {_coloured(record.state)}"),
        ("before it", " <- ".join(ancestors) or "nothing: a base model"),
        ("data sets", "\n".join(manifest.data_sets) or "none"),
        ("base data", manifest.base_data or "unknown"),
        ("items", f"{len(manifest.items)}, under consent epochs {_numbers(epochs)}"),
        ("withdrawn", str(len(record.withdrawn))),
    ):
        table.add_row(f"[dim]{name}[/]", value)
    out.print(table)


@app.command()
def diff(before: ModelArgument, after: ModelArgument, state: StateOption = None) -> None:
    """What changed from one model to another: what it was made of, and how good it is."""

    async def ask(registry: ModelRegistry) -> tuple[ModelRecord, ModelRecord]:
        return await _record(registry, before), await _record(registry, after)

    found = difference(*(one.manifest for one in _ask(state, ask)))
    table = Table("", "before", "after")
    for name, (was, now) in found.changed.items():
        table.add_row(name.replace("_", " "), was, now)
    for name, (score, score_now) in found.results.items():
        table.add_row(name.replace("_", " "), _figure(score), _figure(score_now))
    out.print(table)
    out.print(f"{found.same} items in both, {len(found.added)} added, {len(found.removed)} gone")
    for mark, refs in (("[green]+[/]", found.added), ("[red]-[/]", found.removed)):
        for ref in refs[:_MOST_ITEMS]:
            out.print(f"{mark} {ref.item} [dim]epoch {ref.epoch}[/]")
        if len(refs) > _MOST_ITEMS:
            out.print(f"{mark} [dim]and {len(refs) - _MOST_ITEMS} more[/]")


@app.command()
def due(state: StateOption = None) -> None:
    """Models in service that learned from something withdrawn, and until when each is replaced.

    Nothing to do where `training-loop schedule` runs: its next lap comes at once. Elsewhere run
    `training-loop retrain KIND`. A model that is not replaced in time gives way to the nearest
    earlier one that learned from nothing withdrawn.
    """

    async def ask(loop: Loop, chosen: LoopSettings) -> tuple[DueReplacement, ...]:
        registry = open_registry(chosen.state, loop.store)
        return await Replacements(loop.store, registry, chosen.registry).due()

    table = Table(id_column("model"), "kind", "found", "replaced by", "withdrawn items")
    for one in with_loop(state, ask):
        late = "[bold red]" if one.due_s < time.time() else ""
        when = (_when(one.since_s), f"{late}{_when(one.due_s)}")
        table.add_row(one.model, one.kind.value, *when, str(one.withdrawn or ""))
    out.print(table if table.row_count else "No model has to be replaced.")


def _ask(state: StateOption, ask: Callable[[ModelRegistry], Awaitable[T]]) -> T:
    async def run(loop: Loop, chosen: LoopSettings) -> T:
        return await ask(await asyncio.to_thread(open_registry, chosen.state, loop.store))

    return with_loop(state, run)


async def _record(registry: ModelRegistry, beginning: str) -> ModelRecord:
    return await registry.record(await registry.catalogue.find(beginning))


def _row(model: ModelSummary) -> tuple[str, ...]:
    state = _coloured(model.state)
    if model.serving and model.state is not ModelState.SERVING:
        state += ", serving"
    results = (f"{name.replace('_', ' ')} {value:.3f}" for name, value in model.results.items())
    return (
        model.model,
        state,
        _when(model.created_at_s),
        str(model.items) if model.parent else "base",
        str(model.withdrawn or ""),
        ", ".join(results),
    )


def _show(record: ModelRecord, watch: OnWatch | None) -> None:
    manifest = record.manifest
    table = Table.grid(padding=(0, 2))
    for name, value in (
        ("model", manifest.model),
        ("kind", manifest.kind.value),
        ("state", record.state.value),
        *((("on watch", f"until {_when(watch.seen.until_ms / 1000)}"),) if watch else ()),
        ("made", _when(manifest.created_at_s)),
        ("parent", manifest.parent or "none: a base model"),
        ("artefact", manifest.archive_sha256),
        ("data sets", " ".join(manifest.data_sets) or "none"),
        ("training data", manifest.data_sha256),
        ("base data", manifest.base_data),
        ("config", manifest.config),
        ("seed", str(manifest.seed)),
        ("engine", manifest.engine or f"rasa {manifest.rasa_version}"),
        *((name.replace("_", " "), f"{of:.3f}") for name, of in manifest.results.items()),
        *(("because", escape(reason)) for reason in record.reasons),
    ):
        table.add_row(f"[dim]{name}[/]", value)
    out.print(table)


def _coloured(state: ModelState) -> str:
    return f"[{_COLOURS[state]}]{state.value}[/]"


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _numbers(epochs: Iterable[int]) -> str:
    found = list(epochs)
    shown = ", ".join(map(str, found[:_MOST_ITEMS]))
    return f"{shown} ..." if len(found) > _MOST_ITEMS else shown or "none"


def _when(at_s: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at_s))
