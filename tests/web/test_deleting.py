"""Deleting, its progress, and the receipt to keep."""

from __future__ import annotations

import asyncio
import time
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect

from tests.fixtures.web import House, OpenWindow, Resident, Window
from training_loop.errors import AccountGone
from training_loop.receipts.evidence import ErasureKind
from training_loop.receipts.receipt import verify_receipt

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def left(house: House, resident: Resident) -> list[str]:
    page = await house.loop.rights.history(resident.account, 50)
    return [entry.heard for entry in page.entries]


async def receipt_of(window: Window, house: House, directory: Path) -> ErasureKind:
    """Downloads the receipt and checks it as anybody may, without asking the server."""
    async with window.page.expect_download() as started:
        await window.page.get_by_role("link", name="Download the receipt").click()
    path = directory / "receipt.json"
    await (await started.value).save_as(path)
    checked = verify_receipt(path.read_bytes(), house.loop.notary.key().public)
    return checked.evidence.kind


async def test_one_thing_is_deleted_with_a_receipt_that_holds(
    house: House, open_window: OpenWindow, tmp_path: Path
) -> None:
    me = await house.resident()
    await me.choose()
    said = await me.say("forget this")
    await me.say("keep that")
    window = await open_window(me)
    await window.open(f"/my-voice/history/{said}")
    await window.page.get_by_role("button", name="Delete it for good").click()
    await expect(window.page.get_by_role("heading", name="It is forgotten")).to_be_visible()
    assert await left(house, me) == ["keep that"]
    assert await receipt_of(window, house, tmp_path) is ErasureKind.UTTERANCE
    await window.shot("deletion-done")
    await window.open(f"/my-voice/history/{said}")
    await expect(window.page.get_by_text("This is no longer kept")).to_be_visible()
    window.complaints.clear()  # the browser's own note of the 404


@pytest.mark.parametrize(
    ("choice", "stays"),
    [
        ("Today", ["yesterday"]),
        ("Some days", ["today"]),
        ("One device", []),
        ("Everything I ever said", []),
    ],
)
async def test_only_what_was_chosen_goes_and_only_after_a_second_yes(
    house: House, open_window: OpenWindow, choice: str, stays: list[str]
) -> None:
    me = await house.resident(device="attic")
    await me.choose()
    noon = datetime.now(tz=ZoneInfo("Europe/Berlin")).replace(hour=0, minute=0, second=1)
    await me.say("today", captured_at_s=max(noon.timestamp(), time.time() - 60))
    await me.say("yesterday", captured_at_s=noon.timestamp() - 3600)
    window = await open_window(me)
    await window.open("/my-voice/delete")
    await window.page.get_by_role("radio", name=choice).check()
    if choice == "Some days":
        yesterday = (noon - timedelta(days=1)).date().isoformat()
        await window.page.get_by_label("First day", exact=True).fill(yesterday)
        await window.page.get_by_label("Last day", exact=True).fill(yesterday)
    if choice == "One device":
        await window.page.get_by_label("Device", exact=True).select_option(label="attic")
    await window.page.get_by_role("button", name="Go on").click()
    await expect(window.page.get_by_role("heading", level=1)).to_contain_text("Delete")
    assert len(await left(house, me)) == 2
    await window.page.get_by_role("button", name="Delete it for good").click()
    await expect(window.page.get_by_role("heading", name="It is forgotten")).to_be_visible()
    assert await left(house, me) == stays


async def test_what_was_left_out_is_asked_for_and_nothing_is_deleted(
    house: House, open_window: OpenWindow
) -> None:
    me = await house.resident()
    await me.choose()
    await me.say("still here")
    window = await open_window(me)
    await window.open("/my-voice/delete")
    await window.page.get_by_role("radio", name="One device").check()
    await window.page.get_by_role("button", name="Go on").click()
    await expect(window.page.get_by_role("alert")).to_have_text("Choose a device.")
    assert await left(house, me) == ["still here"]
    window.complaints.clear()  # the browser's own note of the 422


