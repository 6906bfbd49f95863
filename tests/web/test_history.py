"""What was said: seen, heard, explained, corrected and searched for."""

from __future__ import annotations

import io
import time
import wave

import pytest
from playwright.async_api import expect

from tests.fixtures.web import House, OpenWindow, speech
from tests.store.clips_in_review import a_clip, lent, sources, tasks_on
from training_loop.review.task import ClipReport, SampleReason

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVIL = "<img src=x onerror=alert(1)><script>document.title='owned'</script>"


async def test_what_was_said_stands_there_newest_first_with_its_answer(
    house: House, open_window: OpenWindow
) -> None:
    me, other = await house.resident(), await house.resident()
    for one in (me, other):
        await one.choose()
    await me.say("set a timer", captured_at_s=time.time() - 60)
    await me.say("what is the weather", answer="Rain until noon.")
    await other.say("nobody else sees this")
    window = await open_window(me)
    await window.open("/my-voice/history")
    await expect(window.page.locator(".heard")).to_have_text(["what is the weather", "set a timer"])
    await expect(window.page.get_by_text("Rain until noon.")).to_be_visible()


async def test_a_script_in_a_transcript_is_text(house: House, open_window: OpenWindow) -> None:
    me = await house.resident(device="<b>kitchen</b>")
    await me.choose()
    said = await me.say(EVIL, answer=EVIL)
    window = await open_window(me)
    for path in ("/my-voice/history", f"/my-voice/history/{said}", "/my-voice/devices"):
        await window.open(path)
        assert await window.page.locator("main img, main script, main b").count() == 0
        assert "owned" not in await window.page.title()
    await window.open("/my-voice/history")
    await expect(window.page.locator(".heard")).to_have_text([EVIL])


async def test_a_recording_plays_and_a_second_press_stops_it(
    house: House, open_window: OpenWindow
) -> None:
    me = await house.resident()
    await me.choose()
    await me.say("set a timer", pcm=speech("set a timer for ten minutes") * 3)
    await me.say("typed", pcm=b"")
    window = await open_window(me)
    await window.open("/my-voice/history")
    play = window.page.get_by_role("button", name="Play what you said")
    await expect(play).to_have_count(1)
    async with window.page.expect_response("**/recording.wav") as played:
        await play.click()
    answer = await played.value
    assert answer.status in (200, 206)
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.headers["cache-control"] == "no-store"
    await expect(play).to_have_attribute("aria-pressed", "true")
    await play.click()
    await expect(play).to_have_attribute("aria-pressed", "false")


async def test_the_player_of_one_utterance_has_the_whole_recording(
    house: House, open_window: OpenWindow
) -> None:
    me = await house.resident()
    await me.choose()
    pcm = speech("set a timer for ten minutes")
    said = await me.say("set a timer", pcm=pcm)
    window = await open_window(me)
    await window.open(f"/my-voice/history/{said}")
    lasts_s = await window.page.evaluate(
        """() => new Promise((resolve) => {
            const player = document.querySelector("audio");
            player.addEventListener("loadedmetadata", () => resolve(player.duration));
            player.load(); player.preload = "metadata";
        })"""
    )
    assert lasts_s == pytest.approx(len(pcm) / 32_000, abs=0.01)
    path = f"{house.url}/my-voice/history/{said}/recording.wav"
    content = await (await window.page.request.get(path)).body()
    with wave.open(io.BytesIO(content)) as found:
        assert found.readframes(found.getnframes()) == pcm


async def test_an_answer_is_explained_and_corrected(house: House, open_window: OpenWindow) -> None:
    me = await house.resident()
    await me.choose()
    said = await me.say("set a time for ten minutes")
    window = await open_window(me)
    await window.open("/my-voice/history")
    await window.page.get_by_role("link", name="Details and why").click()
    for text in (
        "93% sure",
        "duration: 10 minutes",
        "For your history",
        "For machines to learn from",
    ):
        await expect(window.page.get_by_text(text)).to_be_visible()
    await window.page.get_by_label("What you said instead").fill("set a timer for ten minutes")
    await window.page.get_by_role("button", name="Save my correction").click()
    await expect(window.page.get_by_role("heading", level=1)).to_have_text(
        "set a timer for ten minutes"
    )
    explained = await house.loop.rights.explain(me.account, said)
    assert explained.utterance.correction is not None
    assert explained.utterance.correction.text == "set a timer for ten minutes"


