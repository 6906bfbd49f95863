"""What staff, strangers and stolen cookies can make the pages of staff do."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.fixtures.console import SAID, Workplace
from tests.fixtures.staff import PASSWORD, Colleague
from training_loop.access import STAFF, Kind
from training_loop.web.area import Area, WebRoute
from training_loop.web.areas import AREAS
from training_loop.web.sessions import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROUTES = [
    (area, route)
    for area in AREAS
    if area.visitor is Visitor.STAFF
    for route in area.routes
    if not route.public
]
ROLES: list[Kind] = sorted(STAFF, key=lambda one: one.name)
TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')
TICKET = re.compile(r'name="ticket" value="([^"]+)"')
TASK = re.compile(r'data-task="([^"]+)"')


def address(route: WebRoute) -> str:
    return re.sub(r"\{[a-z_]+\}", "unknown_1", route.path)


def may_open(area: Area, route: WebRoute, role: Kind) -> bool:
    wanted = route.roles or area.roles
    return not wanted or role.name.lower() in wanted


@asynccontextmanager
async def at_work(
    workplace: Workplace, colleague: Colleague | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client with cookies, signed in as the colleague."""
    async with httpx.AsyncClient(base_url=workplace.url, timeout=30, verify=False) as client:
        client.headers["origin"] = workplace.url
        if colleague:
            answer = await signing_in(client, workplace, colleague)
            assert answer.status_code == 303, answer.text
        yield client


async def signing_in(
    client: httpx.AsyncClient, workplace: Workplace, colleague: Colleague, code: str = ""
) -> httpx.Response:
    asked = await post(client, "/staff/sign-in", name=colleague.name, password=PASSWORD)
    ticket = TICKET.search(asked.text)
    assert ticket, asked.text
    if not code:
        workplace.office.clock.now_s += 30
        code = colleague.code(workplace.office.clock)
    fields = {"ticket": ticket[1], "code": code, "factors": "1", "kind": "app"}
    return await post(client, "/staff/sign-in/code", **fields)


async def token_on(client: httpx.AsyncClient) -> str:
    """Of the page of oneself; of the door for somebody who is not signed in."""
    page = await client.get("/staff/me", follow_redirects=True)
    found = TOKEN.search(page.text)
    assert found
    return found[1]


