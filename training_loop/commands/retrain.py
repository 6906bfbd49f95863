"""`training-loop retrain`: a lap of one kind of model."""

from __future__ import annotations

from typing import Annotated

import typer

from training_loop.commands.lap import (
    AddressOption,
    EngineName,
    EngineOption,
    Kind,
    MinItemsOption,
    SeedOption,
    SweepsOption,
    Workshop,
    end,
    run_lap,
)
from training_loop.commands.session import StateOption, with_loop
from training_loop.lap.plan import DEFAULT_SEED, LapPlan
from training_loop.training.trainer import ModelKind


def retrain(
    kind: Annotated[Kind, typer.Argument(help="What to make.")],
    state: StateOption = None,
    min_items: MinItemsOption = 1,
    seed: SeedOption = DEFAULT_SEED,
    engine: EngineOption = EngineName.local,
    ray_address: AddressOption = "",
    sweeps: SweepsOption = None,
) -> None:
    """Learn one kind of model from what was reviewed, and release it if it is not worse.

    **nlu**: the language understanding, from its base data and what people meant.

    **lm**: the recogniser's words and grammar; its acoustics stay. It is judged by the sound
    of accounts that consent and never train, so it needs some.

    **thresholds**: when to ask back, when somebody has finished, which wake word to believe.

    Only utterances of accounts that consent now are used. If the candidate passes, running servers
    swap it in without dropping a request, else the reasons are shown and nothing changes. To try it
    on live traffic first: `training-loop lap --kind KIND --shadow-for 1h --canary-for 1h`.

    Exit codes: 0 released, 1 failed, 2 wrong usage, 3 not released.
    """
    plan = LapPlan(kinds=(ModelKind(kind.value),), min_items=min_items, seed=seed)
    workshop = Workshop(engine=engine, address=ray_address, sweeps=tuple(sweeps or ()))
    end(with_loop(state, lambda loop, _: run_lap(loop, plan, workshop)))
