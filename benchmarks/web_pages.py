"""What the pages weigh and how soon they are there, as a browser counts it.

    python -m benchmarks.web_pages [--runs 7]

A real server and store, the command `training-loop web`, and the system's Chromium. Each page is
opened in a browser that has never been there, then again with its cache; the times are the
browser's own navigation, paint and layout-shift entries, medians over the runs.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page

from benchmarks.report import write
from tests.fixtures.web import SIZES, House, browser_at, chromium_path, house_on

HEAVIEST_BYTES = 150_000
_ENTRIES = 25
_TIMES = """() => new Promise((resolve) => {
  const seen = { shift: 0, largest: 0 };
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) seen.shift += one.value;
  }).observe({ type: "layout-shift", buffered: true });
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) seen.largest = one.startTime;
  }).observe({ type: "largest-contentful-paint", buffered: true });
  setTimeout(() => {
    const page = performance.getEntriesByType("navigation")[0];
    const paint = performance.getEntriesByName("first-contentful-paint")[0];
    const sent = [page, ...performance.getEntriesByType("resource")];
    resolve({
      bytes: sent.reduce((sum, one) => sum + one.transferSize, 0),
      requests: sent.filter((one) => one.transferSize > 0).length,
      first_byte_ms: page.responseStart - page.requestStart,
      first_paint_ms: paint ? paint.startTime : 0,
      largest_paint_ms: seen.largest,
      ready_ms: page.domContentLoadedEventEnd,
      loaded_ms: page.loadEventEnd,
      layout_shift: seen.shift,
    });
  }, 100);
})"""


async def measure(runs: int) -> None:
    path = chromium_path()
    if not path:
        raise SystemExit("No Chromium: install it, or name one with EARMARK_CHROMIUM.")
    with tempfile.TemporaryDirectory(prefix="earmark-pages-") as directory:
        async with house_on(Path(directory)) as house, browser_at(path) as browser:
            rows = await _pages(house, browser, runs)
    heaviest = max(int(row["first visit, bytes"]) for row in rows)
    write(
        "web_pages",
        {"heaviest page, bytes": heaviest, "within the limit": heaviest <= HEAVIEST_BYTES},
        rows=rows,
        title="Pages, phone size; times are medians in ms",
    )


async def _pages(house: House, browser: Browser, runs: int) -> list[dict[str, Any]]:
    me = await house.resident()
    await me.choose()
    said = [
        await me.say(f"request number {number} of a long day", captured_at_s=time.time() - number)
        for number in range(_ENTRIES)
    ]
    door = await _context(browser)
    page = await door.new_page()
    await page.goto(f"{house.url}/sign-in")
    await page.get_by_label("Account key").fill(me.token)
    await page.get_by_role("button", name="Open my pages").click()
    await page.wait_for_url("**/my-voice")
    cookies = await door.cookies()
    await door.close()
    rows = []
    for name, path, allowed in (
        ("sign in", "/sign-in", []),
        ("choices", "/my-voice", cookies),
        ("history", "/my-voice/history", cookies),
        ("one utterance", f"/my-voice/history/{said[0]}", cookies),
        ("account", "/my-voice/account", cookies),
    ):
        found = [await _visit(browser, house.url + path, allowed) for _ in range(runs)]
        first, again = zip(*found, strict=True)
        rows.append(
            {
                "page": name,
                "first visit, bytes": int(first[0]["bytes"]),
                "requests": int(first[0]["requests"]),
                "again, bytes": int(again[0]["bytes"]),
                **{
                    key: round(statistics.median(one[key] for one in first), 3)
                    for key in first[0]
                    if key not in ("bytes", "requests")
                },
                "again, largest_paint_ms": round(
                    statistics.median(one["largest_paint_ms"] for one in again), 1
                ),
            }
        )
    return rows


async def _context(browser: Browser) -> BrowserContext:
    width, height = SIZES["phone"]
    return await browser.new_context(viewport={"width": width, "height": height})


async def _visit(
    browser: Browser, url: str, cookies: list[Any]
) -> tuple[dict[str, float], dict[str, float]]:
    """The first visit and a second one."""
    context = await _context(browser)
    await context.add_cookies(cookies)
    page = await context.new_page()
    found = await _load(page, url), await _load(page, url)
    await context.close()
    return found


async def _load(page: Page, url: str) -> dict[str, float]:
    await page.goto(url, wait_until="networkidle")
    found: dict[str, float] = await page.evaluate(_TIMES)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    asyncio.run(measure(parser.parse_args().runs))


if __name__ == "__main__":
    main()
