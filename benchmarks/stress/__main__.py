"""`python -m benchmarks.stress --opt-outs 10000 [--cluster] [--naive]`."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from benchmarks.report import write
from benchmarks.stress.run import Plan, run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--opt-outs", type=int, default=10_000, help="and erasures, together")
    parser.add_argument("--cluster", action="store_true", help="three masters, three replicas")
    parser.add_argument("--naive", action="store_true", help="a queue that has to be found out")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    plan = Plan(
        opt_outs=options.opt_outs,
        subject="naive" if options.naive else "earmark",
        on_cluster=options.cluster,
        workers=options.workers,
        seed=options.seed,
    )
    outcome = run(plan)
    name = f"stress_{plan.subject}_{'cluster' if plan.on_cluster else 'single'}"
    figures = {**asdict(outcome.verdict), **outcome.faults, "took_s": round(outcome.took_s, 1)}
    write(name, figures)
    found_as_expected = bool(outcome.verdict.violations) == options.naive
    raise SystemExit(0 if found_as_expected else 1)


if __name__ == "__main__":
    main()
