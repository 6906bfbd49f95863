"""The report of a lap in a real browser: in light and dark, on a phone and a desk. It asks nobody
for anything, and keeps nobody out. The pictures are left in build/screenshots to be looked at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from tests.fixtures import lap_outcome as made_up
from tests.fixtures.web import SIZES, picture
from training_loop.lap.outcome import LapOutcome
from training_loop.lap.report.writing import write_report

pytestmark = pytest.mark.asyncio(loop_scope="session")

_AXE = {"resultTypes": ["violations"]}
_LARGEST = 400_000
_FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
_OPEN_ALL = "document.querySelectorAll('details').forEach(one => { one.open = true })"


@pytest.fixture(scope="module")
def report(lap_outcome: LapOutcome, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(lap_outcome, tmp_path_factory.mktemp("lap"))


async def flaws(page: Page) -> list[str]:
    """What axe finds: a script, which the page itself does not allow."""
    results = await Axe().run(page, options=_AXE)
    return [one["id"] for one in results.response["violations"]]


@asynccontextmanager
async def looking(
    chromium: Browser, report: Path, size: str = "phone", scheme: Any = "light", **options: Any
) -> AsyncIterator[tuple[Page, list[str]]]:
    """The page, and what it complained about or asked for besides itself."""
    width, height = SIZES[size]
    context = await chromium.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, **options
    )
    told: list[str] = []
    page = await context.new_page()
    page.on("console", lambda said: told.append(said.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda asked: told.append(asked.url))
    await page.goto(report.as_uri())
    told.remove(report.as_uri())
    yield page, told
    await context.close()


async def test_the_report_fits_every_screen_and_asks_for_nothing(
    chromium: Browser, report: Path
) -> None:
    async with looking(chromium, report) as (page, told):
        for size, (width, height) in SIZES.items():
            await page.set_viewport_size({"width": width, "height": height})
            for scheme in ("light", "dark"):
                await page.emulate_media(color_scheme=scheme)
                await picture(page, f"lap-report-{size}-{scheme}")
        for width, height in SIZES.values():
            await page.set_viewport_size({"width": width, "height": height})
            for opened in ("false", "true"):
                await page.evaluate(_OPEN_ALL.replace("true", opened))
                assert await page.evaluate(_FITS)
        assert told == []


@pytest.mark.parametrize(("size", "scheme"), [("phone", "light"), ("desktop", "dark")])
async def test_the_report_keeps_nobody_out(
    chromium: Browser, report: Path, size: str, scheme: Any
) -> None:
    async with looking(chromium, report, size, scheme, bypass_csp=True) as (page, _):
        await page.evaluate(_OPEN_ALL)
        assert await flaws(page) == []


async def test_the_plots_are_drawn_in_the_colours_of_the_scheme(
    chromium: Browser, report: Path
) -> None:
    found = []
    for scheme in ("light", "dark"):
        async with looking(chromium, report, "desktop", scheme) as (page, _):
            plots = page.locator("svg.plot")
            assert await plots.count() == 8
            label = plots.first.get_by_text("who_listened")
            found.append(await label.evaluate("one => getComputedStyle(one).fill"))
            box = await plots.first.bounding_box()
            assert box
            assert box["height"] > 200
    assert found == ["rgb(43, 36, 32)", "rgb(243, 236, 227)"]


async def test_a_refused_a_failed_and_a_withdrawn_model_keep_nobody_out_either(
    chromium: Browser, tmp_path: Path
) -> None:
    outcome = made_up.outcome(made_up.thresholds(), made_up.failed(), tombstones=0, due=())
    path = write_report(outcome, tmp_path)
    async with looking(chromium, path, "phone", "light", bypass_csp=True) as (page, told):
        await picture(page, "lap-report-refused")
        assert await flaws(page) == []
        assert told == []


async def test_the_report_is_light(report: Path) -> None:
    assert len(await asyncio.to_thread(report.read_bytes)) <= _LARGEST