async def test_a_search_finds_words_and_leaves_none_in_an_address(
    house: House, open_window: OpenWindow
) -> None:
    me = await house.resident()
    await me.choose()
    await me.say("add bananas to the list")
    await me.say("set a timer")
    window = await open_window(me)
    asked: list[str] = []
    window.page.on("request", lambda request: asked.append(request.url))
    await window.open("/my-voice/history")
    await window.page.locator("summary", has_text="Search").click()
    await window.page.get_by_label("Words").fill("banana")
    await window.page.get_by_role("button", name="Find").click()
    await expect(window.page.locator(".heard")).to_have_text(["add bananas to the list"])
    await window.page.get_by_label("Words").fill("xylophone")
    await window.page.get_by_role("button", name="Find").click()
    await expect(window.page.get_by_text("Nothing was found.")).to_be_visible()
    assert not [url for url in asked if "banana" in url or "xylophone" in url]
    stored = await window.page.evaluate("() => [{...localStorage}, {...sessionStorage}]")
    assert not [word for word in ("banana", "timer", "earmark-account") if word in str(stored)]
    await window.page.get_by_role("button", name="Sign out").click()
    await window.page.wait_for_url("**/sign-in*")
    left = await window.page.evaluate("() => localStorage.length + sessionStorage.length")
    assert left == 0


async def test_earlier_pages_follow_one_another_to_the_end(
    house: House, open_window: OpenWindow
) -> None:
    me = await house.resident()
    await me.choose()
    now = time.time()
    for number in range(30):
        await me.say(f"number {number}", pcm=b"", captured_at_s=now - number * 60)
    window = await open_window(me)
    await window.open("/my-voice/history")
    await expect(window.page.locator(".entry")).to_have_count(25)
    await window.page.get_by_role("button", name="Show earlier").click()
    await expect(window.page.locator(".heard").last).to_have_text("number 29")
    await expect(window.page.locator(".entry")).to_have_count(5)
    await expect(window.page.get_by_role("button", name="Show earlier")).to_have_count(0)


async def test_what_nobody_meant_to_be_recorded_is_a_note_that_can_be_deleted(
    house: House, open_window: OpenWindow
) -> None:
    me = await house.resident()
    await me.choose()
    said = await me.say("the neighbors went to the theater")
    tasks = tasks_on(house.loop)
    (source,) = [one for one in await sources(tasks) if one.item == said]
    assert await tasks.offer(source, a_clip(), SampleReason.RANDOM, check=False)
    await tasks.report("anna", (await lent(tasks, "anna")).name, ClipReport.FALSE_WAKE)
    window = await open_window(me)
    await window.open("/my-voice/history")
    await expect(window.page.locator(".heard")).to_have_text(
        ["The assistant woke although nobody had called it. Words and recording were deleted."]
    )
    await expect(window.page.get_by_role("button", name="Play what you said")).to_have_count(0)
    await window.page.get_by_role("link", name="Details and why").click()
    await expect(window.page.get_by_role("heading", level=1)).to_have_text("Deleted")
    await expect(window.page.get_by_text("nobody had called it")).to_be_visible()
    await expect(window.page.get_by_text("typed")).to_have_count(0)
    await expect(window.page.get_by_role("button", name="Save my correction")).to_have_count(0)
    await window.page.get_by_role("button", name="Delete it for good").click()
    await window.page.wait_for_url("**/deletions/**")
    await window.open("/my-voice/history")
    await expect(window.page.locator(".heard")).to_have_count(0)
