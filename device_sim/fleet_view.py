"""A fleet's tally on the screen while it runs."""

from __future__ import annotations

import asyncio
import time

from rich.live import Live
from rich.table import Table

from device_sim.fleet import Fleet
from device_sim.tally import Tally

_REFRESH_S = 0.25


async def watched(fleet: Fleet, live: Live) -> dict[str, object]:
    """Runs the fleet and keeps the view current; returns the figures."""
    started_at = time.perf_counter()

    def show() -> None:
        live.update(table(fleet.tally, time.perf_counter() - started_at, fleet.duration_s))

    async def refresh() -> None:
        while True:
            show()
            await asyncio.sleep(_REFRESH_S)

    refreshing = asyncio.create_task(refresh())
    try:
        return await fleet.run()
    finally:
        refreshing.cancel()
        show()


def table(tally: Tally, elapsed_s: float, duration_s: float) -> Table:
    """The live view."""
    view = Table(title=f"fleet, {elapsed_s:.0f} of {duration_s:.0f} s", min_width=48)
    view.add_column("what")
    view.add_column("so far", justify="right")
    view.add_row("requests", str(tally.started))
    view.add_row("answered", f"[green]{tally.answered}[/]")
    view.add_row("streams open", str(tally.open_streams))
    view.add_row("silent streams open", str(tally.silent_streams))
    for percent in (50, 95, 99):
        view.add_row(
            f"end of speech to answer, p{percent}", f"{tally.percentile_ms(percent):.0f} ms"
        )
    for outcome, count in tally.outcomes.most_common():
        view.add_row(f"outcome {outcome}", str(count))
    if tally.not_sent:
        view.add_row("not sent, all devices busy", f"[yellow]{tally.not_sent}[/]")
    if tally.silent_streams_lost:
        view.add_row("silent streams lost", f"[red]{tally.silent_streams_lost}[/]")
    for code, count in tally.errors.most_common():
        view.add_row(f"error {code}", f"[red]{count}[/]")
    return view
