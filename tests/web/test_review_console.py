"""The review console in a real browser: from the door to a clip that was heard, sent, undone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import expect

from tests.fixtures.console import SAID, OpenScreen, Workplace
from tests.fixtures.web import speech
from tests.web.test_staff_looks import disagreed
from training_loop.access import Kind
from training_loop.review.assembly import assemble_review
from training_loop.review.settings import ReviewSettings
from training_loop.review.shift import ShiftLimits

pytestmark = pytest.mark.asyncio(loop_scope="session")

"""A second as promised, and what the test itself takes to look."""


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


async def test_keys_do_nothing_while_somebody_types(
    workplace: Workplace, open_screen: OpenScreen
) -> None:
    await workplace.clips([SAID], readings=["set a time"])
    screen = await open_screen()
    page = screen.page
    await screen.begin()
    console, text = page.locator("review-console"), page.get_by_label("What was said", exact=True)
    task = await console.get_attribute("data-task")
    await page.keyboard.press("t")
    await expect(text).to_be_focused()
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.type("1 skip x was ?")
    await expect(text).to_have_value("1 skip x was ?")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(console).to_have_attribute("data-task", task or "")
    assert await console.get_attribute("data-first-sound-ms") is None
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_contain_text("Undo, within ten seconds")
    await page.get_by_label("Use these keys").uncheck()
    await page.keyboard.press("Escape")
    await page.keyboard.press("1")
    await expect(text).to_have_value("1 skip x was ?")


async def test_words_are_marked_and_unmarked_from_the_keyboard(
    workplace: Workplace, open_screen: OpenScreen
) -> None:
    await workplace.clips(["play some jazz in the kitchen"])
    screen = await open_screen()
    page = screen.page
    await screen.begin()
    await page.keyboard.press("m")
    await expect(page.locator("[data-status]")).to_have_text("Select words in the text first.")
    await page.keyboard.press("End")
    for _ in range(3):
        await page.keyboard.press("Shift+ArrowLeft")
    await page.keyboard.press("Escape")
    await page.keyboard.press("m")
    await expect(page.get_by_label("Words", exact=True)).to_have_value("kitchen")
    await expect(page.get_by_label("are a")).to_be_focused()
    await page.keyboard.type("no such kind")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("That could not be accepted")
    await expect(page.get_by_label("Words", exact=True)).to_have_value("kitchen")
    screen.forgive("422")
    await page.get_by_role("button", name="Remove this mark").click()
    await expect(page.get_by_label("Words", exact=True)).to_have_count(0)
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("button", name="Undo")).to_be_visible()


async def test_an_opt_out_stops_the_open_player_and_clears_the_page(
    workplace: Workplace, open_screen: OpenScreen
) -> None:
    account = await workplace.clips([SAID], pcm=speech(SAID) * 20)
    screen = await open_screen()
    page = screen.page
    await screen.begin()
    await page.keyboard.press("Space")
    console = page.locator("review-console")
    await expect(console).to_have_attribute("data-first-sound-ms", re.compile(r"\d"))
    await workplace.opt_out(account)
    await expect(page.get_by_role("heading", name="This clip was withdrawn")).to_be_focused()
    assert await page.evaluate("speaker.context.state") == "running"
    assert SAID not in await page.content()
    await expect(console).not_to_have_attribute("data-task", re.compile("."))
    await screen.shot("withdrawn")
    screen.forgive("INCOMPLETE_CHUNKED")
    await page.get_by_role("link", name="Next clip").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Nothing waits for you")


async def test_of_two_tabs_the_second_shows_the_same_clip_and_ends_with_the_first(
    workplace: Workplace, open_screen: OpenScreen
) -> None:
    await workplace.clips([SAID])
    first = await open_screen()
    await first.begin()
    second = await first.tab()
    await second.open("/review/clip")
    names = [
        await one.page.locator("review-console .spoken-words").inner_text()
        for one in (first, second)
    ]
    assert names[0] == names[1]
    await first.page.get_by_role("button", name="Send").click()
    heading = second.page.get_by_role("heading", name="This clip is finished")
    await expect(heading).to_be_visible()
    await expect(second.page.get_by_role("button", name="Send")).to_have_count(0)


async def test_a_session_that_ends_elsewhere_clears_the_page(
    workplace: Workplace, open_screen: OpenScreen
) -> None:
    await workplace.clips([SAID], pcm=speech(SAID) * 20)
    screen = await open_screen()
    page = screen.page
    await screen.begin()
    await page.keyboard.press("Space")
    await expect(page.locator("review-console")).to_have_attribute(
        "data-first-sound-ms", re.compile(r"\d")
    )
    await workplace.office.staff.members.disable(screen.colleague.member, actor="operator")
    await expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    assert SAID not in await page.content()
    screen.forgive("INCOMPLETE_CHUNKED")


async def test_a_script_in_a_transcript_is_text(
    workplace: Workplace, open_screen: OpenScreen
) -> None:
    nasty = '<img/src=x/onerror=alert(1)> "><script>alert(2)</script> stop'
    await workplace.clips([nasty], readings=[nasty], pcm=speech("stop"))
    screen = await open_screen()
    await screen.begin()
    words = screen.page.locator(".spoken-words")
    await expect(words).to_contain_text("<img/src=x/onerror=alert(1)>")
    await screen.page.keyboard.press("1")
    await expect(screen.page.get_by_label("What was said", exact=True)).to_have_value(nasty)
    assert await screen.page.locator("main img, main script").count() == 0


async def test_a_restart_of_the_service_loses_nothing_that_was_typed(
    workplace: Workplace, open_screen: OpenScreen
) -> None:
    await workplace.clips([SAID])
    screen = await open_screen()
    page = screen.page
    await screen.begin()
    text = page.get_by_label("What was said", exact=True)
    await text.fill("please set a timer for ten minutes")
    await workplace.services.stop()
    await expect(page.locator("[data-status]")).to_contain_text("The connection is lost.")
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_text("We cannot be reached right now")).to_be_visible()
    await expect(text).to_have_value("please set a timer for ten minutes")
    screen.forgive("503", "INCOMPLETE_CHUNKED")
    await workplace.services.start()
    await expect(page.locator("[data-status]")).to_have_text("")
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("button", name="Undo")).to_be_visible()
    await page.keyboard.press("z")
    await expect(text).to_have_value("please set a timer for ten minutes")


async def test_what_is_handed_on_leaves_the_screen_and_its_reporter_sees_it_taken(
    workplace: Workplace, open_screen: OpenScreen
) -> None:
    await workplace.clips([SAID])
    screen = await open_screen()
    page = screen.page
    await screen.begin()
    await page.keyboard.press("r")
    await expect(page.get_by_role("button", name="It is distressing")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Handed on. The safety officers were told")).to_be_visible()
    await expect(page.get_by_text("1 waiting")).to_be_visible()
    assert SAID not in await page.content()
    officer = await open_screen(Kind.SAFETY_OFFICER)
    await officer.open("/cases")
    await officer.page.get_by_role("button", name="Take it").first.click()
    await officer.page.get_by_role("button", name="Play").click()
    await expect(officer.page.locator("review-console")).to_have_attribute(
        "data-first-sound-ms", re.compile(r"\d")
    )
    await screen.open("/review")
    await expect(page.get_by_text("1 taken by a safety officer")).to_be_visible()
    await officer.page.get_by_role("radio", name="Nothing more to do").check()
    await officer.page.get_by_role("button", name="Close it").click()
    await expect(officer.page.get_by_text("The case is closed")).to_be_visible()


async def test_sound_first_plays_each_clip_as_it_appears_and_text_first_does_not(
    workplace: Workplace, open_screen: OpenScreen
) -> None:
    await workplace.clips([SAID, SAID])
    screen = await open_screen()
    page = screen.page
    await screen.begin("Sound first")
    console = page.locator("review-console")
    await expect(console).to_have_attribute("data-first-sound-ms", re.compile(r"\d"))
    await page.keyboard.press("s")
    await expect(page.get_by_role("button", name="Slower")).to_have_attribute(
        "aria-pressed", "true"
    )
    first = await console.get_attribute("data-task")
    await page.keyboard.press("x")
    await expect(console).not_to_have_attribute("data-task", first or "")
    await expect(console).to_have_attribute("data-first-sound-ms", re.compile(r"\d"))


async def test_an_adjudicator_decides_between_two_opinions_from_the_keyboard(
    workplace: Workplace, open_screen: OpenScreen
) -> None:
    await disagreed(workplace)
    screen = await open_screen(Kind.ADJUDICATOR)
    page = screen.page
    await screen.open("/review")
    await page.get_by_label("Text first").check()
    await page.get_by_role("button", name="Begin").click()
    await expect(page.locator("mark")).to_have_count(2)
    assert sorted(await page.locator("mark").all_inner_texts()) == ["ten", "two"]
    two = page.locator("[data-pick]", has_text="two")
    await page.keyboard.press(await two.get_attribute("data-pick") or "")
    await expect(page.get_by_label("What was meant")).to_have_value("set_alarm")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Undo")).to_be_visible()


@asynccontextmanager
async def shifts_of(workplace: Workplace, limits: ShiftLimits) -> AsyncIterator[None]:
    """The service with other limits of a shift."""
    services, usual = workplace.services, workplace.services.reviewing
    settings = ReviewSettings(shift=limits, checks=usual.settings.checks)
    await services.stop()
    services.reviewing = assemble_review(
        workplace.loop.store, workplace.loop.vault, workplace.tasks, settings
    )
    await services.start()
    yield
    await services.stop()
    services.reviewing = usual
    await services.start()


async def test_nobody_is_lent_more_than_a_shift_holds(
    workplace: Workplace, open_screen: OpenScreen
) -> None:
    await workplace.clips([SAID, SAID])
    async with shifts_of(workplace, ShiftLimits(clips=1)):
        screen = await open_screen()
        await screen.begin()
        await screen.page.keyboard.press("x")
        heading = screen.page.get_by_role("heading", name="That was enough for one shift")
        await expect(heading).to_be_focused()
        await screen.page.keyboard.press("z")
        await expect(screen.page.get_by_text("It is open again.")).to_be_visible()


async def test_a_break_that_is_due_is_taken(workplace: Workplace, open_screen: OpenScreen) -> None:
    await workplace.clips([SAID, SAID])
    async with shifts_of(workplace, ShiftLimits(work_s=0.001, break_s=120)):
        screen = await open_screen()
        await screen.open("/review")
        await screen.page.get_by_label("Text first").check()
        await screen.page.get_by_role("button", name="Begin").click()
        await expect(screen.page.get_by_role("heading", level=1)).to_be_visible()
        await screen.open("/review/clip")
        if await screen.page.get_by_role("button", name="Skip").count():
            await screen.page.keyboard.press("x")
        heading = screen.page.get_by_role("heading", name="Time for a break")
        await expect(heading).to_be_visible()
        await expect(screen.page.locator("[data-countdown]")).to_contain_text("2 min")
        await screen.shot("break")
