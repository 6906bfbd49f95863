"""The pipeline on HWU64 (Liu et al. 2019): intent accuracy and entity F1.

    python -m benchmarks.hwu64 DATA_DIR

DATA_DIR holds `train.yml` and `test.yml` (Rasa NLU data). The project's own pipeline is trained
on the first and measured on the second by `rasa test nlu`; entities count word by word, without
the words outside of entities. Threshold and ambiguity are those of the project: an utterance that
it is too unsure about counts as wrong. The mark to beat, Rasa's light pipeline of logistic
regression and CRF on the same data: 86.4 % of intents, entity F1 .722.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import typer

from assistant.home import Home
from assistant.setup import rasa_command
from assistant.setup.base_model import NLU_PROJECT, train_nlu
from benchmarks import report


def main(data: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        figures = measure(rasa_command(Home.from_environment()), data, Path(scratch))
    report.write("hwu64", figures, title="HWU64, fold 1")


def measure(command: str, data: Path, scratch: Path) -> dict[str, float | int]:
    """Trains and tests below `scratch`; needs `train.yml` and `test.yml` in `data`."""
    model = scratch / "hwu64.tar.gz"
    project = scratch / "project"
    _write_project(project, data)
    started, before = time.monotonic(), _child_cpu_s()
    train_nlu(command, project, model)
    training_s, training_cpu_s = time.monotonic() - started, _child_cpu_s() - before
    subprocess.run(
        [
            *(command, "test", "nlu", "--model", str(model), "--nlu", str(data / "test.yml")),
            *("--domain", str(project / "domain.yml"), "--out", str(scratch / "out")),
            "--no-errors",
        ],
        check=True,
        capture_output=True,
        cwd=scratch,
    )
    intents = _report(scratch / "out" / "intent_report.json")
    entities = _report(scratch / "out" / "LinearUnderstanding_report.json")["micro avg"]
    return {
        "intent accuracy": intents["accuracy"],
        "entity precision": entities["precision"],
        "entity recall": entities["recall"],
        "entity F1": entities["f1-score"],
        "training, wall s": training_s,
        "training, CPU s": training_cpu_s,
        "archive, MB": model.stat().st_size / 1e6,
    }


def _write_project(project: Path, data: Path) -> None:
    (project / "nlu").mkdir(parents=True)
    shutil.copy(NLU_PROJECT / "config.yml", project)
    shutil.copy(data / "train.yml", project / "nlu")
    (project / "domain.yml").write_text('version: "3.1"\n')


def _report(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text())
    return content


def _child_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    typer.run(main)
