"""`training-loop sweep`: which settings of a trainer are best."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from training_loop.commands.dataset_names import named
from training_loop.commands.lap import AddressOption, EngineName, EngineOption
from training_loop.commands.session import FAILED, StateOption, err, out, with_loop
from training_loop.datasets.errors import DatasetUnknown
from training_loop.datasets.split import Split
from training_loop.lap.plan import DEFAULT_SEED
from training_loop.loop import Loop
from training_loop.settings import LoopSettings
from training_loop.training.engine import Engine, engine_for
from training_loop.training.project import NluProject
from training_loop.training.rooms import open_registry
from training_loop.training.sweep.honest import LEAST_ACCOUNTS
from training_loop.training.sweep.result import SweepResult, Tried, ranked
from training_loop.training.sweep.room import SweepRoom, furnish
from training_loop.training.sweep.space import draw
from training_loop.training.sweep.sweep import sweep as try_all
from training_loop.training.sweep.trial import Trial
from training_loop.training.trainer import ModelKind
from training_loop.training.trainer_log import TrainerLog, following
from training_loop.training.workspace import workspace


class Swept(Enum):
    """As the command line says it."""

    nlu = ModelKind.NLU.value
    lm = ModelKind.LANGUAGE_MODEL.value


def sweep(
    kind: Annotated[Swept, typer.Argument(help="Whose settings.")],
    state: StateOption = None,
    trials: Annotated[
        int, typer.Option(min=1, max=256, help="How many; the first has the settings of now.")
    ] = 12,
    seed: Annotated[int, typer.Option(min=0, help="Draws the settings.")] = DEFAULT_SEED,
    data_set: Annotated[
        str, typer.Option(help="Its name, or the beginning of it; by default the latest.")
    ] = "",
    engine: EngineOption = EngineName.local,
    ray_address: AddressOption = "",
) -> None:
    """Try settings of a trainer on the test split of a data set; the hold-out stays unseen.

    Prints them best first, then what the best is worth to accounts that had no say in choosing it:
    of many tries one looks best by luck. Writes them into a file below `sweeps/` of the state
    directory; `training-loop lap --sweep FILE` takes the best, or the settings of now where
    choosing is worth nothing. On a cluster as many are tried at a time as it has processors; the
    figures are the same.

    Exit codes: 0 tried, 1 failed, 2 wrong usage.
    """
    where = engine_for(engine.value, ray_address)
    model = ModelKind(kind.value)

    async def run(loop: Loop, chosen: LoopSettings) -> tuple[SweepResult, Path, TrainerLog]:
        name = await (named(loop.datasets, data_set) if data_set else _latest(loop))
        drawn = tuple(
            Trial(kind=model, number=number, settings=settings, seed=seed)
            for number, settings in enumerate(draw(model, trials, seed=seed))
        )
        log = await asyncio.to_thread(
            TrainerLog.begin, chosen.training_logs, f"sweep-{model.value}", data_set=name, seed=seed
        )
        with following(log):
            tried = await _tried(loop, chosen, name, drawn, where)
        result = ranked(model, name, tried)
        path = chosen.state / "sweeps" / f"{model.value}-{name.removeprefix('ds-')[:8]}-{seed}.json"
        await result.write(path)
        return result, path, log

    result, path, log = with_loop(state, run)
    out.print(table(result))
    if not result.worked:
        err.print(f"No trial worked: {escape(result.tried[0].figures.failed)}")
        err.print(f"[dim]log  {escape(str(log.path))}[/]")
        raise typer.Exit(FAILED)
    out.print(worth(result))
    out.print(f"Kept as {escape(str(path))}")


async def _latest(loop: Loop) -> str:
    latest = await loop.datasets.latest()
    if latest is None:
        raise DatasetUnknown("There is no data set yet: training-loop dataset create")
    return latest.name


async def _tried(
    loop: Loop, chosen: LoopSettings, data_set: str, trials: tuple[Trial, ...], engine: Engine
) -> tuple[Tried, ...]:
    with workspace(chosen.workspaces) as directory, _counting(len(trials)) as progress:
        room = await _furnished(loop, chosen, data_set, trials[0].kind, directory)
        return await try_all(trials, room, engine, progress)


async def _furnished(
    loop: Loop, chosen: LoopSettings, data_set: str, kind: ModelKind, directory: Path
) -> SweepRoom:
    speaks = kind is ModelKind.LANGUAGE_MODEL
    return await furnish(
        directory,
        training=loop.datasets.read(data_set, Split.TRAIN),
        test=loop.datasets.read(data_set, Split.TEST, with_audio=speaks),
        project=NluProject.locate(),
        base=await _base(loop, chosen) if speaks else None,
        cache=chosen.pronunciations if speaks else None,
    )


async def _base(loop: Loop, chosen: LoopSettings) -> Path:
    """What every language model starts from."""
    registry = open_registry(chosen.state, loop.store)
    serving = await registry.serving(ModelKind.LANGUAGE_MODEL)
    ancestors = await registry.catalogue.ancestors(serving.model)
    first = ancestors[-1] if ancestors else serving.model
    await asyncio.to_thread(registry.shelf.verified, first)
    return registry.archive(first)


def worth(result: SweepResult) -> str:
    """What the sweep may be believed."""
    score = result.honest
    if score is None:
        return (
            "The figures flatter the first: it was chosen by them. What it is worth to other "
            f"accounts nobody can tell with fewer than {LEAST_ACCOUNTS} that test."
        )
    told = (
        f"The figures flatter the first: it was chosen by them. Chosen by some of the "
        f"{score.accounts} accounts that test and measured on the others: {score.best:.1%}, the "
        f"settings of now {score.present:.1%}."
    )
    if result.best:
        return told
    if score.gain <= 0:
        return f"{told} Choosing is worth nothing: the settings of now are kept."
    return f"{told} The settings of now are the best."


def table(result: SweepResult) -> Table:
    """Best first; every setting that was tried has a column."""
    names = sorted({name for one in result.tried for name in one.trial.settings})
    figures = sorted({name for one in result.tried for name in one.figures.shown})
    shown = Table("", *names, *figures, title=f"{result.kind.value} on {result.data_set}")
    for place, one in enumerate(result.tried, start=1):
        settings = (f"{one.trial.settings[name]:g}" if one.trial.settings else "" for name in names)
        failed = f"[red]{escape(one.figures.failed)}[/]"
        values = (
            f"{one.figures.shown[name]:.1%}" if name in one.figures.shown else failed
            for name in figures
        )
        label = str(place) if one.trial.settings else f"{place} [dim]as it is[/]"
        shown.add_row(label, *settings, *values)
    return shown


@contextmanager
def _counting(trials: int) -> Iterator[Callable[[int], None]]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("trying", total=trials)
        yield lambda done: progress.update(task, completed=done)