async def post(client: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    return await client.post(path, data={"form_token": await token_on(client), **fields})


@pytest.mark.parametrize("role", ROLES, ids=[one.name for one in ROLES])
async def test_each_role_opens_its_own_pages_and_no_others(
    workplace: Workplace, role: Kind
) -> None:
    async with at_work(workplace, await workplace.office.colleague(role)) as client:
        token = await token_on(client)
        wrong = []
        for area, route in ROUTES:
            if route.path in ("/staff/sign-out", "/review/clip/{task}/state"):
                continue  # the first ends this test's session, the second is a stream
            data = {"form_token": token} if route.method == "POST" else None
            answer = await client.request(route.method, address(route), data=data)
            refused = answer.status_code == 403
            if refused is may_open(area, route, role):
                wrong.append((route.method, route.path, answer.status_code))
            assert answer.status_code != 500, route.path
        assert wrong == []


@pytest.mark.parametrize(
    ("area", "route"),
    [one for one in ROUTES if one[1].method == "POST"],
    ids=lambda one: getattr(one, "path", ""),
)
async def test_no_form_of_staff_is_taken_without_its_token(
    workplace: Workplace, area: Area, route: WebRoute
) -> None:
    role = next(one for one in STAFF if may_open(area, route, one))
    async with at_work(workplace, await workplace.office.colleague(role)) as client:
        token = await token_on(client)
        for fields, headers in (
            ({"task": "1"}, {}),
            ({"form_token": "0" * 64}, {}),
            ({"form_token": token}, {"origin": "https://elsewhere.example"}),
            ({"form_token": token}, {"sec-fetch-site": "cross-site"}),
        ):
            answer = await client.post(address(route), data=fields, headers=headers)
            assert answer.status_code == 403, (fields, headers)


async def test_a_stolen_cookie_is_worth_nothing_after_signing_out(workplace: Workplace) -> None:
    async with (
        at_work(workplace, await workplace.office.colleague(Kind.REVIEWER)) as client,
        at_work(workplace) as thief,
    ):
        thief.cookies = httpx.Cookies(client.cookies)
        assert (await thief.get("/review")).status_code == 200
        assert (await post(client, "/staff/sign-out")).status_code == 303
        answer = await thief.get("/review")
        assert (answer.status_code, answer.headers["location"]) == (
            303,
            "/staff/sign-in?done=ended",
        )


async def test_a_session_that_was_ended_elsewhere_is_over_here(workplace: Workplace) -> None:
    colleague = await workplace.office.colleague(Kind.REVIEWER)
    async with at_work(workplace, colleague) as client:
        await workplace.office.staff.members.disable(colleague.member, actor="operator")
        answer = await client.get("/review")
        assert (answer.status_code, answer.headers["location"]) == (
            303,
            "/staff/sign-in?done=ended",
        )


async def test_a_code_works_once(workplace: Workplace) -> None:
    colleague = await workplace.office.colleague(Kind.REVIEWER)
    workplace.office.clock.now_s += 30
    code = colleague.code(workplace.office.clock)
    async with at_work(workplace) as client:
        assert (await signing_in(client, workplace, colleague, code)).status_code == 303
    async with at_work(workplace) as other:
        answer = await signing_in(other, workplace, colleague, code)
        assert answer.status_code == 422
        assert "was used already" in answer.text
        assert (await other.get("/review")).status_code == 303


async def test_a_recovery_code_works_once(workplace: Workplace) -> None:
    colleague = await workplace.office.colleague(Kind.REVIEWER)
    code = colleague.recovery_codes[0]
    for expected in (303, 422):
        async with at_work(workplace) as client:
            asked = await post(client, "/staff/sign-in", name=colleague.name, password=PASSWORD)
            ticket = TICKET.search(asked.text)
            assert ticket
            answer = await post(
                client,
                "/staff/sign-in/code",
                ticket=ticket[1],
                code=code,
                kind="recovery",
                factors="2",
            )
            assert answer.status_code == expected


async def test_an_unknown_name_and_a_wrong_password_look_alike(workplace: Workplace) -> None:
    colleague = await workplace.office.colleague(Kind.REVIEWER)
    answers = []
    async with at_work(workplace) as client:
        for name, password in ((colleague.name, "not it at all 1"), ("nobody", PASSWORD)):
            answer = await post(client, "/staff/sign-in", name=name, password=password)
            answers.append((answer.status_code, re.sub(r'value="[^"]*"', "", answer.text)))
            assert PASSWORD not in answer.text
    assert answers[0] == answers[1]
    assert answers[0][0] == 422


async def test_a_clip_cannot_be_opened_kept_or_asked_for_by_anybody_else(
    workplace: Workplace,
) -> None:
    await workplace.clips([SAID])
    async with (
        at_work(workplace, await workplace.office.colleague(Kind.REVIEWER)) as client,
        at_work(workplace, await workplace.office.colleague(Kind.REVIEWER)) as other,
    ):
        assert (await post(client, "/review/shift", first="text")).status_code == 303
        page = await client.get("/review/clip")
        assert page.headers["cache-control"] == "no-store"
        task = TASK.search(page.text)
        assert task
        sound = "/review/clip/sound"
        assert (await client.get(sound)).status_code == 405
        token = await token_on(client)
        fields = {"form_token": token, "task": task[1]}
        opened = await client.post(sound, data=fields, headers={"sec-fetch-dest": "document"})
        assert opened.status_code == 404
        heard = await client.post(sound, data=fields, headers={"sec-fetch-dest": "empty"})
        assert heard.status_code == 200
        assert heard.headers["cache-control"] == "no-store"
        assert "content-disposition" not in heard.headers
        assert len(heard.content) > 16_000
        forged = task[1][:-2] + ("AA" if task[1][-2:] != "AA" else "BB")
        for who, name in ((other, task[1]), (client, forged), (client, "made up"), (client, "")):
            answer = await post(who, sound, task=name)
            assert answer.status_code in (400, 409), name
            assert "audio" not in answer.headers["content-type"]
        state = await other.get(f"/review/clip/{task[1]}/state")
        assert '"expired"' in state.text
        taken = await post(other, "/review/clip", task=task[1], text=SAID, intent="set_timer")
        assert taken.headers["location"] == "/review?done=over"
