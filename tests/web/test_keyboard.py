"""The main ways of each page, with nothing but a keyboard."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, expect

from tests.fixtures.web import House, OpenWindow, Window, speech

pytestmark = pytest.mark.asyncio(loop_scope="session")

MOST_STEPS = 60


async def reach(window: Window, wanted: Locator, key: str = "Tab") -> None:
    """Tabs until the element has the focus; what has it must always be seen."""
    await expect(wanted).to_have_count(1)
    for _ in range(MOST_STEPS):
        await window.page.keyboard.press(key)
        if await wanted.evaluate("(one) => one === document.activeElement"):
            assert await wanted.evaluate(
                """(one) => { const box = one.getBoundingClientRect();
                    const style = getComputedStyle(one);
                    return box.width > 0 && (style.outlineStyle !== "none"); }"""
            ), "the focus cannot be seen"
            return
    raise AssertionError("cannot be reached with Tab")


@pytest.mark.parametrize("size", ["phone", "desktop"])
async def test_from_the_door_to_a_changed_mind(
    house: House, open_window: OpenWindow, size: str
) -> None:
    me = await house.resident()
    window = await open_window(me, size=size, signed_in=False)
    await window.open("/")
    await window.page.keyboard.press("Tab")
    await expect(window.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await reach(window, window.page.get_by_label("Account key"))
    await window.page.keyboard.insert_text(me.token)
    await window.page.keyboard.press("Enter")
    await window.page.wait_for_url("**/my-voice")
    learning = window.page.get_by_role("switch", name="Let machines learn from me")
    await reach(window, learning)
    await window.page.keyboard.press("Space")
    await expect(learning).to_be_checked()
    await expect(learning).to_be_focused()
    await window.page.keyboard.press("Space")
    await expect(learning).not_to_be_checked()
    await reach(window, window.page.get_by_role("button", name="Sign out"), "Shift+Tab")
    await window.page.keyboard.press("Enter")
    await expect(window.page.get_by_text("You are signed out.")).to_be_visible()


async def test_something_said_is_found_heard_corrected_and_deleted(
    house: House, open_window: OpenWindow
) -> None:
    me = await house.resident()
    await me.choose()
    await me.say("set a time", pcm=speech("set a timer") * 3)
    window = await open_window(me)
    await reach(window, window.page.get_by_role("link", name="History"))
    await window.page.keyboard.press("Enter")
    await window.page.wait_for_url("**/history")
    await reach(window, window.page.locator("summary", has_text="Search"))
    await window.page.keyboard.press("Enter")
    await reach(window, window.page.get_by_label("Words"))
    await window.page.keyboard.type("time")
    await window.page.keyboard.press("Enter")
    play = window.page.get_by_role("button", name="Play what you said")
    await reach(window, play)
    await window.page.keyboard.press("Space")
    await expect(play).to_have_attribute("aria-pressed", "true")
    await reach(window, window.page.get_by_role("link", name="Details and why"))
    await window.page.keyboard.press("Enter")
    await reach(window, window.page.get_by_label("What you said instead"))
    await window.page.keyboard.press("ControlOrMeta+a")
    await window.page.keyboard.type("set a timer")
    await window.page.keyboard.press("Enter")
    await expect(window.page.get_by_role("heading", level=1)).to_have_text("set a timer")
    await reach(window, window.page.get_by_role("button", name="Delete it for good"))
    await window.page.keyboard.press("Enter")
    await expect(window.page.get_by_role("heading", name="It is forgotten")).to_be_visible()
    await reach(window, window.page.get_by_role("link", name="Download the receipt"))


async def test_everything_is_deleted_from_the_keyboard(
    house: House, open_window: OpenWindow
) -> None:
    me = await house.resident()
    await me.choose()
    await me.say("set a timer")
    window = await open_window(me)
    await window.open("/my-voice/delete")
    await reach(window, window.page.get_by_role("radio", name="Today"))
    await window.page.keyboard.press("ArrowUp")
    await expect(window.page.get_by_role("radio", name="Everything I ever said")).to_be_checked()
    await reach(window, window.page.get_by_role("button", name="Go on"))
    await window.page.keyboard.press("Enter")
    await reach(window, window.page.get_by_role("button", name="Delete it for good"))
    await window.page.keyboard.press("Enter")
    await expect(window.page.get_by_role("heading", name="It is forgotten")).to_be_visible()
    assert (await house.loop.rights.history(me.account, 10)).entries == ()


async def test_a_device_is_added_and_removed_from_the_keyboard(
    house: House, open_window: OpenWindow
) -> None:
    me = await house.resident(device="radio")
    window = await open_window(me, size="phone")
    await window.open("/my-voice/devices")
    await reach(window, window.page.get_by_role("button", name="Add a device"))
    await window.page.keyboard.press("Enter")
    await expect(window.page.locator("#code")).to_be_visible()
    await reach(window, window.page.locator("summary", has_text="Remove"))
    await window.page.keyboard.press("Enter")
    await reach(window, window.page.get_by_role("button", name="Remove radio"))
    await window.page.keyboard.press("Enter")
    await expect(window.page.get_by_text("No device speaks for you yet.")).to_be_visible()
