"""The trials of a sweep as those of Ray Tune; runs in `ray_driver`, and then on the cluster."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import ray
from ray import tune
from ray.exceptions import RayError, WorkerCrashedError

from training_loop.training.engine import EngineUnavailable
from training_loop.training.errors import TrainerKilled, TrainingFailed
from training_loop.training.limited_process import Limits
from training_loop.training.ray_desk import Shipment, received, ship
from training_loop.training.ray_driver import Send, require_memory
from training_loop.training.ray_installation import Installation, own_installation
from training_loop.training.ray_parcel import tree
from training_loop.training.ray_room import private_room
from training_loop.training.sweep.room import SweepRoom
from training_loop.training.sweep.trial import Figures, Trial, attempt
from training_loop.training.trainer import ModelKind
from training_loop.vault.cipher import new_key

_ROOM = "room"
_LIMITS = Limits()
"""Of each process of a trial."""
_QUIET = {
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "RAY_AIR_NEW_OUTPUT": "0",
    "RAY_CHDIR_TO_TRIAL_DIR": "0",
}


async def tune_all(job: Mapping[str, Any], send: Send) -> None:
    """Tries `trials` with the sweep room in `home`; tells how many are done, then all figures."""
    root = Path(job["home"])
    require_memory(_LIMITS)
    shipment = await ship(tree(_ROOM, root), root, new_key())
    counting = asyncio.create_task(_count(shipment, len(job["trials"]), send))
    task = _tuned.remote(shipment, job["trials"], own_installation())
    try:
        figures = await task
    except WorkerCrashedError as fault:
        raise TrainerKilled("The worker that led the sweep was ended.") from fault
    except RayError as fault:
        raise TrainingFailed(f"Ray failed with {type(fault).__name__}.") from fault
    finally:
        counting.cancel()
        await asyncio.gather(counting, return_exceptions=True)
        with suppress(RayError):
            ray.cancel(task, force=True)
        ray.kill(shipment.desk)
    send({"figures": figures})


async def _count(shipment: Shipment, trials: int, send: Send) -> None:
    done = 0
    while done < trials:
        done = len(await shipment.desk.told.remote(done))
        send({"done": done})


@ray.remote(num_cpus=0, max_retries=0)
def _tuned(
    shipment: Shipment, trials: Sequence[Mapping[str, Any]], wanted: Installation
) -> list[dict[str, Any]]:
    """A task of the cluster, so that it is one whether the driver is of the cluster or not."""
    os.environ.update(_QUIET)
    trainable = tune.with_parameters(_tried, shipment=shipment, wanted=wanted)
    with private_room() as storage:
        tuner = tune.Tuner(
            tune.with_resources(trainable, {"cpu": 1, "memory": _LIMITS.keeps_bytes}),
            param_space={"number": tune.grid_search(list(range(len(trials)))), "trials": trials},
            run_config=tune.RunConfig(storage_path=str(storage), name="sweep", verbose=0),
        )
        grid = tuner.fit()
        results = [grid[at] for at in range(len(grid))]
    found = {
        result.metrics["number"]: result.metrics["figures"]
        for result in results
        if result.error is None and result.metrics
    }
    lost = asdict(Figures(shown={}, failed=TrainerKilled.code))
    return [found.get(number, lost) for number in range(len(trials))]


def _tried(config: Mapping[str, Any], *, shipment: Shipment, wanted: Installation) -> None:
    number = config["number"]
    trial = Trial(
        **{**config["trials"][number], "kind": ModelKind(config["trials"][number]["kind"])}
    )
    if own_installation() != wanted:
        figures = Figures(shown={}, failed=EngineUnavailable.code)
    else:
        with received(shipment) as room:
            work = attempt(trial, SweepRoom(root=room / _ROOM), room / "trial")
            figures = asyncio.run(work)
    ray.get(shipment.desk.tell.remote(number))
    tune.report({"number": number, "figures": asdict(figures)})
