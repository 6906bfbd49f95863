"""What was learned from somebody, what is published, and deletions whose answer was lost."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import time
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.fixtures.store import a_review
from tests.fixtures.training import manifest_for, rasa_archive
from tests.fixtures.web import House, OpenWindow, Resident
from training_loop.queue.review import ReviewedItem
from training_loop.registry.pointer import ServingPointer
from training_loop.registry.replacements import Replacements
from training_loop.registry.shelf import Decided, Decision, Shelf
from training_loop.review.figures import Figure, PublishedFigures
from training_loop.rights import SettingsChange
from training_loop.training.dataset import ItemRef
from training_loop.training.rooms import open_registry

pytestmark = pytest.mark.asyncio(loop_scope="session")

_numbers = itertools.count(1)


async def reviewed_of(house: House, me: Resident, heard: str) -> ReviewedItem:
    said = await me.say(heard)
    while (lease := await house.loop.queue.lease("reviewer")) is not None:
        if lease.item == said:
            await house.loop.queue.ack(lease, a_review())
            break
    found = [one async for one in house.loop.queue.reviewed()]
    return next(one for one in found if one.item == said)


async def model_of(house: House, item: ReviewedItem, *, serves: bool = False) -> str:
    """A model in the house's registry that learned from the item."""
    number = next(_numbers)
    with tempfile.TemporaryDirectory() as directory:
        archive = rasa_archive(Path(directory) / "model.tar.gz", f"web {number}".encode())
        ref = ItemRef(item=item.item, epoch=item.epoch)
        manifest = manifest_for(archive, "", ref, at_s=time.time() - 3600 * number)
        shelf = Shelf(house.loop.settings.state / "registry")
        shelf.prepare()
        shelf.put(archive, manifest, Decided(decision=Decision.RELEASED))
    await house.loop.queue.record_model_use(manifest.model, [item])
    if serves:
        pointer = ServingPointer(house.loop.store)
        await pointer.change(
            await pointer.read(),
            model=manifest.model,
            fingerprint=manifest.fingerprint,
            previous="",
        )
    return manifest.model


async def learned_from(house: House, me: Resident) -> None:
    """One model in use that has to be replaced, and one that was."""
    item = await reviewed_of(house, me, "play some music")
    await model_of(house, item)
    serving = await model_of(house, item, serves=True)
    await to_be_replaced(house, serving)


async def to_be_replaced(house: House, model: str) -> None:
    registry = open_registry(house.loop.settings.state, house.loop.store)
    assert await Replacements(house.loop.store, registry).note([model])


async def test_a_person_sees_which_models_learned_and_when_one_is_replaced(
    house: House, open_window: OpenWindow
) -> None:
    me = await house.resident()
    window = await open_window(me)
    await window.page.get_by_role("link", name="Learned").click()
    await expect(window.page.get_by_text("you have not allowed it")).to_be_visible()
    await me.choose()
    await window.page.reload()
    await expect(window.page.get_by_text("Nothing was learned from you.")).to_be_visible()
    model = await model_of(house, await reviewed_of(house, me, "dim the lights"), serves=True)
    await window.page.reload()
    await expect(window.page.get_by_text("In use", exact=True)).to_be_visible()
    await expect(window.page.get_by_text("1 thing you said")).to_be_visible()
    await expect(window.page.get_by_text(model)).to_be_visible()
    await me.choose(SettingsChange(improve_models=False))
    await house.loop.rights.settled()
    await window.page.reload()
    notice = window.page.locator(".notice time")
    by = await notice.get_attribute("datetime") or ""
    assert by[:10] == time.strftime("%Y-%m-%d", time.localtime(time.time() + 7 * 86_400)), by


async def test_anybody_can_read_what_is_published(house: House, open_window: OpenWindow) -> None:
    me = await house.resident()
    await me.choose()
    await house.loop.rights.delete_utterance(me.account, await me.say("gone"))
    await PublishedFigures(house.loop.store).count(Figure.FALSE_WAKES_DROPPED, 4217)
    window = await open_window(me, signed_in=False)
    await window.open("/sign-in")
    await window.page.get_by_role("link", name="publishes about itself").click()
    for name in (
        *("Picked for review", "Listens", "Handed to a safety officer"),
        *("False wakes dropped", "Deletions", "Half of them took less than"),
    ):
        await expect(window.page.get_by_text(name, exact=True)).to_be_visible()
    await expect(window.page.get_by_role("link", name="Sign in to see")).to_be_visible()


