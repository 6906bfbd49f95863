"""A lap runner on an open loop."""

from __future__ import annotations

from collections.abc import Mapping

from training_loop.datasets.exports.overdue import OverdueAlarm
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
from training_loop.training.sweep.space import Settings, language_model_settings
from training_loop.training.trainer import ModelKind
from training_loop.training.wake_outcomes import wake_outcomes


def open_lap_runner(
    loop: Loop,
    *,
    engine: Engine = LOCAL_ENGINE,
    project: NluProject | None = None,
    rasa: RasaCommand | None = None,
    settings: Mapping[ModelKind, Settings] | None = None,
    tracker: Tracker | None = None,
) -> LapRunner:
    """With the installed project and Rasa, the trainers' own settings, and the tracking server of
    the loop's, unless told otherwise. Raises ProjectMissing and RasaMissing."""
    own, chosen = loop.settings, settings or {}
    registry = open_registry(own.state, loop.store)
    nlu = NluTrainer(
        project=project or NluProject.locate(),
        rasa=rasa or RasaCommand.locate(),
        settings=chosen.get(ModelKind.NLU),
        engine=engine,
    )
    recipes = Recipes(
        registry,
        nlu,
        cache=own.pronunciations,
        engine=engine,
        language_model=language_model_settings(chosen.get(ModelKind.LANGUAGE_MODEL, {})),
        wake=lambda: wake_outcomes(loop),
    )
    tracker = tracker or Tracker(own.tracking, own.registry.mlflow_url)
    return LapRunner(
        Rooms(
            datasets=loop.datasets,
            registry=registry,
            replacements=Replacements(loop.store, registry, own.registry),
            recipes=recipes,
            audit=loop.audit,
            overdue_exports=OverdueAlarm(loop.exports.ledger),
            publishing=Publishing(registry, tracker, own.reports),
            work=own.workspaces,
            logs=own.training_logs,
        )
    )
