"""A lap runner on an open loop."""

from __future__ import annotations

from training_loop.lap.lap import LapRunner, Rooms
from training_loop.lap.recipe import Recipes
from training_loop.loop import Loop
from training_loop.registry.replacements import Replacements
from training_loop.training.nlu_trainer import NluTrainer
from training_loop.training.project import NluProject
from training_loop.training.rasa_command import RasaCommand
from training_loop.training.rooms import open_registry
from training_loop.training.thresholds_trainer import WakeOutcome


def open_lap_runner(
    loop: Loop,
    *,
    project: NluProject | None = None,
    rasa: RasaCommand | None = None,
) -> LapRunner:
    """With the installed project and Rasa unless told otherwise. Raises ProjectMissing and
    RasaMissing."""
    settings = loop.settings
    registry = open_registry(settings.state, loop.store)
    nlu = NluTrainer(project=project or NluProject.locate(), rasa=rasa or RasaCommand.locate())
    recipes = Recipes(registry, nlu, cache=settings.state / "cache" / "lm", wake=_none)
    return LapRunner(
        Rooms(
            datasets=loop.datasets,
            registry=registry,
            replacements=Replacements(loop.store, registry, settings.registry),
            recipes=recipes,
            audit=loop.audit,
            work=settings.workspaces,
        )
    )


async def _none() -> tuple[WakeOutcome, ...]:
    return ()
