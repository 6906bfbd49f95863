"""What the pages weigh and how soon they are there, as a browser counts it.

    python -m benchmarks.web_pages [--runs 7] [--plays 40]

A real server and store, the command `training-loop web`, and the system's Chromium. Each page is
opened in a browser that has never been there, then again with its cache; the times are the
browser's own navigation, paint and layout-shift entries, medians over the runs. The account
holders' pages are opened at the size of a phone, those of staff at that of a desktop. In the review
console the time from pressing play to the first sound is measured as well.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.async_api import Browser

from benchmarks.console_pages import first_sounds, pages_of_staff
from benchmarks.page_visit import Address, context_of, figures_of
from benchmarks.report import write
from tests.fixtures.console import workplace_on
from tests.fixtures.web import House, browser_at, chromium_path, house_on

HEAVIEST_BYTES = 150_000
_ENTRIES = 25


async def measure(runs: int, plays: int) -> None:
    path = chromium_path()
    if not path:
        raise SystemExit("No Chromium: install it, or name one with EARMARK_CHROMIUM.")
    with tempfile.TemporaryDirectory(prefix="earmark-pages-") as directory:
        async with house_on(Path(directory)) as house, browser_at(path) as browser:
            rows = await _pages(house, browser, runs)
    _tell("web_pages", "Pages of account holders, size of a phone", rows, {})
    with tempfile.TemporaryDirectory(prefix="earmark-pages-") as directory:
        async with workplace_on(Path(directory)) as work, browser_at(path) as browser:
            rows = await pages_of_staff(work, browser, runs)
            heard = await first_sounds(work, browser, plays)
    _tell("web_pages_of_staff", "Pages of staff, size of a desktop", rows, heard)


def _tell(name: str, title: str, rows: Sequence[dict[str, Any]], more: dict[str, float]) -> None:
    heaviest = max(int(row["first visit, bytes"]) for row in rows)
    weight = {"heaviest page, bytes": heaviest, "within the limit": heaviest <= HEAVIEST_BYTES}
    write(name, {**weight, **more}, rows=rows, title=f"{title}; times are medians in ms")


async def _pages(house: House, browser: Browser, runs: int) -> list[dict[str, Any]]:
    me = await house.resident()
    await me.choose()
    said = [
        await me.say(f"request number {number} of a long day", captured_at_s=time.time() - number)
        for number in range(_ENTRIES)
    ]
    door = await context_of(browser)
    page = await door.new_page()
    await page.goto(f"{house.url}/sign-in")
    await page.get_by_label("Account key").fill(me.token)
    await page.get_by_role("button", name="Open my pages").click()
    await page.wait_for_url("**/my-voice")
    cookies = await door.cookies()
    await door.close()
    return [
        await figures_of(browser, Address(name=name, url=house.url + path, cookies=allowed), runs)
        for name, path, allowed in (
            ("sign in", "/sign-in", []),
            ("choices", "/my-voice", cookies),
            ("history", "/my-voice/history", cookies),
            ("one utterance", f"/my-voice/history/{said[0]}", cookies),
            ("account", "/my-voice/account", cookies),
        )
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--plays", type=int, default=40)
    options = parser.parse_args()
    asyncio.run(measure(options.runs, options.plays))


if __name__ == "__main__":
    main()
