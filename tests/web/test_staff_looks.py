"""Every page of staff in light and dark, on a phone and a desk: nothing that keeps anybody out,
nothing heavy. EARMARK_SCREENSHOTS names a folder for pictures to be looked at."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, Response, expect

from tests.fixtures.console import SAID, OpenScreen, Screen, Workplace
from tests.fixtures.registry import artefact_of, manifest_of, registry_of
from tests.fixtures.web import SIZES
from training_loop.access import Kind
from training_loop.auditor.last_rounds import EndedRound, Found, LastRounds
from training_loop.datasets.exports.record import ACKNOWLEDGE_WITHIN_S, ExportRecord, Format
from training_loop.datasets.item_ref import ItemRef
from training_loop.review.task import ClipReport, Opinion, Stage
from training_loop.sampling.report import SamplingReport
from training_loop.sampling.reports import SamplingReports
from training_loop.store import keys
from training_loop.training.trainer import ModelKind

pytestmark = pytest.mark.asyncio(loop_scope="session")

LARGEST_PAGE = 150_000
_AXE = {"resultTypes": ["violations"]}


async def flaws(page: Page) -> list[str]:
    """What axe finds, and whether something reaches beyond the side of the screen."""
    results = await Axe().run(page, options=_AXE)
    found = [
        f"{page.url}: {one['id']} at {[node['target'] for node in one['nodes']]}"
        for one in results.response["violations"]
    ]
    fits = await page.evaluate(
        "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    return found if fits else [*found, f"{page.url}: too wide"]


_LOOKS: tuple[tuple[str, Literal["light", "dark"]], ...] = (("phone", "light"), ("desktop", "dark"))


@dataclass(slots=True)
class Looking:
    """Looks at pages in every size and in every scheme."""

    screen: Screen
    found: list[str] = field(default_factory=list)

    async def at(self, name: str, path: str = "") -> None:
        page = self.screen.page
        if path:
            await self.screen.open(path)
        for size, scheme in _LOOKS:
            width, height = SIZES[size]
            await page.set_viewport_size({"width": width, "height": height})
            await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            await self.screen.shot(f"{name}-{size}-{scheme}")
            self.found += await flaws(page)


async def disagreed(workplace: Workplace) -> None:
    """A clip of which two reviewers said different things."""
    await workplace.clips([SAID], readings=["set a time for ten minutes"])
    for text, intent in ((SAID, "set_timer"), ("set a timer for two minutes", "set_alarm")):
        reviewer = await workplace.office.colleague(Kind.REVIEWER)
        task = await workplace.hasty.lease(reviewer.member, Stage.REVIEW)
        assert task
        opinion = Opinion(text=text, intent=intent)
        await workplace.hasty.submit(reviewer.member, task.name, opinion, request_id="1")
    while not await workplace.hasty.settle_due():
        pass


async def handed_on(workplace: Workplace) -> None:
    """A clip that a reviewer gave to the safety officers."""
    await workplace.clips([SAID])
    reviewer = await workplace.office.colleague(Kind.REVIEWER)
    task = await workplace.hasty.lease(reviewer.member, Stage.REVIEW)
    assert task
    await workplace.hasty.report(reviewer.member, task.name, ClipReport.DISTRESSING)


async def test_no_page_of_reviewers_keeps_anybody_out(
    workplace: Workplace, open_screen: OpenScreen
) -> None:
    await workplace.clips(
        [SAID, f"{SAID} <number> <name>"], readings=["set a time", "said a timer"]
    )
    screen = await open_screen(signed_in=False)
    look = Looking(screen)
    page = screen.page
    await look.at("sign-in", "/staff/sign-in")
    await screen.sign_in()
    await look.at("desk", "/review")
    await page.get_by_role("button", name="Begin").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("What was said?")
    await look.at("clip")
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("button", name="Undo")).to_be_visible()
    await page.locator(".report summary").click()
    await look.at("clip-undo-report")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await look.at("keys")
    await page.get_by_role("button", name="Close").click()
    await page.get_by_role("button", name="Skip").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Nothing waits for you")
    await look.at("nothing-waits")
    await look.at("me", "/staff/me")
    assert look.found == []


async def test_no_page_of_adjudicators_and_officers_keeps_anybody_out(
    workplace: Workplace, open_screen: OpenScreen
) -> None:
    await disagreed(workplace)
    screen = await open_screen(Kind.ADJUDICATOR)
    look = Looking(screen)
    await screen.open("/review")
    await screen.page.get_by_label("Text first").check()
    await screen.page.get_by_role("button", name="Begin").click()
    await expect(screen.page.get_by_role("heading", level=1)).to_have_text("Which is right?")
    await look.at("adjudication")
    await look.at("adjudicator-agreement", "/operations/agreement")
    found = look.found
    await handed_on(workplace)
    screen = await open_screen(Kind.SAFETY_OFFICER)
    look = Looking(screen)
    await look.at("cases", "/cases")
    await screen.page.get_by_role("button", name="Take it").first.click()
    await expect(screen.page.get_by_role("heading", level=1)).to_have_text("Distressing")
    await screen.page.get_by_text("Show the words").click()
    await look.at("case")
    assert found + look.found == []


async def test_no_page_of_operations_and_members_keeps_anybody_out(
    workplace: Workplace, open_screen: OpenScreen, tmp_path: Path
) -> None:
    await watched_over(workplace)
    screen = await open_screen(Kind.ML_ENGINEER)
    look = Looking(screen)
    a_candidate(workplace, tmp_path)
    await look.at("queue", "/operations")
    made = screen.page.get_by_role("region", name="Each model").locator("tbody tr")
    assert "tainted" in await made.first.inner_text()
    assert await made.locator("td").nth(2).inner_text() == "2"
    await look.at("agreement", "/operations/agreement")
    await look.at("sampling", "/operations/sampling")
    await look.at("exports", "/operations/exports")
    assert "1 overdue since" in await screen.page.locator("main").inner_text()
    await look.at("auditor", "/operations/auditor")
    await screen.open("/operations/audit-log")
    await screen.page.get_by_role("button", name="Verify it now").click()
    await expect(screen.page.get_by_role("heading", name="It holds")).to_be_visible()
    await look.at("audit-log")
    found = look.found
    screen = await open_screen(Kind.ADMINISTRATOR)
    look = Looking(screen)
    await screen.page.get_by_label("Name", exact=True).fill("Ada")
    await screen.page.get_by_role("radio", name="Auditor").check()
    await screen.page.get_by_role("button", name="Make an invitation").click()
    address = await screen.page.locator("#invitation-address").inner_text()
    await look.at("members")
    await screen.page.get_by_role("button", name="Sign out").click()
    await screen.page.goto(address)
    await look.at("enrol")
    await screen.page.get_by_label("New password").fill("five-quiet-herons-sing-42")
    await screen.page.get_by_label("The same again").fill("five-quiet-herons-sing-42")
    await screen.page.get_by_role("button", name="Go on").click()
    await expect(screen.page.get_by_role("heading", name="A second factor")).to_be_visible()
    await look.at("factor")
    assert found + look.found == []


def a_candidate(workplace: Workplace, where: Path) -> None:
    """That learned from two items which nobody may learn from."""
    artefact = artefact_of(ModelKind.THRESHOLDS, where)
    items = [ItemRef(item=item, epoch=1) for item in ("utt_one", "utt_other")]
    manifest = manifest_of(ModelKind.THRESHOLDS, artefact, "", items)
    registry_of(workplace.loop).register(artefact, manifest)


async def an_overdue_export(workplace: Workplace) -> None:
    """Of two items, one of which should have been deleted long ago."""
    now_s = time.time()
    record = ExportRecord(
        export="ex-0123456789abcdef",
        data_set="ds-1",
        format=Format.RASA,
        recipient="speech-lab",
        purpose="accent study",
        created_at_s=now_s - 3 * ACKNOWLEDGE_WITHIN_S,
        expires_at_s=now_s + ACKNOWLEDGE_WITHIN_S,
        items=2,
        encrypted=True,
        delivered=True,
    )
    ledger = workplace.loop.exports.ledger
    await ledger.open(record, ["one", "other"])
    since_ms = round((now_s - 2 * ACKNOWLEDGE_WITHIN_S) * 1000)
    await workplace.loop.store.hset(keys.exported_items(record.export), "one", str(since_ms))


async def watched_over(workplace: Workplace) -> None:
    """A round of sampling and rounds of the auditor, one of which found something."""
    await SamplingReports(workplace.loop.store).add(
        SamplingReport(
            round_at_s=1_790_000_000.0,
            seed="b3f1",
            eligible=1840,
            picked=37,
            rate=0.02,
            picked_by_reason={"random": 21, "unsure_words": 9, "unsure_intent": 7},
            picked_by_intent={"set_timer": 17, "get_weather": 12, "play_music": 8},
            withheld_by_reason={"too_few_alike": 411, "account_cap": 33},
            accounts_alike=5,
            altered_voice=31,
            transcript_only=6,
            offered_before=120,
        )
    )
    await an_overdue_export(workplace)
    rounds = LastRounds(workplace.loop.store)
    finding = Found(kind="i", reason="withdrawn", items=2, set_aside=True)
    for number, findings in enumerate(((finding,), ())):
        await rounds.add(
            EndedRound(
                ended_at_s=1_790_000_000.0 + 600 * number,
                took_s=4.2,
                checked={"i": 1840, "h": 5210, "blob": 1800},
                findings=findings,
            )
        )


async def test_no_page_of_staff_is_heavy(workplace: Workplace, open_screen: OpenScreen) -> None:
    await watched_over(workplace)
    await workplace.clips([SAID], readings=["set a time", "said a timer"])
    heaviest: dict[str, int] = {}
    for role, paths in (
        (Kind.REVIEWER, ("/staff/sign-in", "/review", "/review/clip", "/staff/me")),
        (Kind.ML_ENGINEER, ("/operations", "/operations/sampling", "/operations/audit-log")),
        (Kind.AUDITOR, ("/operations/exports",)),
        (Kind.ADMINISTRATOR, ("/staff/members",)),
    ):
        screen = await open_screen(role)
        if role is Kind.REVIEWER:
            await screen.begin()
        for path in paths:
            heaviest[path] = await weight(screen, path)
    print(heaviest)
    assert max(heaviest.values()) <= LARGEST_PAGE, heaviest


async def weight(screen: Screen, path: str) -> int:
    """Bytes of everything that a browser without a cache loads, before any compression."""
    assert screen.context.browser
    fresh = await screen.context.browser.new_context()
    await fresh.add_cookies(await screen.context.cookies())  # type: ignore[arg-type]
    page = await fresh.new_page()
    weights: dict[str, int] = {}

    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    await page.goto(screen.workplace.url + path)
    await page.get_by_role("main").wait_for()
    await page.wait_for_load_state("load")
    for answer in answers:
        endless = answer.url.endswith("/state")
        if not endless and answer.status < 300:
            weights[answer.url] = len(await answer.body())
    await fresh.close()
    return sum(weights.values())
