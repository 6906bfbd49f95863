"""What it costs a server to count how people fare with the models in service.

    python -m benchmarks.served_turns [--turns 20000]

Turns are counted for both kinds that are watched, every tenth as not understood, and told to a real
store as often as a server tells them at ten turns a second. Processor time of this process.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from assistant.trial.served_turns import TELL_EVERY_S, ServedTurns
from benchmarks import report
from training_loop.registry.live_counts import LiveCounts
from training_loop.registry.live_signals import Signal
from training_loop.registry.release_watch import WATCHED
from training_loop.store.client import connect
from training_loop.store.supervisor import EmbeddedStore

_TURNS_EACH_TIME = round(10 * TELL_EVERY_S)


async def _cost_ms(directory: Path, turns: int) -> float:
    store = EmbeddedStore(directory)
    await store.start()
    client = connect(store.url)
    try:
        counted = [ServedTurns(LiveCounts(client, kind), "server") for kind in WATCHED]
        for one in counted:
            one.serves("model")
        began_s = time.process_time()
        for number in range(1, turns + 1):
            for one in counted:
                one.count((Signal.FALLBACK,) if number % 10 == 0 else ())
            if number % _TURNS_EACH_TIME == 0:
                for one in counted:
                    await one.tell()
        return 1000 * (time.process_time() - began_s) / turns
    finally:
        await client.aclose()
        await store.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=20_000)
    turns = parser.parse_args().turns
    with tempfile.TemporaryDirectory() as directory:
        cost_ms = asyncio.run(_cost_ms(Path(directory), turns))
    report.write("served_turns", {"turns": turns, "a_turn_ms": round(cost_ms, 4)})


if __name__ == "__main__":
    main()
