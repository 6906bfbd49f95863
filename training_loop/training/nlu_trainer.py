"""Trains and evaluates NLU models with Rasa, in directories that are removed afterwards."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from training_loop.registry.shelf import write_atomically
from training_loop.training.dataset import Snapshot, write_config, write_training_file
from training_loop.training.evaluation import Evaluation, read_reports
from training_loop.training.project import NluProject
from training_loop.training.rasa_command import Progress, RasaCommand, RasaFailed

TRAIN_WITHIN_S = 1800.0
EVALUATE_WITHIN_S = 600.0


class NluTrainer:
    """`project` is what every model starts from; evaluations are kept under `cache`.

    An evaluation holds scores alone. Everything personal stays in the workspace that is passed
    in, see `workspace`.
    """

    def __init__(self, *, project: NluProject, rasa: RasaCommand, cache: Path) -> None:
        self.project = project
        self._rasa = rasa
        self._cache = cache

    async def train(
        self,
        snapshot: Snapshot,
        *,
        workspace: Path,
        seed: int,
        progress: Progress = lambda _: None,
    ) -> Path:
        """Trains on the base data and the snapshot; returns the archive inside `workspace`.

        Raises RasaMissing or RasaFailed. When cancelled, Rasa has ended before this returns.
        """
        self._write_training_data(snapshot, workspace, seed)
        await self._rasa.run(
            (
                *("train", "nlu", "--nlu", str(workspace / "nlu")),
                *("--domain", str(self.project.domain)),
                *("--config", str(workspace / "config.yml")),
                *("--out", str(workspace / "models"), "--fixed-model-name", "candidate"),
            ),
            workspace=workspace,
            seed=seed,
            timeout_s=TRAIN_WITHIN_S,
            progress=progress,
        )
        archive = workspace / "models" / "candidate.tar.gz"
        if not archive.exists():
            raise RasaFailed("Rasa ended well and left no model.")
        return archive

    async def evaluate(
        self, archive: Path, fingerprint: str, *, workspace: Path, seed: int
    ) -> Evaluation:
        """The model on the held-out split; the same model is evaluated on it only once.

        `fingerprint` is the archive's. Raises RasaMissing, RasaFailed or ReportMissing.
        """
        hold_out = self.project.hold_out_fingerprint()
        remembered = self._cache / f"{fingerprint[:32]}-{hold_out[:32]}.json"
        if (known := _read_evaluation(remembered)) is not None:
            return known
        reports = workspace / f"reports-{fingerprint[:16]}"
        await self._rasa.run(
            (
                *("test", "nlu", "--model", str(archive), "--nlu", str(self.project.hold_out)),
                *("--domain", str(self.project.domain), "--out", str(reports)),
                *("--no-plot", "--no-errors"),
            ),
            workspace=workspace,
            seed=seed,
            timeout_s=EVALUATE_WITHIN_S,
        )
        evaluation = read_reports(reports, hold_out)
        self._cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(remembered, json.dumps(evaluation.to_json()).encode())
        return evaluation

    def _write_training_data(self, snapshot: Snapshot, workspace: Path, seed: int) -> None:
        shutil.copytree(self.project.examples, workspace / "nlu" / "base")
        base = self.project.examples_by_intent()
        write_training_file(snapshot, base, workspace / "nlu" / "reviewed.yml")
        write_config(self.project.config, seed, workspace / "config.yml")


def _read_evaluation(path: Path) -> Evaluation | None:
    try:
        return Evaluation.from_json(json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        return None
