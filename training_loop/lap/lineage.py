"""What a model of a lap says it was made of."""

from __future__ import annotations

import time

from training_loop.datasets.manifest import DatasetManifest
from training_loop.lap.making import Made
from training_loop.lap.outcome import word_error_rate
from training_loop.lap.plan import LapPlan
from training_loop.lap.recipe import Recipe
from training_loop.registry.manifest import Manifest
from training_loop.registry.shelf import sha256_of
from training_loop.training.evaluation import evaluation_of
from training_loop.training.trainer import ModelKind


def manifest_of(recipe: Recipe, made: Made, data_set: DatasetManifest, plan: LapPlan) -> Manifest:
    """Not signed yet."""
    kind, figures = recipe.trainer.kind, dict[str, float]()
    if any(result.words for result in made.after):
        figures["word_error_rate"] = word_error_rate(made.after)
    return Manifest(
        kind=kind,
        parent=recipe.serving.model,
        created_at_s=time.time(),
        archive_sha256=sha256_of(made.artefact),
        base_data=recipe.base_data,
        config=recipe.config,
        rasa_version=recipe.rasa_version(made.artefact),
        engine=recipe.engine,
        seed=plan.seed,
        data_sets=(data_set.name,),
        data_sha256=made.prepared.data_sha256,
        items=made.prepared.items,
        evaluation=None if kind is ModelKind.LANGUAGE_MODEL else evaluation_of(made.after),
        figures=figures,
    )
