"""The pages of staff, and how soon a clip is heard once a reviewer presses play."""

from __future__ import annotations

from typing import Any

import numpy as np
from playwright.async_api import Browser, Page

from benchmarks.page_visit import Address, figures_of
from tests.fixtures.console import SAID, Screen, Workplace
from tests.fixtures.web import page_in
from training_loop.access import Kind

_WITHIN_MS = 15_000


async def pages_of_staff(work: Workplace, browser: Browser, runs: int) -> list[dict[str, Any]]:
    await work.clips([SAID] * 3, readings=["set a time for ten minutes"])
    reviewer = await _screen(work, browser, Kind.REVIEWER)
    await reviewer.open("/review")
    desk = await reviewer.page.context.cookies()
    rows = [
        await figures_of(browser, address, runs, "desktop")
        for address in (
            Address(name="staff sign in", url=f"{work.url}/staff/sign-in"),
            Address(name="review desk", url=f"{work.url}/review", cookies=desk),
        )
    ]
    await reviewer.begin()
    clip = Address(
        name="a clip",
        url=f"{work.url}/review/clip",
        cookies=await reviewer.page.context.cookies(),
        listens=True,
    )
    rows.append(await figures_of(browser, clip, runs, "desktop"))
    await reviewer.context.close()
    for role, name, path in (
        (Kind.ADMINISTRATOR, "members", "/staff/members"),
        (Kind.ML_ENGINEER, "agreement", "/operations/agreement"),
    ):
        screen = await _screen(work, browser, role)
        cookies = await screen.context.cookies()
        await screen.context.close()
        address = Address(name=name, url=work.url + path, cookies=cookies)
        rows.append(await figures_of(browser, address, runs, "desktop"))
    return rows


async def first_sounds(work: Workplace, browser: Browser, plays: int) -> dict[str, float]:
    """From the key to the first samples that the page hands to the speaker, as the console counts
    it: in a page that was just opened, and in the one clip after the other of a shift."""
    await work.clips([SAID] * (plays + 1))
    screen = await _screen(work, browser, Kind.REVIEWER)
    await screen.begin()
    opened, following = [], []
    for _ in range(plays):
        await screen.page.goto(f"{work.url}/review/clip", wait_until="load")
        opened.append(await _first_sound(screen.page))
    for _ in range(plays):
        following.append(await _first_sound(screen.page))
        await _next_clip(screen.page)
    await screen.context.close()
    return {
        f"play to first sound, {name}, {share} (ms)": round(float(np.percentile(found, rank)), 1)
        for name, found in (("page just opened", opened), ("next clip", following))
        for share, rank in (("p50", 50), ("p95", 95))
    }


async def _first_sound(page: Page) -> float:
    console = page.locator("review-console")
    await page.keyboard.press("Space")
    await page.wait_for_selector("review-console[data-first-sound-ms]", timeout=_WITHIN_MS)
    return float(await console.get_attribute("data-first-sound-ms") or "nan")


async def _next_clip(page: Page) -> None:
    task = await page.locator("review-console").get_attribute("data-task")
    await page.keyboard.press("x")
    await page.wait_for_function(
        "(task) => { const one = document.querySelector('review-console');"
        " return one && one.dataset.task && one.dataset.task !== task; }",
        arg=task,
        timeout=_WITHIN_MS,
    )


async def _screen(work: Workplace, browser: Browser, role: Kind) -> Screen:
    page = await page_in(browser, "desktop", "light", {})
    screen = Screen(
        page=page,
        context=page.context,
        workplace=work,
        colleague=await work.office.colleague(role),
        complaints=[],
    )
    await screen.sign_in()
    return screen
