"""How well the NLU trainer does with few examples: HWU64 by number of examples an intent.

    python -m benchmarks.hwu64_by_examples DATA_DIR [--sizes 5,10,30,0] [--seed 42]

DATA_DIR holds `train.yml` and `test.yml` (Rasa NLU data, Liu et al. 2019, fold 1). Examples are
drawn per intent with the seed; 0 is all of them. Models are trained and evaluated by `NluTrainer`
itself: in processes with limits, one result an example. Entities count as whole spans with their
names, which is harder than Rasa's count word by word; unsure counts as wrong.
"""

from __future__ import annotations

import asyncio
import random
import resource
import shutil
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Annotated

import typer

from benchmarks import report
from training_loop.training.evaluation import evaluation_of
from training_loop.training.marked_files import read_marked, write_marked
from training_loop.training.nlu_trainer import NluTrainer, nothing
from training_loop.training.noised_text import MarkedText
from training_loop.training.project import NluProject
from training_loop.training.rasa_command import RasaCommand

PUBLISHED = {
    "published: Rasa, all examples, intent F1": 0.863,
    "published: Dialogflow, all examples, intent F1": 0.864,
    "published: LUIS, all examples, intent F1": 0.855,
    "published: Watson, all examples, intent F1": 0.882,
    "light pipeline of logistic regression and CRF, 9,960 examples, intent accuracy": 0.864,
    "light pipeline of logistic regression and CRF, 1,920 examples, intent accuracy": 0.774,
    "DIET, 1,920 examples, intent accuracy": 0.771,
}
"""Liu et al. 2019, quoted from memory, and what was measured here before."""


def main(
    data: Path,
    sizes: Annotated[str, typer.Option(help="Examples an intent; 0 is all.")] = "5,10,30,0",
    seed: int = 42,
) -> None:
    figures: dict[str, float | int] = {}
    for size in map(int, sizes.split(",")):
        with tempfile.TemporaryDirectory() as scratch:
            figures |= asyncio.run(measure(data, size, Path(scratch), seed))
    report.write("hwu64_by_examples", figures | PUBLISHED, title="HWU64 by examples an intent")


async def measure(data: Path, size: int, scratch: Path, seed: int) -> dict[str, float | int]:
    """Trains on `size` examples of each intent below `scratch`, tests on all of `test.yml`."""
    project, examples = _project(data, size, scratch / "project", seed)
    trainer = NluTrainer(project=project, rasa=RasaCommand.locate())
    workspace = scratch / "workspace"
    workspace.mkdir()
    began, before = time.monotonic(), _child_cpu_s()
    prepared = await trainer.prepare(nothing(), workspace, seed=seed)
    archive = await trainer.train(prepared)
    took_s, cpu_s = time.monotonic() - began, _child_cpu_s() - before
    results = await trainer.evaluate(archive, nothing(), workspace=workspace)
    found = evaluation_of(results)
    name = f"{size or 'all'} an intent"
    return {
        f"{name}: examples": examples,
        f"{name}: intent accuracy": found.intent_accuracy,
        f"{name}: intent accuracy if it never were unsure": sum(
            result.best == result.intent for result in results
        )
        / len(results),
        f"{name}: entity F1, whole spans": found.entity_f1 or 0.0,
        f"{name}: training, wall s": took_s,
        f"{name}: training, CPU s": cpu_s,
    }


def _project(data: Path, size: int, root: Path, seed: int) -> tuple[NluProject, int]:
    by_intent: dict[str, list[MarkedText]] = defaultdict(list)
    source = root / "source"
    for part, name in (("source", "train.yml"), ("test", "test.yml")):
        (root / part).mkdir(parents=True)
        shutil.copy(data / name, root / part)
    for example in read_marked(source):
        by_intent[example.intent].append(example)
    shutil.rmtree(source)
    chance = random.Random(seed)
    drawn = [
        example
        for _, examples in sorted(by_intent.items())
        for example in chance.sample(examples, min(size or len(examples), len(examples)))
    ]
    (root / "nlu").mkdir()
    write_marked(drawn, root / "nlu" / "train.yml", source="hwu64")
    (root / "domain.yml").write_text('version: "3.1"\n')
    shutil.copy(NluProject.locate().config, root)
    return NluProject.at(root), len(drawn)


def _child_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    typer.run(main)
