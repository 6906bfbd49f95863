"""How often the gate refuses models that are no worse, and lets worse ones pass.

    python -m benchmarks.gate_rates [--runs 200]

Simulated hold-outs of 600 examples in 20 intents, 2 of each speaker; accuracy 90 %. Two models
answer a part of the examples independently of each other, the rest alike. "parts" judges intents
alone, "all" also that not one example fewer may be right over all. Worse models lose in one intent,
and win as much in the others.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks import report
from training_loop.training.example_result import ExampleResult
from training_loop.training.gate import Change, GateRules, judge

EXAMPLES, INTENTS, EACH = 600, 20, 2
Right = NDArray[np.bool_]


def main(
    runs: Annotated[int, typer.Option(help="Simulated comparisons of each kind.")] = 200,
) -> None:
    chance = np.random.default_rng(11)
    rows = []
    for disagree in (0.0, 0.05, 0.1, 0.2):
        drawn = [_equal(chance, disagree) for _ in range(runs)]
        rows.append(_row(f"equal, {disagree:.0%} answered anew", drawn))
    for lost in (0.1, 0.2, 0.3, 0.5):
        drawn = [_worse_in_one(chance, lost) for _ in range(runs)]
        rows.append(_row(f"one intent of 30 loses {lost:.0%}", drawn))
    report.write("gate_rates", rows=rows, title=f"Passed by the gate, of {runs}")


def _row(name: str, drawn: list[tuple[Right, Right]]) -> dict[str, str | float]:
    verdicts = [judge(_results(after), _results(before), GateRules()) for before, after in drawn]
    parts = sum(
        all(one.change is not Change.WORSE for one in verdict.measured[1:]) for verdict in verdicts
    )
    passed = sum(verdict.passed for verdict in verdicts)
    return {"candidate": name, "parts": parts / len(drawn), "all": passed / len(drawn)}


def _equal(chance: np.random.Generator, disagree: float) -> tuple[Right, Right]:
    before = chance.random(EXAMPLES) < 0.9
    anew = chance.random(EXAMPLES) < disagree
    return before, np.where(anew, chance.random(EXAMPLES) < 0.9, before)


def _worse_in_one(chance: np.random.Generator, lost: float) -> tuple[Right, Right]:
    before, after = _equal(chance, 0.05)
    first = np.arange(EXAMPLES) % INTENTS == 0
    fell = first & after & (chance.random(EXAMPLES) < lost)
    after = after & ~fell
    wrong = np.flatnonzero(~first & ~after)
    after[chance.permutation(wrong)[: int(fell.sum()) + 3]] = True
    return before, after


def _results(right: Right) -> tuple[ExampleResult, ...]:
    return tuple(
        ExampleResult(
            example=str(number),
            speaker=str(number // INTENTS // EACH * INTENTS + number % INTENTS),
            intent=f"i{number % INTENTS}",
            given=f"i{number % INTENTS}" if one else "other",
            right=bool(one),
        )
        for number, one in enumerate(right)
    )


if __name__ == "__main__":
    typer.run(main)
