"""One trial: a model with some settings, and what it is worth on the test split."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from training_loop.errors import EarmarkError
from training_loop.training.evaluation import evaluation_of
from training_loop.training.example_result import ExampleResult
from training_loop.training.language_model.trainer import LanguageModelTrainer
from training_loop.training.nlu_trainer import NluTrainer
from training_loop.training.rasa_command import RasaCommand
from training_loop.training.sweep.gold_file import read_gold
from training_loop.training.sweep.room import SweepRoom
from training_loop.training.sweep.space import Settings, language_model_settings
from training_loop.training.trainer import ModelKind, Trainer
from training_loop.training.trainer_log import current


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    kind: ModelKind
    number: int
    """0 is the trainer's own settings."""
    settings: Settings
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """`score`, 0 to 1, is what trials are ordered by; of a failed one nothing but its code is
    known."""

    score: float = 0.0
    shown: Mapping[str, float]
    failed: str = ""
    by_account: tuple[tuple[float, float], ...] = ()
    """What `score` is of, for each account that tests: how much was right, of how much. In the same
    order in all trials; nothing else is said of an account."""

    def __post_init__(self) -> None:
        """As it was, also where it came through JSON, which knows no tuples."""
        pairs = tuple((float(right), float(of)) for right, of in self.by_account)
        object.__setattr__(self, "by_account", pairs)


async def attempt(trial: Trial, room: SweepRoom, directory: Path) -> Figures:
    """Trains in processes of this machine, in a new directory that is removed again.

    The same trial gives the same figures, wherever it runs. A trial that fails as trainings may
    fail is one of the results.
    """
    await asyncio.to_thread(directory.mkdir, mode=0o700)
    log = current()
    try:
        if log is not None:
            log.tell(f"trial {trial.number}", **trial.settings)
        return await _attempt(trial, room, directory)
    except EarmarkError as failure:
        if log is not None:
            log.failed(failure)
        return Figures(shown={}, failed=failure.code)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


async def _attempt(trial: Trial, room: SweepRoom, directory: Path) -> Figures:
    trainer = _trainer(trial, room)
    prepared = await trainer.prepare(read_gold(room.training), directory, seed=trial.seed)
    artefact = await trainer.train(prepared)
    results = await trainer.evaluate(artefact, read_gold(room.test), workspace=directory)
    if trial.kind is ModelKind.NLU:
        return _understood(results)
    return _heard(results)


def _trainer(trial: Trial, room: SweepRoom) -> Trainer:
    if trial.kind is ModelKind.NLU:
        return NluTrainer(project=room.project, rasa=RasaCommand.locate(), settings=trial.settings)
    return LanguageModelTrainer(
        base=room.base,
        project=room.project,
        cache=room.cache,
        settings=language_model_settings(trial.settings),
    )


def _understood(results: Sequence[ExampleResult]) -> Figures:
    """The share of requests that would have been carried out."""
    evaluation = evaluation_of(results)
    exact = sum(one.exact for one in results) / max(1, len(results))
    shown = {"intents": evaluation.intent_accuracy}
    if evaluation.entity_f1 is not None:
        shown["entity F1"] = evaluation.entity_f1
    right = _summed((one.speaker, float(one.exact), 1.0) for one in results)
    return Figures(score=exact, shown={"exact": exact, **shown}, by_account=right)


def _heard(results: Sequence[ExampleResult]) -> Figures:
    """What is left of the words without the errors."""
    words = sum(one.words for one in results)
    errors = sum(one.word_errors for one in results) / max(1, words)
    exact = sum(one.right for one in results) / max(1, len(results))
    return Figures(
        score=max(0.0, 1 - errors),
        shown={"word errors": errors, "exact": exact},
        by_account=_summed(
            (one.speaker, float(one.words - one.word_errors), float(one.words)) for one in results
        ),
    )


def _summed(results: Iterable[tuple[str, float, float]]) -> tuple[tuple[float, float], ...]:
    """By speaker, in the order in which they first come."""
    found: dict[str, tuple[float, float]] = {}
    for speaker, right, of in results:
        before = found.get(speaker, (0.0, 0.0))
        found[speaker] = (before[0] + right, before[1] + of)
    return tuple(found.values())
