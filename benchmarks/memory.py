"""What each process of a server holds in memory, before and after a household's requests.

python -m benchmarks.memory
"""

from __future__ import annotations

import argparse
import asyncio

import psutil

from benchmarks import report
from benchmarks.serving import Serving, serving
from device_sim.connection import open_channel
from device_sim.fleet import Fleet, FleetPlan, enrol
from device_sim.utterances import REQUESTS, spoken
from device_sim.voice import VOICES, Speaker

_MEGABYTE = 1_000_000
_ROLES = {"assistant.nlu.worker": "NLU worker", "valkey": "store", "redis": "store"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--devices", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    with serving(argparse.Namespace(server="")) as server:
        idle = resident(server.process_id)
        asyncio.run(speak(server, arguments.devices, arguments.seconds))
        busy = resident(server.process_id)
    report.write(
        "memory",
        rows=[
            {"process": role, "idle_mb": idle[role], "after_requests_mb": busy[role]}
            for role in sorted(busy)
        ],
        figures={"devices": arguments.devices, "seconds": arguments.seconds},
    )


async def speak(server: Serving, devices: int, seconds: float) -> None:
    said = spoken(REQUESTS, VOICES[:4], Speaker())
    plan = FleetPlan(devices=devices, duration_s=seconds)
    async with open_channel(server.address) as channel:
        tokens = await enrol(channel, server.operator_token, plan.credentials)
        await Fleet(channel, tokens, said, plan).run()


def resident(server: int) -> dict[str, int]:
    """Resident megabytes by role of the server's processes."""
    found: dict[str, int] = {}
    process = psutil.Process(server)
    for one in (process, *process.children(recursive=True)):
        command = " ".join(one.cmdline())
        role = next((name for word, name in _ROLES.items() if word in command), "server")
        found[role] = found.get(role, 0) + one.memory_info().rss // _MEGABYTE
    return found


if __name__ == "__main__":
    main()
