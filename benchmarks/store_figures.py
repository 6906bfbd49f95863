"""`python -m benchmarks.store_figures`: opt-outs under load, enqueue rates, memory, one master or
three. The disk is synced at every write, as in production."""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import secrets
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.report import write
from benchmarks.store_load import (
    OFF,
    SHOWN,
    Place,
    consented,
    enqueues_a_second,
    fill,
    keep_busy,
    raw_writes_a_second,
)
from benchmarks.stress.servers import cluster, single
from training_loop.loop import open_loop

_ACCOUNTS = 400


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000, help="queued while opting out")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each rate")
    parser.add_argument("--processes", type=int, default=2, help="that write at once")
    parser.add_argument("--no-cluster", action="store_true")
    options = parser.parse_args()
    figures: dict[str, float] = {}
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="earmark-")))
        server = stack.enter_context(single(directory / "single"))
        place = Place(url=f"redis://{server.address}", state=directory / "state")
        asyncio.run(_prepare(place))
        figures |= _rates("one_server", place, options.processes, options.seconds)
        figures |= asyncio.run(_opt_outs(place, options.items))
    if not options.no_cluster:
        with ExitStack() as stack:
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="earmark-")))
            servers = stack.enter_context(cluster(directory / "servers"))
            place = Place(url=servers.url, state=directory / "state")
            asyncio.run(_prepare(place))
            figures |= _rates("three_masters", place, options.processes, options.seconds)
    write("store_figures", figures)


def _rates(name: str, place: Place, processes: int, seconds: float) -> dict[str, float]:
    """Ours and a bare write, one after the other on the same server."""
    ours = enqueues_a_second(place, processes, seconds)
    raw = raw_writes_a_second(place, processes, seconds)
    return {
        f"{name}_enqueues_per_s": round(ours),
        f"{name}_raw_hset_per_s": round(raw),
        f"{name}_ratio": round(ours / raw, 2),
    }


async def _prepare(place: Place) -> None:
    async with open_loop(place.settings, serve=True):
        pass


async def _opt_outs(place: Place, items: int) -> dict[str, float]:
    """Opt-outs of accounts with a share of the queue, while other processes speak and listen."""
    async with open_loop(place.settings) as loop:
        accounts = await consented(loop, _ACCOUNTS)
        before = (await loop.store.info("memory"))["used_memory"]
        began = time.monotonic()
        await fill(loop, accounts, items)
        filled_s = time.monotonic() - began
        after = (await loop.store.info("memory"))["used_memory"]
        context = multiprocessing.get_context("spawn")
        stop = context.Event()
        busy = context.Process(target=keep_busy, args=(place, stop))
        busy.start()
        try:
            await asyncio.sleep(2)  # it has to import and connect first
            taken_ms = []
            for one in accounts:
                began = time.monotonic()
                await loop.rights.change(one.account, OFF, SHOWN, secrets.token_hex(8))
                taken_ms.append((time.monotonic() - began) * 1000)
            await loop.rights.settled()
        finally:
            stop.set()
            busy.join()
    taken_ms.sort()
    return {
        "opt_out_p50_ms": round(taken_ms[len(taken_ms) // 2], 2),
        "opt_out_p99_ms": round(taken_ms[int(len(taken_ms) * 0.99)], 2),
        "opt_out_worst_ms": round(taken_ms[-1], 2),
        "opt_outs": len(taken_ms),
        "queued_items": items,
        "bytes_per_item": round((after - before) / items),
        "fill_per_s_one_process": round(items / filled_s),
    }


if __name__ == "__main__":
    main()
