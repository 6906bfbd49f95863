"""The loop learns: `python -m benchmarks.learning --accounts 200 --laps 3 --seed 1`.

Accounts speak in phrasings and names that the base data lacks, with accents and noise, to a real
server; those who consent are sampled, de-identified and reviewed by people who err; laps follow.
Before and after each lap, accounts that nobody learned from say the same requests again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from assistant.asr.models import EMBEDDED_MODEL
from benchmarks import report
from benchmarks.learning import telling, vocabulary
from benchmarks.learning.plan import QUICK, Plan
from benchmarks.learning.simulation import simulate
from training_loop.training.project import NluProject


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--accounts", type=int)
    parser.add_argument("--unseen", type=int, help="accounts that only ask, on top")
    parser.add_argument("--laps", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--clips-per-account", type=int, help="of those who teach, for each lap")
    parser.add_argument("--quick", action="store_true", help="a few accounts and one lap")
    parser.add_argument("--answers", type=Path, help="what the last models made of each request")
    chosen = parser.parse_args()
    given = {
        name: value
        for name, value in (
            ("accounts", chosen.accounts),
            ("unseen", chosen.unseen),
            ("laps", chosen.laps),
            ("seed", chosen.seed),
            ("clips", chosen.clips_per_account),
        )
        if value is not None
    }
    plan = replace(QUICK if chosen.quick else Plan(), **given)
    console = Console(stderr=True)
    new = vocabulary.check(NluProject.locate(), EMBEDDED_MODEL)
    with tempfile.TemporaryDirectory(prefix="earmark-", ignore_cleanup_errors=True) as directory:
        outcome = asyncio.run(simulate(plan, Path(directory), console.print))
    name = "learning_quick" if chosen.quick else "learning"
    rows, figures = telling.rows(outcome), telling.figures(outcome, new)
    report.write(name, figures, rows=rows, title="The loop learns")
    report.write(f"{name}_intents", rows=telling.intents(outcome), title="Whole commands by intent")
    if chosen.answers:
        chosen.answers.write_text(json.dumps(telling.answers(outcome), indent=1))
    sys.exit(0 if telling.held(outcome) else 1)


if __name__ == "__main__":
    main()
