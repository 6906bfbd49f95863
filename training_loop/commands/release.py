"""`training-loop models release`, and the way back: `training-loop rollback`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from training_loop.commands.session import NOT_RELEASED, StateOption, err, out, with_loop
from training_loop.commands.watching import trial_bars, trial_plan
from training_loop.lap.summary import arrived
from training_loop.loop import Loop
from training_loop.registry.course import (
    ENOUGH_TURNS,
    Course,
    Phase,
)
from training_loop.registry.live_signals import LiveRules, Signal
from training_loop.registry.pointer_change import OPERATOR
from training_loop.registry.release import Release, roll_back
from training_loop.registry.trial_board import CANARY, DROPPED, SERVING, TrialState
from training_loop.registry.trying import TrialProgress, Tried, gradual_releases
from training_loop.settings import LoopSettings
from training_loop.training.rooms import open_registry
from training_loop.training.trainer import ModelKind

rollback_app = typer.Typer(no_args_is_help=True, help="Put an earlier model back into service.")

_SAID = {
    Phase.SHADOW: "As a shadow it sees the same requests, nobody gets its answers.",
    Phase.CANARY: "As a canary it answers a share of the sessions.",
}


def release_model(
    model: Annotated[str, typer.Argument(help="A candidate's id, or the beginning of it.")],
    shadow_for: Annotated[str, typer.Option(help="How long as a shadow; 0s leaves it out.")] = "1h",
    canary_share: Annotated[float, typer.Option(min=0, max=1, help="Share of sessions.")] = 0.05,
    canary_for: Annotated[str, typer.Option(help="How long as a canary; 0s leaves it out.")] = "1h",
    least_turns: Annotated[
        int, typer.Option(min=0, help="With fewer requests a stage decides nothing.")
    ] = ENOUGH_TURNS,
    margin: Annotated[
        float, typer.Option(min=0, max=0.99, help="By so much a share of bad turns may rise.")
    ] = 0.02,
    state: StateOption = None,
) -> None:
    """Try a candidate on live traffic, then put it into service on every running server.

    First as a **shadow**, then as a **canary**. As soon as people clearly fare worse with
    it (it understands less, they correct it or say the same again more often, it is slow), or
    something it learned from is withdrawn, it is out, and the model in service goes on. Ending this
    command ends the trial.

    A stage in which too few requests came goes on, ten times as long at most. Then the trial ends,
    undecided: a longer stage or a larger share may see more.

    Thresholds cannot be tried beside others: they were judged on the hold-out, and serve at once.
    """
    rules = LiveRules(margin=margin)
    plan = trial_plan(shadow_for, canary_for, canary_share, least_turns, rules)

    async def run(loop: Loop, chosen: LoopSettings) -> Tried:
        registry = open_registry(chosen.state, loop.store)
        found = await registry.catalogue.find(model)
        releases = gradual_releases(registry, loop.audit)
        with trial_bars(plan) as bar:
            return await releases.release(found, plan, progress=_Told(bar), by=OPERATOR)

    _end(with_loop(state, run))


def _end(tried: Tried) -> None:
    """Prints how it ended and ends the command with its exit code."""
    if tried.last is not None:
        _show(tried.last)
    for reason in tried.course.reasons:
        out.print(f"[red]{escape(reason)}[/]")
    if tried.released is None:
        out.print("[bold red]Not released.[/] The model in service goes on.")
        raise typer.Exit(NOT_RELEASED)
    out.print(f"[bold green]In service:[/] {tried.released.model.model}")
    out.print(arrived(tried.released.servers))


class _Told:
    """Says each stage once, as it begins, beside a bar that is told everything."""

    def __init__(self, bar: TrialProgress) -> None:
        self._bar = bar
        self._phase: Phase | None = None

    def __call__(self, course: Course, state: TrialState | None) -> None:
        if course.phase is not self._phase and course.phase in _SAID:
            err.print(_SAID[course.phase])  # above the bar
        self._phase = course.phase
        self._bar(course, state)


def _show(state: TrialState) -> None:
    if state.compared:
        table = Table("intent", "compared", "agreed")
        for intent, (agreed, compared) in state.agreement.items():
            table.add_row(intent, str(compared), f"{agreed / compared:.1%}")
        table.add_row("all", str(state.compared), f"{state.agreed / state.compared:.1%}")
        out.print(table)
        if dropped := state.counts.get(DROPPED):
            out.print(f"[dim]{dropped} requests were left out: the shadow had enough to do.[/]")
    serving, candidate = state.tally(SERVING), state.tally(CANARY)
    if candidate.turns:
        live = Table("bad turns", "serving", "candidate")
        live.add_row("of", str(serving.turns), str(candidate.turns))
        for signal in Signal:
            counts = (serving.bad.get(signal, 0), candidate.bad.get(signal, 0))
            live.add_row(signal.value, *map(str, counts))
        out.print(live)


def _roll_back(kind: ModelKind, state: StateOption) -> None:
    async def back(loop: Loop, chosen: LoopSettings) -> Release:
        registry = open_registry(chosen.state, loop.store)
        return await roll_back(registry, registry.consented, kind=kind, by=OPERATOR)

    done = with_loop(state, back)
    out.print(f"[bold green]In service again:[/] {done.model.model}")
    out.print(arrived(done.servers))


@rollback_app.command("nlu")
def rollback_nlu(state: StateOption = None) -> None:
    """Put the NLU model before the one in service back, on every running server.

    Models that learned from utterances whose consent is gone are passed over.
    """
    _roll_back(ModelKind.NLU, state)


@rollback_app.command("lm")
def rollback_lm(state: StateOption = None) -> None:
    """Put the language model before the one in service back, on every running server.

    Models that learned from utterances whose consent is gone are passed over.
    """
    _roll_back(ModelKind.LANGUAGE_MODEL, state)


@rollback_app.command("thresholds")
def rollback_thresholds(state: StateOption = None) -> None:
    """Put the thresholds before those in service back, on every running server.

    Before the first that were chosen, a server decides by its own. Those that were chosen from
    utterances whose consent is gone are passed over.
    """
    _roll_back(ModelKind.THRESHOLDS, state)
