"""Tells an MLflow server all that waits in a spool: arguments are spool, told and artefacts.

A process of its own: MLflow takes seconds to import, and must not be able to hold up or end a
training. The server's address comes in the environment.
"""

from __future__ import annotations

import fcntl
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from mlflow.entities import Metric, Param, Run, RunStatus
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from training_loop.registry.tracking.run import (
    ALIASES,
    NotRecordable,
    Outcome,
    TrackedRun,
    TrackedStanding,
)
from training_loop.registry.tracking.tracker import NOT_DELIVERED, RUN, TARGET, waiting

T = TypeVar("T")

EXPERIMENT = "earmark"
RUN_TAG = "earmark.run"
MODEL_TAG = "earmark.model"
_AT_ONCE = 100
_ENDED = {
    Outcome.FINISHED: RunStatus.FINISHED,
    Outcome.FAILED: RunStatus.FAILED,
    Outcome.KILLED: RunStatus.KILLED,
}


class Ledger:
    """One MLflow server or database. Everything raises MlflowException and OSError."""

    def __init__(self, url: str, artefacts: Path) -> None:
        self._client = MlflowClient(tracking_uri=url, registry_uri=url)
        self._own_files = None if url.startswith("http") else artefacts

    def note(self, run: TrackedRun) -> None:
        """Once for each key: a run that was noted in part is completed."""
        experiment = self._experiment(run.kind)
        noted = self._found(experiment, RUN_TAG, run.key)
        if noted and RunStatus.is_terminated(RunStatus.from_string(noted.info.status)):
            return
        noted = noted or self._taken_over(experiment, run)
        noted = noted or self._client.create_run(
            experiment,
            start_time=_ms(run.began_at_s),
            run_name=run.model or run.key[:12],
            tags={RUN_TAG: run.key, MODEL_TAG: run.model},
        )
        self._figures(noted.info.run_id, run)
        self._files(noted.info.run_id, run)
        if run.model:
            self._version(run.kind, run.model, noted)
        ended = RunStatus.to_string(_ENDED[run.outcome])
        self._client.set_terminated(noted.info.run_id, ended, end_time=_ms(run.ended_at_s))

    def stand(self, standing: TrackedStanding) -> None:
        """Each alias of ours is given, or taken back where no model has it now."""
        registered = _registered(standing.kind)
        for alias, model in standing.aliases.items():
            version = self._version(standing.kind, model, self._made(standing, model))
            self._client.set_registered_model_alias(registered, alias, version)
        if gone := ALIASES - standing.aliases.keys():
            for alias in gone.intersection(self._aliases(registered)):
                self._client.delete_registered_model_alias(registered, alias)

    def _made(self, standing: TrackedStanding, model: str) -> Run:
        """Of a model that no run was recorded of yet, an empty run stands for it."""
        experiment = self._experiment(standing.kind)
        if made := self._found(experiment, MODEL_TAG, model):
            return made
        at = _ms(standing.at_s)
        made = self._client.create_run(
            experiment, start_time=at, run_name=model, tags={MODEL_TAG: model}
        )
        self._client.set_terminated(made.info.run_id, end_time=at)
        return made

    def _aliases(self, registered: str) -> Iterable[str]:
        known = self._client.search_registered_models(f"name = '{registered}'")
        return known[0].aliases if known else ()

    def _taken_over(self, experiment: str, run: TrackedRun) -> Run | None:
        """The empty run that stood for the model until now."""
        if not run.model or not (made := self._found(experiment, MODEL_TAG, run.model)):
            return None
        if RUN_TAG in made.data.tags:
            return None
        name = made.info.run_id
        self._client.update_run(name, status=RunStatus.to_string(RunStatus.RUNNING))
        self._client.set_tag(name, RUN_TAG, run.key)
        return made

    def _found(self, experiment: str, tag: str, value: str) -> Run | None:
        found = self._client.search_runs([experiment], f"tags.`{tag}` = '{value}'", max_results=1)
        return found[0] if found else None

    def _experiment(self, kind: str) -> str:
        name = f"{EXPERIMENT}-{kind}"
        if known := self._client.get_experiment_by_name(name):
            return str(known.experiment_id)
        where = (self._own_files / name).as_uri() if self._own_files else None
        try:
            return str(self._client.create_experiment(name, artifact_location=where))
        except MlflowException:  # somebody else was faster
            if known := self._client.get_experiment_by_name(name):
                return str(known.experiment_id)
            raise

    def _figures(self, name: str, run: TrackedRun) -> None:
        at = _ms(run.ended_at_s)
        metrics = [Metric(metric, value, at, 0) for metric, value in run.metrics.items()]
        for metric, values in run.series.items():
            metrics += [Metric(metric, value, at, step) for step, value in enumerate(values)]
        parameters = [Param(parameter, str(value)) for parameter, value in run.parameters.items()]
        for stated in _batches(parameters):
            self._client.log_batch(name, params=stated)
        for measured in _batches(metrics):
            self._client.log_batch(name, metrics=measured)

    def _files(self, name: str, run: TrackedRun) -> None:
        with tempfile.TemporaryDirectory() as directory:
            for file, content in run.artefacts.items():
                path = Path(directory) / file
                path.write_bytes(content)
                self._client.log_artifact(name, str(path))

    def _version(self, kind: str, model: str, made: Run) -> str:
        """Of a registered model, made where it is not there. What MLflow has of it are the reports
        of its run: never the model itself."""
        registered = _registered(kind)
        with suppress(MlflowException):
            self._client.create_registered_model(registered)
        found = self._client.search_model_versions(
            f"name = '{registered}' and tags.`{MODEL_TAG}` = '{model}'", max_results=1
        )
        if found:
            return str(found[0].version)
        version = self._client.create_model_version(
            *(registered, made.info.artifact_uri, made.info.run_id), tags={MODEL_TAG: model}
        )
        return str(version.version)


def deliver(spool: Path, told: Path, ledger: Ledger) -> None:
    """What was told is gone from the spool, and the last standing of each kind is kept in `told`;
    what is no run was never one."""
    for path in waiting(spool):
        try:
            written = path.read_bytes()
            if path.suffix == RUN:
                ledger.note(TrackedRun.from_bytes(written))
                path.unlink(missing_ok=True)
            else:
                standing = TrackedStanding.from_bytes(written)
                ledger.stand(standing)
                _keep(path, told / standing.kind)
        except FileNotFoundError:  # a newer standing took its place
            continue
        except (ValueError, KeyError, TypeError, NotRecordable):
            path.rename(path.with_suffix(".unreadable"))


def main() -> int:
    spool, told, artefacts = map(Path, sys.argv[1:4])
    with _alone_at(spool):
        try:
            deliver(spool, told, Ledger(os.environ[TARGET], artefacts))
        except (MlflowException, OSError) as fault:
            sys.stdout.write(str(getattr(fault, "error_code", type(fault).__name__)))
            return NOT_DELIVERED
    return 0


def _keep(path: Path, told: Path) -> None:
    told.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.rename(told)


def _registered(kind: str) -> str:
    return f"{EXPERIMENT}-{kind}"


def _ms(at_s: float) -> int:
    return round(at_s * 1000)


def _batches(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for first in range(0, len(values), _AT_ONCE):
        yield values[first : first + _AT_ONCE]


@contextmanager
def _alone_at(spool: Path) -> Iterator[None]:
    """Waits while another process delivers."""
    descriptor = os.open(spool, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
