"""How many streams are held in real time, and how soon they are answered.

Each stream sends requests back to back in real time, in 100 ms chunks, and says `end_of_audio`
with its last sound; the latency is from there to the answer. Beside them, silent streams are
open. The number of streams rises until the 95th percentile leaves the limit or a request fails.

    python -m benchmarks.streams
    python -m benchmarks.streams --server 127.0.0.1:50051 --operator-token state/operator.token
"""

from __future__ import annotations

import argparse
import asyncio
from typing import Any

from benchmarks import report
from benchmarks.serving import Serving, add_arguments, serving
from device_sim.connection import open_channel
from device_sim.fleet import Fleet, FleetPlan, enrol
from device_sim.utterances import REQUESTS, spoken
from device_sim.voice import VOICES, Speaker


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    add_arguments(parser)
    parser.add_argument("--step", type=int, default=8, help="streams added each time")
    parser.add_argument("--most", type=int, default=160, help="streams at which it ends")
    parser.add_argument("--seconds", type=float, default=20.0, help="for each number of streams")
    parser.add_argument("--silent", type=int, default=100, help="silent streams beside")
    parser.add_argument("--limit-ms", type=float, default=500.0, help="95th percentile allowed")
    arguments = parser.parse_args()
    with serving(arguments) as server:
        steps = asyncio.run(climb(server, arguments))
    held = [step["streams"] for step in steps if step["held"]]
    report.write(
        "streams",
        rows=[row(step) for step in steps],
        figures={
            "streams_held": max(held, default=0),
            "limit_p95_ms": arguments.limit_ms,
            "silent_streams_beside": arguments.silent,
        },
        title=f"streams in real time, {arguments.silent} silent ones beside",
    )


def row(step: dict[str, Any]) -> dict[str, report.Value]:
    errors = ", ".join(f"{code} {count}" for code, count in step["errors"].items())
    names = ("streams", "held", "requests", "p50_ms", "p95_ms", "p99_ms", "server_p95_ms")
    return {name: step[name] for name in names} | {"errors": errors}


async def climb(server: Serving, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    said = spoken(REQUESTS, VOICES[:4], Speaker())
    steps: list[dict[str, Any]] = []
    async with open_channel(server.address) as channel:
        most = FleetPlan(devices=arguments.most, duration_s=0, silent_streams=arguments.silent)
        tokens = await enrol(channel, server.operator_token, most.credentials)
        warm_up = FleetPlan(devices=2, duration_s=3)
        await Fleet(channel, tokens, said, warm_up).run()
        for streams in range(arguments.step, arguments.most + 1, arguments.step):
            plan = FleetPlan(
                devices=streams, duration_s=arguments.seconds, silent_streams=arguments.silent
            )
            figures = await Fleet(channel, tokens, said, plan).run()
            held = holds(figures, arguments.limit_ms)
            steps.append({"streams": streams, "held": held, **figures})
            print(f"{streams} streams: p95 {figures['p95_ms']} ms", flush=True)
            if not held:
                break
    return steps


def holds(figures: dict[str, Any], limit_ms: float) -> bool:
    answered = figures["answered"] > 0 and figures["answered"] == figures["requests"]
    return bool(answered and figures["p95_ms"] <= limit_ms and not figures["silent_streams_lost"])


if __name__ == "__main__":
    main()