async def test_an_account_ends_only_by_its_words_and_its_deletion_stays_in_sight(
    house: House, open_window: OpenWindow, tmp_path: Path
) -> None:
    me = await house.resident()
    await me.choose()
    await me.say("the last words")
    window = await open_window(me)
    await window.open("/my-voice/account")
    await window.page.get_by_label("Type delete my account").fill("delete it")
    await window.page.get_by_role("button", name="Delete my account for good").click()
    await expect(window.page.get_by_text("Nothing was deleted.")).to_be_visible()
    window.complaints.clear()  # the browser's own note of the 422
    await window.page.get_by_label("Type delete my account").fill("Delete my account")
    await window.page.get_by_role("button", name="Delete my account for good").click()
    await expect(window.page.get_by_role("heading", name="It is forgotten")).to_be_visible()
    with pytest.raises(AccountGone):
        await house.loop.rights.settings(me.account)
    assert await receipt_of(window, house, tmp_path) is ErasureKind.ACCOUNT
    assert await window.page.context.cookies() == [] or not any(
        "account" in cookie.get("name", "") for cookie in await window.page.context.cookies()
    )
    await window.open("/my-voice")
    await window.page.wait_for_url("**/sign-in*")


async def test_a_deletion_shows_each_step_as_it_happens(
    house: House, open_window: OpenWindow
) -> None:
    """The page waits for the next step and shows it without being loaded again."""

    me = await house.resident()
    await me.choose()
    await me.say("slowly")
    going_on = asyncio.Event()

    async def wait(step: object, noted: bool) -> None:
        await going_on.wait()

    ordinary = house.loop.erasures.reached
    house.loop.erasures.reached = wait
    try:
        window = await open_window(me)
        await window.open("/my-voice/account")
        await window.page.get_by_label("Type delete my account").fill("delete my account")
        await window.page.get_by_role("button", name="Delete my account for good").click()
        await expect(
            window.page.get_by_role("heading", name="It is being forgotten")
        ).to_be_visible()
        await expect(window.page.locator(".steps .reached")).to_have_count(1)
        await window.shot("deletion-running")
    finally:
        going_on.set()
        house.loop.erasures.reached = ordinary
    await expect(window.page.get_by_role("heading", name="It is forgotten")).to_be_visible()
    await expect(window.page.locator(".steps .reached")).to_have_count(7)


async def test_the_archive_holds_what_was_said(
    house: House, open_window: OpenWindow, tmp_path: Path
) -> None:
    me = await house.resident()
    await me.choose()
    said = await me.say("take this with me")
    window = await open_window(me)
    await window.open("/my-voice/account")
    async with window.page.expect_download() as started:
        await window.page.get_by_role("button", name="Download my archive").click()
    archive = tmp_path / "archive.zip"
    await (await started.value).save_as(archive)
    with zipfile.ZipFile(archive) as content:
        assert f"recordings/{said}.wav" in content.namelist()
        assert "take this with me" in content.read("index.html").decode()


async def test_a_device_is_added_by_a_code_and_removed(
    house: House, open_window: OpenWindow
) -> None:
    me = await house.resident(device="old radio")
    window = await open_window(me)
    await window.open("/my-voice/devices")
    await window.page.get_by_role("button", name="Add a device").click()
    code = await window.page.locator("#code").inner_text()
    await house.register.pair(code, "new radio")
    await window.open("/my-voice/devices")
    await window.page.locator("summary", has_text="Remove").nth(0).click()
    name = await window.page.locator(".cards h2").nth(0).inner_text()
    await window.page.get_by_role("button", name=f"Remove {name}").click()
    await expect(window.page.locator(".cards h2")).to_have_count(1)
    devices = await house.register.list(me.account)
    assert [one.display_name for one in devices] == list({"old radio", "new radio"} - {name})
