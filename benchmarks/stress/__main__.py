"""`python -m benchmarks.stress --withdrawals 10000 [--cluster] [--naive]`."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.report import write
from benchmarks.stress.plan import Plan
from benchmarks.stress.run import Outcome, run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--withdrawals", type=int, default=10_000, help="opt-outs and erasures, together"
    )
    parser.add_argument("--cluster", action="store_true", help="three masters, three replicas")
    parser.add_argument("--naive", action="store_true", help="a queue that has to be found out")
    parser.add_argument("--workers", type=int, default=2, help="each with 12 account holders")
    parser.add_argument("--services", type=int, default=2, help="gRPC services that take part")
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between two faults")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    plan = Plan(
        withdrawals=options.withdrawals,
        subject="naive" if options.naive else "earmark",
        on_cluster=options.cluster,
        workers=options.workers,
        services=0 if options.naive else options.services,
        pause_s=options.pause,
        seed=options.seed,
    )
    outcome = _watched(plan)
    name = f"stress_{plan.subject}_{'cluster' if plan.on_cluster else 'single'}"
    proven = asdict(outcome.evidence) if outcome.evidence else {}
    figures = {**asdict(outcome.verdict), **proven, **outcome.faults}
    took_s = round(outcome.took_s, 1)
    write(name, {**figures, "took_s": took_s, "violations": outcome.violations})
    found_as_expected = bool(outcome.violations) == options.naive
    raise SystemExit(0 if found_as_expected else 1)


def _watched(plan: Plan) -> Outcome:
    """Shows how far it is: a bar on a terminal, a line for each twentieth elsewhere."""
    columns = (
        *(TextColumn("withdrawals"), BarColumn(), MofNCompleteColumn()),
        TimeElapsedColumn(),
    )
    with Progress(*columns) as shown:
        bar, told = shown.add_task("", total=plan.withdrawals), 0

        def watch(withdrawals: int) -> None:
            nonlocal told
            shown.update(bar, completed=withdrawals)
            twentieth = withdrawals * 20 // plan.withdrawals
            if twentieth > told and not shown.console.is_terminal:
                print(f"{withdrawals} of {plan.withdrawals} withdrawals", flush=True)
            told = twentieth

        return run(plan, watch)


if __name__ == "__main__":
    main()
