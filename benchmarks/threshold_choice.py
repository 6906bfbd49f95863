"""How often newly chosen thresholds are worse than what the NLU does by itself, on unseen requests.

    python -m benchmarks.threshold_choice [--runs 300] [--examples DIR]

A model is trained on four fifths of the project's examples (or of those of Rasa NLU files in DIR)
and asked about the rest, so confidences and mistakes are real. Outcomes are dealt to accounts of
eight. Each run splits the accounts: a tenth of so much gold, as a data set's test split has, is
drawn from one half and chooses; the other half says what share of requests is decided rightly then,
acted upon where they were understood and asked back where not. "before" is the choice as it was:
Platt's sigmoid of maximum likelihood and the fallback that costs least on the same outcomes. "shy"
and "bold" are the same outcomes with log-odds of confidence moved, so that there is something to
find. Equal seeds give equal figures.
"""

from __future__ import annotations

import asyncio
import math
import random
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks import report
from training_loop.training.marked_files import read_marked, write_marked
from training_loop.training.nlu_trainer import NluTrainer, nothing
from training_loop.training.project import NluProject
from training_loop.training.rasa_command import RasaCommand
from training_loop.training.thresholds import Costs, NluThresholds, logit, sigmoid
from training_loop.training.thresholds_choice import LEAST_OUTCOMES
from training_loop.training.thresholds_nlu import NluOutcome, choose_nlu

SEED, OF_ONE_ACCOUNT = 1, 8
GOLD = (100, 250, 500, 1000, 2000)
TESTS = 0.1
SCENES = {"as it is": 0.0, "shy": -1.5, "bold": 2.5}
"""By how much log-odds are moved."""

Accounts = Sequence[Sequence[NluOutcome]]
Chosen = Callable[[Accounts], NluThresholds | None]


def main(
    runs: Annotated[int, typer.Option(help="Draws of each size.")] = 300,
    examples: Annotated[
        Path | None, typer.Option(help="Rasa NLU files instead of the project's own.")
    ] = None,
) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        outcomes = asyncio.run(real_outcomes(Path(scratch), examples))
    rows = []
    for scene, moved in SCENES.items():
        by_account = accounts_of([_moved(one, moved) for one in outcomes])
        rows += [row(scene, gold, by_account, runs) for gold in GOLD]
    own = share_right(None, [outcomes])
    report.write(
        "threshold_choice",
        {"requests": len(outcomes), "decided rightly by itself": own},
        rows=rows,
        title=f"Thresholds chosen from a tenth of the gold, {runs} draws each; points of share",
    )


async def real_outcomes(scratch: Path, examples: Path | None) -> list[NluOutcome]:
    """Of examples that the model has not learned from."""
    own = NluProject.locate()
    every = list(read_marked(examples or own.examples))
    random.Random(SEED).shuffle(every)
    taught = len(every) * 4 // 5
    unseen = every[taught:] + ([] if examples else list(read_marked(own.hold_out)))
    root = scratch / "project"
    for name, marked in (("nlu", every[:taught]), ("test", unseen)):
        (root / name).mkdir(parents=True)
        write_marked(marked, root / name / "examples.yml", source="example")
    shutil.copy(own.config, root)
    if examples is None:
        shutil.copy(own.domain, root)
    else:
        (root / "domain.yml").write_text('version: "3.1"\n')
    trainer = NluTrainer(project=NluProject.at(root), rasa=RasaCommand.locate())
    work = scratch / "work"
    work.mkdir()
    archive = await trainer.train(await trainer.prepare(nothing(), work, seed=SEED))
    results = await trainer.evaluate(archive, nothing(), workspace=work)
    return [(one.confidence, one.best == one.intent, bool(one.given)) for one in results]


