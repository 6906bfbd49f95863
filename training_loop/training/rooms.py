"""Where, under the state directory, models and workspaces are."""

from __future__ import annotations

from pathlib import Path

from redis.asyncio import Redis

from training_loop.queue.queue import LearningQueue
from training_loop.registry.registry import ModelRegistry
from training_loop.training.lap import LapRunner
from training_loop.training.nlu_trainer import NluTrainer
from training_loop.training.project import NluProject
from training_loop.training.rasa_command import RasaCommand


def open_registry(state: Path, client: Redis) -> ModelRegistry:
    """The registry of a state directory and its store. Makes the directory."""
    return ModelRegistry(state / "registry", client)


def open_lap_runner(
    state: Path,
    client: Redis,
    queue: LearningQueue,
    *,
    project: NluProject | None = None,
    rasa: RasaCommand | None = None,
) -> LapRunner:
    """With the installed project and Rasa unless told otherwise.

    Raises ProjectMissing or RasaMissing.
    """
    trainer = NluTrainer(
        project=project or NluProject.locate(),
        rasa=rasa or RasaCommand.locate(),
    )
    return LapRunner(
        queue=queue,
        registry=open_registry(state, client),
        trainer=trainer,
        work=state / "training",
    )
