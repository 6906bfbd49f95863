"""`training-loop retrain`: a lap of one kind of model."""

from __future__ import annotations

import typer

from training_loop.commands.lap import (
    AddressOption,
    EngineName,
    EngineOption,
    MinItemsOption,
    SeedOption,
    end,
    run_lap,
)
from training_loop.commands.session import StateOption, with_loop
from training_loop.lap.plan import DEFAULT_SEED, LapPlan
from training_loop.training.trainer import ModelKind

app = typer.Typer(
    no_args_is_help=True,
    help="Learn one kind of model from what was reviewed, and release it at once if it is not "
    "worse. `training-loop lap` makes all of them, and tries them on live traffic if you like.",
)


@app.command()
def nlu(
    state: StateOption = None,
    min_items: MinItemsOption = 1,
    seed: SeedOption = DEFAULT_SEED,
    engine: EngineOption = EngineName.local,
    ray_address: AddressOption = "",
) -> None:
    """Train the language understanding on the base data and what was reviewed.

    Only utterances of accounts that consent now are used. The candidate and the model in service
    answer the same held-out requests; if the candidate passes, running servers swap it in without
    dropping a request, else the reasons are shown and nothing changes.

    Exit codes: 0 released, 1 failed, 2 wrong usage, 3 refused.
    """
    _retrain(ModelKind.NLU, state, min_items, seed, engine, ray_address)


@app.command()
def lm(
    state: StateOption = None,
    min_items: MinItemsOption = 1,
    seed: SeedOption = DEFAULT_SEED,
    engine: EngineOption = EngineName.local,
    ray_address: AddressOption = "",
) -> None:
    """Train the recogniser's words and grammar on the base texts and what was reviewed.

    Its acoustics stay. Word errors are counted on the sound of the hold-out, so it needs one:
    accounts that consent and never train. Exit codes as those of `nlu`.
    """
    _retrain(ModelKind.LANGUAGE_MODEL, state, min_items, seed, engine, ray_address)


@app.command()
def thresholds(
    state: StateOption = None,
    min_items: MinItemsOption = 1,
    seed: SeedOption = DEFAULT_SEED,
    engine: EngineOption = EngineName.local,
    ray_address: AddressOption = "",
) -> None:
    """Choose from reviewed outcomes when to ask back, when somebody has finished, and which wake
    word to believe. Exit codes as those of `nlu`.
    """
    _retrain(ModelKind.THRESHOLDS, state, min_items, seed, engine, ray_address)


def _retrain(
    kind: ModelKind,
    state: StateOption,
    min_items: int,
    seed: int,
    engine: EngineName,
    address: str,
) -> None:
    plan = LapPlan(kinds=(kind,), min_items=min_items, seed=seed)
    end(with_loop(state, lambda loop, _: run_lap(loop, plan, engine, address)))