def row(scene: str, gold: int, by_account: Accounts, runs: int) -> dict[str, str | int | float]:
    chance = np.random.default_rng(SEED)
    changes: dict[str, list[float]] = {"before": [], "now": []}
    moved = 0
    for _ in range(runs):
        order = chance.permutation(len(by_account))
        choosing, judging = np.array_split(order, 2)
        unseen = [by_account[one] for one in judging]
        tested = math.ceil(gold * TESTS / OF_ONE_ACCOUNT)
        seen = [by_account[one] for one in chance.choice(choosing, tested)]
        own = share_right(None, unseen)
        for name, chosen in (("before", before(seen)), ("now", now(seen))):
            changes[name].append(100 * (share_right(chosen, unseen) - own))
            moved += name == "now" and chosen is not None
    figures: dict[str, str | int | float] = {"confidences": scene, "gold": gold}
    for name, found in changes.items():
        figures[f"{name}: worse, %"] = round(100 * float(np.mean(np.array(found) < 0)), 1)
        figures[f"{name}: mean"] = round(float(np.mean(found)), 2)
        figures[f"{name}: worst"] = round(min(found), 2)
    return figures | {"now: moved, %": round(100 * moved / runs, 1)}


def now(seen: Accounts) -> NluThresholds | None:
    return choose_nlu(seen, NluThresholds(), Costs())


def before(seen: Accounts) -> NluThresholds | None:
    """As it was until this was measured."""
    outcomes = [one for own in seen for one in own]
    if len(outcomes) < LEAST_OUTCOMES:
        return None
    right = np.array([one for _, one, _ in outcomes], dtype=bool)
    scores = np.array([logit(sure) for sure, _, _ in outcomes])
    slope, offset = likeliest(scores, right)
    if slope <= 0:
        slope, offset = 1.0, 0.0
    sure = 1 / (1 + np.exp(-(slope * scores + offset)))
    prices = [
        (round(2.0 * float((~right & (sure >= one)).mean()) + float((sure < one).mean()), 9), one)
        for one in np.round(np.arange(0.5, 0.901, 0.01), 2)
    ]
    return NluThresholds(slope=slope, offset=offset, fallback=float(min(prices)[1]))


def likeliest(scores: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[float, float]:
    """Platt's sigmoid with his smoothed targets, by Newton's method."""
    hits, misses = int(right.sum()), int((~right).sum())
    wanted = np.where(right, (hits + 1) / (hits + 2), 1 / (misses + 2))
    inputs = np.column_stack([scores, np.ones_like(scores)])
    weights = np.array([1.0, 0.0])

    def loss(at: NDArray[np.float64]) -> float:
        return float((np.logaddexp(0, inputs @ at) - wanted * (inputs @ at)).sum())

    for _ in range(100):
        sure = 1 / (1 + np.exp(-np.clip(inputs @ weights, -500, 500)))
        bend = (inputs * (sure * (1 - sure))[:, None]).T @ inputs + 1e-9 * np.eye(2)
        step, size = np.linalg.solve(bend, inputs.T @ (sure - wanted)), 1.0
        while size > 1e-10 and loss(weights - size * step) > loss(weights):
            size /= 2
        weights = weights - size * step
        if float(np.abs(step).max()) < 1e-9:
            break
    return float(weights[0]), float(weights[1])


def share_right(thresholds: NluThresholds | None, by_account: Accounts) -> float:
    """Acted upon where it was understood, asked back where it was not; by the NLU itself without
    thresholds."""
    decided = [
        (acts if thresholds is None else thresholds.calibrated(sure) >= thresholds.fallback) == hit
        for own in by_account
        for sure, hit, acts in own
    ]
    return sum(decided) / len(decided)


def accounts_of(outcomes: Sequence[NluOutcome]) -> Accounts:
    shuffled = list(outcomes)
    random.Random(SEED).shuffle(shuffled)
    return [
        shuffled[first : first + OF_ONE_ACCOUNT]
        for first in range(0, len(shuffled), OF_ONE_ACCOUNT)
    ]


def _moved(outcome: NluOutcome, by: float) -> NluOutcome:
    sure, right, _ = outcome
    if not by:
        return outcome
    said = sigmoid(logit(sure) + by)
    return said, right, said >= NluThresholds().fallback


if __name__ == "__main__":
    typer.run(main)