async def test_from_every_page_about_listening_and_learning_it_is_one_step_to_the_figures(
    house: House, open_window: OpenWindow
) -> None:
    window = await open_window(await house.resident())
    for path in ("/my-voice", "/my-voice/listens", "/my-voice/learned"):
        await window.open(path)
        await window.page.locator("a[href='/published']").click()
        await expect(window.page.get_by_role("heading", name="What we publish")).to_be_visible()
        await expect(window.page.get_by_role("button", name="Sign out")).to_be_visible()


async def test_choices_made_here_are_recorded_as_made_on_the_page(
    house: House, open_window: OpenWindow
) -> None:
    me = await house.resident()
    window = await open_window(me)
    learning = window.page.get_by_role("switch", name="Let machines learn from me")
    await learning.click()
    await expect(learning).to_be_checked()
    await window.page.get_by_role("button", name="Pause learning for an hour").click()
    await window.page.get_by_role("button", name="Resume now").click()
    await expect(window.page.get_by_text("Learning goes on.")).to_be_visible()
    recorded = (await house.loop.rights.consents(me.account, 10)).records
    assert [one.channel for one in recorded] == ["page"] * 3
    await window.open("/my-voice/agreements")
    await expect(window.page.get_by_text("On these pages").first).to_be_visible()


@pytest.mark.parametrize("size", ["phone", "desktop"])
async def test_one_thing_and_everything_are_seen_going_step_by_step(
    house: House, open_window: OpenWindow, size: str
) -> None:
    me = await house.resident()
    await me.choose()
    said = await me.say("forget me slowly")
    window = await open_window(me, size=size)
    for path in (f"/my-voice/history/{said}", "/my-voice/delete"):
        going_on, ordinary = asyncio.Event(), house.loop.erasures.reached

        async def wait(step: object, noted: bool, going_on: asyncio.Event = going_on) -> None:
            await going_on.wait()

        await window.open(path)
        if path == "/my-voice/delete":
            await window.page.get_by_role("radio", name="Everything I ever said").check()
            await window.page.get_by_role("button", name="Go on").click()
        house.loop.erasures.reached = wait
        try:
            await window.page.get_by_role("button", name="Delete it for good").click()
            going = window.page.get_by_role("heading", name="It is being forgotten")
            await expect(going).to_be_visible()
            await expect(window.page.locator(".steps .reached")).to_have_count(1)
            await window.shot(f"deletion-going-{size}")
        finally:
            going_on.set()
            house.loop.erasures.reached = ordinary
        await expect(window.page.get_by_role("heading", name="It is forgotten")).to_be_visible()


async def test_the_same_form_sent_twice_is_one_deletion(
    house: House, open_window: OpenWindow
) -> None:
    me = await house.resident()
    await me.choose()
    await me.say("once")
    window = await open_window(me)
    await window.open("/my-voice/delete")
    await window.page.get_by_role("radio", name="Everything I ever said").check()
    await window.page.get_by_role("button", name="Go on").click()
    fields = await window.page.locator("main form").evaluate(
        "(form) => Object.fromEntries(new FormData(form))"
    )
    addresses = []
    for _ in range(2):
        answer = await window.page.request.post(
            f"{house.url}/my-voice/delete",
            form=fields,
            headers={"origin": house.url},
            max_redirects=0,
        )
        addresses.append(answer.headers["location"])
    assert addresses[0] == addresses[1]
    assert addresses[0].startswith("/deletions/era_")


async def test_an_accounts_deletion_whose_answer_was_lost_is_found_again(
    house: House, open_window: OpenWindow
) -> None:
    """The account is gone and its credential with it; pressing the button again leads to it."""
    me = await house.resident()
    await me.choose()
    window = await open_window(me)
    await window.open("/my-voice/account")
    announced = await window.page.locator("code", has_text="/deletions/").inner_text()
    erasure = await house.loop.deletion.start(me.account)
    assert announced == f"{house.url}/deletions/{erasure}"
    await house.loop.erasures.finish(erasure)
    await window.page.get_by_label("Type delete my account").fill("delete my account")
    await window.page.get_by_role("button", name="Delete my account for good").click()
    await window.page.wait_for_url(announced)
    await expect(window.page.get_by_role("heading", name="It is forgotten")).to_be_visible()
    await window.open("/my-voice")
    await window.page.wait_for_url("**/sign-in*")
