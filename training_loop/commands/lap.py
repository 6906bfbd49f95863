"""`training-loop lap` and `training-loop schedule`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from training_loop.commands.session import (
    FAILED,
    NOT_RELEASED,
    StateOption,
    out,
    with_loop,
)
from training_loop.commands.watching import bars, seconds, trial_plan
from training_loop.lap.lap import LapRunner
from training_loop.lap.opening import open_lap_runner
from training_loop.lap.outcome import LapOutcome, Result
from training_loop.lap.plan import DEFAULT_SEED, ORDER, LapPlan
from training_loop.lap.schedule import LOOK_EVERY_S, Reason, Schedule, When
from training_loop.lap.summary import summary
from training_loop.loop import Loop
from training_loop.registry.course import ENOUGH_TURNS, TrialPlan
from training_loop.registry.replacements import Replacements
from training_loop.settings import LoopSettings
from training_loop.training.engine import LOCAL, RAY, engine_for
from training_loop.training.errors import NothingToLearn
from training_loop.training.rooms import open_registry
from training_loop.training.sweep.result import kept_settings
from training_loop.training.trainer import ModelKind


class Kind(Enum):
    """As the command line says it."""

    nlu = ModelKind.NLU.value
    lm = ModelKind.LANGUAGE_MODEL.value
    thresholds = ModelKind.THRESHOLDS.value


class EngineName(Enum):
    local = LOCAL
    ray = RAY


KindsOption = Annotated[
    list[Kind] | None,
    typer.Option("--kind", help="Make models of this kind alone; may be repeated."),
]
MinItemsOption = Annotated[
    int, typer.Option(min=1, help="Do nothing with fewer reviewed utterances.")
]
SeedOption = Annotated[int, typer.Option(min=0, help="Same data and seed, same model.")]
ShadowOption = Annotated[
    str, typer.Option(help="How long each model sees live traffic without effect, e.g. 1h.")
]
CanaryOption = Annotated[
    str, typer.Option(help="How long it then answers a share of the sessions, e.g. 1h.")
]
ShareOption = Annotated[
    float, typer.Option(min=0, max=1, help="The share of sessions that a canary answers.")
]
TurnsOption = Annotated[
    int, typer.Option(min=0, help="With fewer requests a stage decides nothing.")
]
CurveOption = Annotated[
    bool,
    typer.Option(
        "--learning-curve/--no-learning-curve",
        help="Train on parts of the clips as well, to see what more of them would bring.",
    ),
]
EngineOption = Annotated[EngineName, typer.Option(help="Where the trainers run.")]
AddressOption = Annotated[
    str, typer.Option(help="Of a Ray cluster; by default RAY_ADDRESS, else of this machine.")
]
SweepsOption = Annotated[
    list[Path] | None,
    typer.Option("--sweep", help="Take the best settings of a sweep's file; may be repeated."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Where the trainers run and with which settings, as the command line says it."""

    engine: EngineName
    address: str
    sweeps: tuple[Path, ...]

    def runner(self, loop: Loop) -> LapRunner:
        """Raises InvalidArgument for a file that is no sweep's, and what `engine_for` raises."""
        return open_lap_runner(
            loop,
            engine=engine_for(self.engine.value, self.address),
            settings=dict(map(kept_settings, self.sweeps)),
        )


