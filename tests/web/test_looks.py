"""Every page in light and dark, on a phone and a desk: nothing that keeps anybody out, nothing
heavy. EARMARK_SCREENSHOTS names a folder for pictures to be looked at."""

from __future__ import annotations

import time
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from tests.fixtures.web import House, OpenWindow, Resident, Window, sign_in, speech
from tests.web.test_learned import learned_from

pytestmark = pytest.mark.asyncio(loop_scope="session")

LARGEST_PAGE = 150_000
_AXE = {"resultTypes": ["violations"]}


async def lived_in(house: House) -> tuple[Resident, str]:
    """An account with something on every page, and one thing that was said."""
    me = await house.resident()
    await me.choose()
    now = time.time()
    said = await me.say(
        "set a timer for ten minutes",
        pcm=speech("set a timer for ten minutes"),
        captured_at_s=now - 90_000,
    )
    await me.say(
        "what is the weather in berlin tomorrow",
        answer="Rain in the morning, then clear, at most eleven degrees.",
        captured_at_s=now - 400,
    )
    await me.say("add oat milk to the list", answer="Oat milk is on the list.", pcm=b"")
    return me, said


async def violations(window: Window) -> list[str]:
    results = await Axe().run(window.page, options=_AXE)
    return [
        f"{window.page.url}: {one['id']} at {[node['target'] for node in one['nodes']]}"
        for one in results.response["violations"]
    ]


async def fits(window: Window) -> bool:
    """Nothing reaches beyond the side of the screen."""
    return bool(
        await window.page.evaluate(
            "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
    )


@pytest.mark.parametrize(("size", "scheme"), [("phone", "light"), ("desktop", "dark")])
async def test_no_page_keeps_anybody_out(
    house: House, open_window: OpenWindow, size: str, scheme: Any
) -> None:
    me, said = await lived_in(house)
    await learned_from(house, me)
    erased = await house.loop.rights.delete_utterance(me.account, await me.say("gone"))
    window = await open_window(
        me, size=size, scheme=scheme, signed_in=False, reduced_motion="reduce"
    )
    found: list[str] = []

    async def look(name: str) -> None:
        await window.shot(f"{name}-{size}-{scheme}")
        found.extend(await violations(window))
        assert await fits(window), name

    await window.open("/sign-in")
    await look("sign-in")
    await window.open("/published")
    await look("published-signed-out")
    await sign_in(window)
    for name, path in (
        ("choices", "/my-voice"),
        ("history-off", "/my-voice/choices/history-off"),
        ("agreements", "/my-voice/agreements"),
        ("history", "/my-voice/history"),
        ("utterance", f"/my-voice/history/{said}"),
        ("delete", "/my-voice/delete"),
        ("deletion", f"/deletions/{erased.erasure}"),
        ("listens", "/my-voice/listens"),
        ("learned", "/my-voice/learned"),
        ("published", "/published"),
        ("devices", "/my-voice/devices"),
        ("account", "/my-voice/account"),
        ("not-found", "/nothing"),
    ):
        await window.open(path)
        await look(name)
    await window.open("/my-voice/delete")
    await window.page.get_by_role("radio", name="Everything I ever said").check()
    await window.page.get_by_role("button", name="Go on").click()
    await expect(window.page.get_by_role("button", name="Delete it for good")).to_be_visible()
    await look("delete-sure")
    await window.open("/my-voice/devices")
    await window.page.get_by_role("button", name="Add a device").click()
    await expect(window.page.locator("#code")).to_be_visible()
    await look("pairing-code")
    assert found == []
    window.complaints = [one for one in window.complaints if "404" not in one]


async def test_no_page_is_heavy(house: House, open_window: OpenWindow) -> None:
    me, said = await lived_in(house)
    for number in range(25):
        await me.say(f"request number {number} of a long day", pcm=b"")
    window = await open_window(me)
    for path in (
        "/my-voice",
        "/my-voice/history",
        f"/my-voice/history/{said}",
        "/my-voice/account",
    ):
        weights: dict[str, int] = {}

        async def weigh(response: Any, weights: dict[str, int] = weights) -> None:
            weights[response.url] = len(await response.body())

        context = await window.page.context.browser.new_context()  # type: ignore[union-attr]
        await context.add_cookies(await window.page.context.cookies())  # type: ignore[arg-type]
        page = await context.new_page()
        page.on("response", weigh)
        await page.goto(house.url + path, wait_until="networkidle")
        await context.close()
        assert len(weights) >= 4, weights
        assert sum(weights.values()) <= LARGEST_PAGE, weights


async def test_the_pages_work_without_scripts(house: House, open_window: OpenWindow) -> None:
    me, said = await lived_in(house)
    window = await open_window(me, java_script_enabled=False)
    await window.page.get_by_role("switch", name="Let people check").click()
    await expect(window.page.get_by_role("switch", name="Let people check")).not_to_be_checked()
    await window.open(f"/my-voice/history/{said}")
    await window.page.get_by_role("button", name="Delete it for good").click()
    await expect(window.page.get_by_role("heading", name="It is forgotten")).to_be_visible()
