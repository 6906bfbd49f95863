"""A shift of reviewers, simulated over the wire: `python -m benchmarks.review_shift`.

Twenty reviewers who err in one clip of ten, and three adjudicators who err as often, work through
2,000 clips of many accounts on the real service: a real store with every write synced, sealed
clips, gRPC, sessions, shifts with caps, hidden checks, two reviews and an adjudication. Meanwhile
accounts take their consent back, some of them while their clip is playing.

Unless told otherwise reviewers don't think, so that the throughput is that of the service and its
latencies those at its limit; `--think` has those of people. The undo time is short for the same
reason. Client and server share one process.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.report import Value, write
from benchmarks.review_floor import Floor, Sizes, open_floor
from benchmarks.review_people import Listener
from benchmarks.review_records import Records
from training_loop.access import Kind


async def simulate(sizes: Sizes, *, progress: Progress | None = None) -> dict[str, Value]:
    """One shift, until nothing is left to do; its figures by name."""
    chance = random.Random(sizes.seed)
    with tempfile.TemporaryDirectory(prefix="earmark-shift-") as directory:
        async with open_floor(Path(directory), sizes, chance) as floor:
            records = Records(clips=floor.clips)
            await _work(floor, records, sizes, chance, progress)
            return {
                **records.figures(sizes.reviewers + sizes.adjudicators, sizes.cap),
                **await records.precision(floor.loop, floor.items),
                **await floor.statistics(),
            }


async def _work(
    floor: Floor, records: Records, sizes: Sizes, chance: random.Random, progress: Progress | None
) -> None:
    bar = progress.add_task("clips settled", total=len(floor.clips)) if progress else None

    def settled(count: int) -> None:
        if progress and bar is not None:
            progress.update(bar, completed=min(count, len(floor.clips)))

    roles = [Kind.REVIEWER] * sizes.reviewers + [Kind.ADJUDICATOR] * sizes.adjudicators
    people = [
        await floor.hire(
            *(role, number, Listener(error=sizes.error, chance=_own(chance))),
            think_s=sizes.think_s,
        )
        for number, role in enumerate(roles)
    ]
    records.began()
    async with asyncio.TaskGroup() as group:
        group.create_task(floor.settle(settled))
        leaving = group.create_task(floor.opt_outs(records))
        shifts = [group.create_task(person.work(records)) for person in people]
        await asyncio.wait(shifts)
        records.ended()
        leaving.cancel()
        floor.nobody_works.set()


def _own(chance: random.Random) -> random.Random:
    return random.Random(chance.getrandbits(64))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=2000)
    parser.add_argument("--accounts", type=int, default=400)
    parser.add_argument("--reviewers", type=int, default=20)
    parser.add_argument("--adjudicators", type=int, default=3)
    parser.add_argument("--error", type=float, default=0.1, help="share of clips judged wrongly")
    parser.add_argument("--cap", type=int, default=230, help="clips of a reviewer's shift")
    parser.add_argument("--opt-outs", type=int, default=40, help="accounts that leave meanwhile")
    parser.add_argument("--think", type=float, default=0.0, help="seconds for each clip")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sizes = Sizes(
        clips=options.clips,
        accounts=options.accounts,
        reviewers=options.reviewers,
        adjudicators=options.adjudicators,
        error=options.error,
        cap=options.cap,
        opt_outs=options.opt_outs,
        seed=options.seed,
        think_s=options.think,
    )
    columns = (
        TextColumn("{task.description}"),
        *(BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()),
    )
    with Progress(*columns, transient=True) as progress:
        figures = asyncio.run(simulate(sizes, progress=progress))
    write("review_shift", figures, title="a simulated shift of reviewers")


if __name__ == "__main__":
    main()
