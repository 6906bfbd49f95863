"""A page opened by a browser that has never been there, then again with its cache."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from playwright.async_api import Browser, BrowserContext, Page

from tests.fixtures.web import SIZES

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    name: str
    url: str
    cookies: Sequence[Any] = ()
    """Of somebody who is signed in."""
    listens: bool = False
    """It holds a stream of events open, so that its network is never idle."""


async def figures_of(
    browser: Browser, address: Address, runs: int, size: str = "phone"
) -> dict[str, Any]:
    """Medians over the runs; times in ms."""
    first, again = [], []
    for _ in range(runs):
        context = await context_of(browser, size)
        await context.add_cookies(list(address.cookies))
        page = await context.new_page()
        first.append(await _load(page, address))
        again.append(await _load(page, address))
        await context.close()
    return {
        "page": address.name,
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


async def context_of(browser: Browser, size: str = "phone") -> BrowserContext:
    width, height = SIZES[size]
    return await browser.new_context(viewport={"width": width, "height": height})


async def _load(page: Page, address: Address) -> dict[str, float]:
    until: Literal["load", "networkidle"] = "load" if address.listens else "networkidle"
    await page.goto(address.url, wait_until=until)
    found: dict[str, float] = await page.evaluate(_TIMES)
    return found
