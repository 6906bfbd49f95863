"""The review console in a real browser: from the door to a clip that was heard, sent, undone."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.fixtures.console import SAID, OpenScreen, Workplace

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_clip_is_heard_sent_and_undone_with_the_keyboard_alone(
    workplace: Workplace, open_screen: OpenScreen
) -> None:
    await workplace.clips([SAID, SAID], readings=["set a time for ten minutes"])
    screen = await open_screen()
    page = screen.page
    await screen.begin()
    await page.keyboard.press("Space")
    console = page.locator("review-console")
    await expect(page.get_by_role("button", name="Play")).to_have_attribute("aria-pressed", "true")
    await expect(console).to_have_attribute("data-first-sound-ms", re.compile(r"\d"))
    await screen.shot("clip")
    first = await console.get_attribute("data-task")
    await page.keyboard.press("1")
    await expect(page.get_by_label("What was said", exact=True)).to_have_value(
        "set a time for ten minutes"
    )
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Undo")).to_be_visible()
    await screen.shot("undo")
    assert await console.get_attribute("data-task") != first
    await page.keyboard.press("z")
    await expect(page.get_by_text("It is open again.")).to_be_visible()
    await expect(console).to_have_attribute("data-task", first or "")
    await expect(page.get_by_label("What was said", exact=True)).to_have_value(
        "set a time for ten minutes"
    )
