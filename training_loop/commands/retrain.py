"""`training-loop retrain nlu`: one lap of learning."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import RenderableType
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from training_loop.commands.models import arrived
from training_loop.commands.session import NOT_RELEASED, StateOption, err, out, with_loop
from training_loop.loop import Loop
from training_loop.settings import LoopSettings
from training_loop.training.evaluation import Evaluation, Score
from training_loop.training.lap import DEFAULT_SEED, Lap, Stage
from training_loop.training.rooms import open_lap_runner

app = typer.Typer(no_args_is_help=True, help="Learn from what was reviewed.")

_NOTICEABLE = 0.005


@app.command()
def nlu(
    state: StateOption = None,
    min_items: Annotated[
        int, typer.Option(min=1, help="Do nothing with fewer reviewed utterances.")
    ] = 1,
    seed: Annotated[
        int, typer.Option(min=0, help="Same data and seed, same model.")
    ] = DEFAULT_SEED,
) -> None:
    """Train the NLU on the base data and what was reviewed, and release it if it is not worse.

    Only utterances of accounts that consent now are used. The candidate and the model in service
    are evaluated on the same held-out requests; if the candidate passes, running servers swap it
    in without dropping a request, else the reasons are shown and nothing changes.

    Exit codes: 0 released, 1 failed, 2 wrong usage, 3 refused by the gate.
    """

    async def run(loop: Loop, chosen: LoopSettings) -> Lap:
        runner = open_lap_runner(chosen.state, loop.store, loop.queue)
        with _progress() as progress:
            task = progress.add_task("starting")

            def tell(stage: Stage, detail: str) -> None:
                progress.update(task, description=f"{stage.value} [dim]{detail}[/]")

            return await runner.run(min_items=min_items, seed=seed, progress=tell)

    lap = with_loop(state, run)
    out.print(before_and_after(lap))
    out.print(verdict_of(lap))
    if not lap.verdict.passed:
        raise typer.Exit(NOT_RELEASED)


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=err,
        transient=True,
    )


def before_and_after(lap: Lap) -> Table:
    """The whole, and the intents that changed."""
    title = f"{lap.items} reviewed utterances, {lap.after.examples} held out, {lap.took_s:.0f} s"
    table = Table("", "in service", "candidate", "change", title=title, title_justify="left")
    _add(table, "[bold]intent accuracy[/]", *_of(lap, "intent_accuracy"))
    if lap.before.entity_f1 is not None or lap.after.entity_f1 is not None:
        _add(table, "[bold]entity F1[/]", *_of(lap, "entity_f1"))
    for intent in sorted({*lap.before.intents, *lap.after.intents}):
        before, after = _f1(lap.before, intent), _f1(lap.after, intent)
        if abs(after - before) >= _NOTICEABLE:
            _add(table, f"{intent} F1", before, after)
    return table


def verdict_of(lap: Lap) -> RenderableType:
    """What was decided, and why."""
    if lap.released is None:
        reasons = "\n".join(f"  {escape(reason)}" for reason in lap.verdict.reasons)
        return f"[bold red]Refused:[/] {lap.model} is not released.\n{reasons}"
    where = arrived(lap.released.servers)
    return f"[bold green]In service:[/] {lap.model}\n{where}\nUndo: training-loop rollback nlu"


def _of(lap: Lap, figure: str) -> tuple[float, float]:
    return getattr(lap.before, figure) or 0.0, getattr(lap.after, figure) or 0.0


def _f1(evaluation: Evaluation, intent: str) -> float:
    none = Score(precision=0.0, recall=0.0, f1=0.0, support=0)
    return evaluation.intents.get(intent, none).f1


def _add(table: Table, name: str, before: float, after: float) -> None:
    change = after - before
    colour = "green" if change > 0 else "red" if change < 0 else "dim"
    table.add_row(name, f"{before:.1%}", f"{after:.1%}", f"[{colour}]{change:+.1%}[/]")
