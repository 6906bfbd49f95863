"""The three switches as somebody uses them in a browser."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.fixtures.web import House, OpenWindow
from training_loop.rights import CONSENT_TEXT_VERSION, SettingsChange
from training_loop.web.my_voice.words import EXPLANATION_VERSION

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_everything_is_off_at_first_and_a_switch_holds_once_it_shows(
    house: House, open_window: OpenWindow
) -> None:
    me = await house.resident()
    window = await open_window(me)
    learning = window.page.get_by_role("switch", name="Let machines learn from me")
    await expect(window.page.get_by_role("switch", checked=True)).to_have_count(0)
    await expect(window.page.get_by_role("switch", name="Let people check")).to_have_count(0)
    await learning.click()
    await expect(learning).to_be_checked()
    assert (await house.loop.rights.settings(me.account)).improve_models
    await expect(window.page.get_by_text("Saved. It holds from now on.")).to_be_visible()
    await window.shot("message-in-place")
    await window.page.get_by_role("switch", name="Let people check a small sample").click()
    await expect(window.page.get_by_role("switch", checked=True)).to_have_count(2)
    await learning.click()
    await expect(window.page.get_by_role("switch", checked=True)).to_have_count(0)
    settings = await house.loop.rights.settings(me.account)
    assert (settings.improve_models, settings.human_review) == (False, False)


async def test_history_is_not_switched_off_without_saying_that_it_goes(
    house: House, open_window: OpenWindow
) -> None:
    me = await house.resident()
    await me.choose(SettingsChange(keep_history=True))
    await me.say("set a timer")
    window = await open_window(me)
    await window.page.get_by_role("switch", name="Keep my history").click()
    await window.page.get_by_role("link", name="Keep my history").click()
    assert (await house.loop.rights.settings(me.account)).keep_history
    await window.page.get_by_role("switch", name="Keep my history").click()
    await window.page.get_by_role("button", name="Turn off and delete").click()
    await expect(window.page.get_by_role("switch", name="Keep my history")).not_to_be_checked()
    assert not (await house.loop.rights.settings(me.account)).keep_history
    assert (await house.loop.rights.history(me.account, 10)).entries == ()


async def test_retention_and_pauses_are_the_servers(house: House, open_window: OpenWindow) -> None:
    me = await house.resident()
    await me.choose()
    window = await open_window(me)
    await window.page.get_by_label("Keep it for").select_option("30")
    await window.page.get_by_role("button", name="Save").click()
    await expect(window.page.get_by_text("What is older goes by itself")).to_be_visible()
    assert (await house.loop.rights.settings(me.account)).retention_days == 30
    await window.page.get_by_role("button", name="Pause learning for an hour").click()
    await expect(window.page.get_by_text("Learning is paused until")).to_be_visible()
    assert (await house.loop.rights.settings(me.account)).paused_until_s > 0
    await window.page.get_by_role("button", name="Resume now").click()
    await expect(window.page.get_by_text("Learning goes on.")).to_be_visible()
    assert (await house.loop.rights.settings(me.account)).paused_until_s == 0


async def test_every_agreement_is_listed_with_its_text(
    house: House, open_window: OpenWindow
) -> None:
    me = await house.resident()
    window = await open_window(me)
    await window.page.get_by_role("switch", name="Keep my history").click()
    await expect(window.page.get_by_role("switch", name="Keep my history")).to_be_checked()
    await window.page.get_by_role("link", name="Everything you agreed to").click()
    await expect(window.page.get_by_text("Keep my history: yes")).to_be_visible()
    await expect(window.page.get_by_text(CONSENT_TEXT_VERSION)).to_be_visible()


async def test_a_childs_profile_cannot_be_switched_on(
    house: House, open_window: OpenWindow
) -> None:
    window = await open_window(await house.resident(child=True))
    await window.page.get_by_role("switch", name="Keep my history").click()
    await expect(window.page.get_by_text("This is a child's profile")).to_be_visible()
    window.complaints.clear()  # the browser's own note of the refusal


async def test_the_pages_explain_the_text_that_consent_is_given_to() -> None:
    assert EXPLANATION_VERSION == CONSENT_TEXT_VERSION
