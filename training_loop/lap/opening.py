"""A lap runner on an open loop."""

from __future__ import annotations

from training_loop.lap.lap import LapRunner, Rooms
from training_loop.lap.publishing import Publishing
from training_loop.lap.recipe import Recipes
from training_loop.loop import Loop
from training_loop.registry.replacements import Replacements
from training_loop.registry.tracking.tracker import Tracker
from training_loop.training.engine import LOCAL_ENGINE, Engine
from training_loop.training.nlu_trainer import NluTrainer
from training_loop.training.project import NluProject
from training_loop.training.rasa_command import RasaCommand
from training_loop.training.rooms import open_registry
from training_loop.training.wake_outcomes import wake_outcomes


def open_lap_runner(
    loop: Loop,
    *,
    engine: Engine = LOCAL_ENGINE,
    project: NluProject | None = None,
    rasa: RasaCommand | None = None,
    tracker: Tracker | None = None,
) -> LapRunner:
    """With the installed project and Rasa, and the tracking server of the settings, unless told
    otherwise. Raises ProjectMissing and RasaMissing."""
    settings = loop.settings
    registry = open_registry(settings.state, loop.store)
    nlu = NluTrainer(
        project=project or NluProject.locate(), rasa=rasa or RasaCommand.locate(), engine=engine
    )
    recipes = Recipes(
        registry,
        nlu,
        cache=settings.pronunciations,
        engine=engine,
        wake=lambda: wake_outcomes(loop),
    )
    tracker = tracker or Tracker(settings.tracking, settings.registry.mlflow_url)
    return LapRunner(
        Rooms(
            datasets=loop.datasets,
            registry=registry,
            replacements=Replacements(loop.store, registry, settings.registry),
            recipes=recipes,
            audit=loop.audit,
            publishing=Publishing(registry, tracker, settings.reports),
            work=settings.workspaces,
        )
    )