def lap(
    state: StateOption = None,
    kinds: KindsOption = None,
    min_items: MinItemsOption = 1,
    seed: SeedOption = DEFAULT_SEED,
    shadow_for: ShadowOption = "0s",
    canary_for: CanaryOption = "0s",
    canary_share: ShareOption = 0.05,
    least_turns: TurnsOption = ENOUGH_TURNS,
    curve: CurveOption = True,
    engine: EngineOption = EngineName.local,
    ray_address: AddressOption = "",
    sweeps: SweepsOption = None,
) -> None:
    """Once around: freeze what was reviewed, train, judge on the hold-out, release, report.

    Only utterances of accounts that consent now are used. A model that understands less than the
    one in service, or is clearly worse for an intent, an entity or a group of people, is refused
    with its reasons, and the one in service goes on. The report is a page that opens in a browser.

    Exit codes: 0 all models released, 1 something failed, 2 wrong usage, 3 a model was not
    released.
    """
    plan = LapPlan(
        kinds=kinds_of(kinds),
        min_items=min_items,
        seed=seed,
        trial=trial_of(shadow_for, canary_for, canary_share, least_turns),
        curve=curve,
    )
    workshop = Workshop(engine=engine, address=ray_address, sweeps=tuple(sweeps or ()))
    end(with_loop(state, lambda loop, _: run_lap(loop, plan, workshop)))


def schedule(
    state: StateOption = None,
    every: Annotated[
        str, typer.Option(help="At least so often, if anything new was reviewed.")
    ] = "7d",
    new_items: Annotated[
        int, typer.Option(min=0, help="As soon as so many new ones were reviewed; 0: never so.")
    ] = 500,
    kinds: KindsOption = None,
    seed: SeedOption = DEFAULT_SEED,
    shadow_for: ShadowOption = "1h",
    canary_for: CanaryOption = "1h",
    canary_share: ShareOption = 0.05,
    least_turns: TurnsOption = ENOUGH_TURNS,
    engine: EngineOption = EngineName.local,
    ray_address: AddressOption = "",
    sweeps: SweepsOption = None,
) -> None:
    """Run laps by time, by what was reviewed, and when a model must be replaced.

    A model in service that learned from something withdrawn since is replaced by the next lap,
    which comes at once; `training-loop models due` lists them. Runs until it is ended.
    """
    plan = LapPlan(
        kinds=kinds_of(kinds),
        seed=seed,
        trial=trial_of(shadow_for, canary_for, canary_share, least_turns),
    )
    when = When(every_s=seconds(every), new_items=new_items or None)
    workshop = Workshop(engine=engine, address=ray_address, sweeps=tuple(sweeps or ()))

    async def run(loop: Loop, chosen: LoopSettings) -> None:
        registry = open_registry(chosen.state, loop.store)
        replacements = Replacements(loop.store, registry, chosen.registry)

        async def once(reason: Reason, due: LapPlan) -> None:
            out.print(f"A lap begins: {reason.value}.")
            out.print(summary(await run_lap(loop, due, workshop)))

        out.print(f"Looking every {LOOK_EVERY_S:.0f} s whether a lap is due. Ctrl-C ends it.")
        await Schedule(loop.datasets, replacements, plan, when).forever(once)

    with_loop(state, run)


def kinds_of(chosen: list[Kind] | None) -> tuple[ModelKind, ...]:
    wanted = {ModelKind(one.value) for one in chosen or ()}
    return tuple(kind for kind in ORDER if not wanted or kind in wanted)


def trial_of(
    shadow_for: str, canary_for: str, canary_share: float, least_turns: int
) -> TrialPlan | None:
    """None for models that are released at once."""
    if not seconds(shadow_for) and not seconds(canary_for):
        return None
    return trial_plan(shadow_for, canary_for, canary_share, least_turns)


async def run_lap(loop: Loop, plan: LapPlan, workshop: Workshop) -> LapOutcome:
    """With progress bars."""
    runner = workshop.runner(loop)
    with bars() as progress:
        return await runner.run(plan, progress=progress)


def end(outcome: LapOutcome) -> None:
    """Prints it and ends the command with its exit code."""
    out.print(summary(outcome))
    failures = [model.failure for model in outcome.models if model.result is Result.FAILED]
    if any(not isinstance(failure, NothingToLearn) for failure in failures):
        raise typer.Exit(FAILED)
    if not outcome.passed:
        raise typer.Exit(NOT_RELEASED)
