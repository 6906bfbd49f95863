"""Joining, signing in and administering, in a real browser; passkeys with a virtual key."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pyotp
import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.fixtures.console import OpenScreen, Screen, Workplace
from tests.fixtures.oidc import CLIENT, REDIRECT, SECRET, OidcProviderProcess
from tests.fixtures.staff import PASSWORD
from training_loop.access import Kind
from training_loop.staff.settings import OidcSettings, StaffSettings
from training_loop.staff.staff import assemble_staff

pytestmark = pytest.mark.asyncio(loop_scope="session")

NEW = "five-quiet-herons-sing-42"


async def invited(screen: Screen, name: str, role: str = "Reviewer") -> str:
    """The address that an administrator is shown, once."""
    await screen.open("/staff/members")
    await screen.page.get_by_label("Name", exact=True).fill(name)
    await screen.page.get_by_role("radio", name=re.compile(f"^{role}")).check()
    await screen.page.get_by_role("button", name="Make an invitation").click()
    address = await screen.page.locator("#invitation-address").inner_text()
    await screen.open("/staff/members")
    assert address not in await screen.page.content()
    return address


async def choose_password(screen: Screen, address: str) -> None:
    await screen.page.goto(address)
    await expect(screen.page.get_by_label("New password")).to_be_focused()
    assert "#" not in screen.page.url
    await screen.page.keyboard.type(NEW)
    await screen.page.keyboard.press("Tab")
    await screen.page.keyboard.type(NEW)
    await screen.page.keyboard.press("Enter")
    await expect(screen.page.get_by_role("heading", name="A second factor")).to_be_visible()


async def test_somebody_joins_by_an_invitation_from_the_keyboard_and_is_shown_codes_once(
    workplace: Workplace, open_screen: OpenScreen
) -> None:
    chief = await open_screen(Kind.ADMINISTRATOR)
    address = await invited(chief, "Grace")
    screen = await open_screen(signed_in=False)
    page = screen.page
    await choose_password(screen, address)
    secret = (await page.get_by_text("Or type it in:").locator("code").inner_text()).replace(
        " ", ""
    )
    await expect(page.get_by_role("img", name="QR code")).to_be_visible()
    await page.get_by_label("The six digits it shows").fill("000000")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("That did not fit")
    assert secret not in await page.content()
    screen.forgive("422")
    code = pyotp.TOTP(secret).at(int(workplace.office.clock.now_s))
    await page.get_by_label("The six digits it shows").fill(code)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Write these down")).to_be_visible()
    await expect(page.locator(".codes code")).to_have_count(10)
    await screen.shot("codes")
    await page.get_by_role("link", name="I have them").click()
    await expect(page.get_by_role("button", name="Begin")).to_be_visible()
    again = await open_screen(signed_in=False)
    await again.page.goto(address)
    await again.page.get_by_label("New password").fill(NEW)
    await again.page.get_by_label("The same again").fill(NEW)
    await again.page.keyboard.press("Enter")
    await expect(again.page.get_by_role("alert")).to_contain_text("not valid any more")
    again.forgive("422")


async def test_a_passkey_enrols_and_signs_in(workplace: Workplace, open_screen: OpenScreen) -> None:
    chief = await open_screen(Kind.ADMINISTRATOR)
    address = await invited(chief, "Edith")
    screen = await open_screen(signed_in=False)
    page = screen.page
    devtools = await screen.context.new_cdp_session(page)
    await devtools.send("WebAuthn.enable")
    key = {"protocol": "ctap2", "transport": "usb", "hasResidentKey": True}
    options = {**key, "hasUserVerification": True, "isUserVerified": True}
    await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    await choose_password(screen, address)
    await page.get_by_role("button", name="Use a passkey").click()
    await page.get_by_role("link", name="I have them").click()
    await page.get_by_role("button", name="Sign out").click()
    await page.get_by_label("Name").fill("Edith")
    await page.get_by_label("Password").fill(NEW)
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Use my passkey").click()
    await expect(page.get_by_role("button", name="Begin")).to_be_visible()
    await screen.open("/staff/me")
    await expect(page.get_by_text("with a passkey")).to_be_visible()
    await page.get_by_role("button", name="Remove the passkey").click()
    await expect(page.get_by_role("alert")).to_contain_text("the last one you have")
    screen.forgive("422")


async def test_an_administrator_changes_roles_and_lets_nobody_in_any_more(
    workplace: Workplace, open_screen: OpenScreen
) -> None:
    chief, other = await open_screen(Kind.ADMINISTRATOR), await open_screen(Kind.REVIEWER)
    await chief.open("/staff/members")
    name = other.colleague.name
    member = chief.page.get_by_role("listitem").filter(
        has=chief.page.get_by_role("heading", name=name, exact=True)
    )
    await member.locator("summary").click()
    await member.get_by_label("Role").select_option("Auditor")
    await member.get_by_role("button", name="Change the role").click()
    await expect(chief.page.get_by_text("The role is changed")).to_be_visible()
    await other.open("/review")
    await expect(other.page.get_by_text("You were signed out.")).to_be_visible()
    await member.locator("summary").click()
    await member.get_by_role("button", name="Let in no more").click()
    await expect(member.get_by_text("disabled")).to_be_visible()
    await member.locator("summary").click()
    await member.get_by_role("button", name=f"Remove {name}").click()
    await expect(member).to_have_count(0)


async def test_a_new_password_ends_every_session(
    workplace: Workplace, open_screen: OpenScreen
) -> None:
    screen = await open_screen()
    page = screen.page
    await screen.open("/staff/me")
    await page.get_by_label("Present password").fill(PASSWORD)
    await page.get_by_label("New password").fill(NEW)
    await page.get_by_label("The same again").fill("something else entirely")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("are not the same")
    screen.forgive("422")
    await page.get_by_label("Present password").fill(PASSWORD)
    await page.get_by_label("New password").fill(NEW)
    await page.get_by_label("The same again").fill(NEW)
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Your password is changed")).to_be_visible()


@pytest_asyncio.fixture(loop_scope="session")
async def with_provider(
    workplace: Workplace, oidc_provider: OidcProviderProcess
) -> AsyncIterator[OidcProviderProcess]:
    """The same staff, who may sign in at a provider as well."""
    settings = OidcSettings(
        issuer=oidc_provider.issuer, client_id=CLIENT, client_secret=SECRET, redirect_uri=REDIRECT
    )
    loop, services = workplace.loop, workplace.services
    usual = services.office
    staff = assemble_staff(loop.store, loop.vault, StaffSettings(oidc=settings))
    await services.stop()
    services.office = replace(usual, staff=staff)
    await services.start()
    yield oidc_provider
    await services.stop()
    services.office = usual
    await services.start()


async def test_an_organisation_lets_in_whom_an_administrator_has_linked(
    workplace: Workplace, with_provider: OidcProviderProcess
) -> None:
    colleague = await workplace.office.colleague(Kind.AUDITOR)
    staff = workplace.services.office.staff
    for linked in (False, True):
        if linked:
            identity = staff.oidc.identity_of("subject-1")
            await staff.members.link(colleague.member, identity, actor="operator")
        async with httpx.AsyncClient(base_url=workplace.url, timeout=30, verify=False) as client:
            door = await client.get("/staff/sign-in")
            way = re.search(r'href="(/staff/sign-in/organisation)"', door.text)
            assert way
            sent = await client.get(way[1])
            assert sent.status_code == 303
            state, code = await with_provider.visit(sent.headers["location"])
            back = f"/staff/oidc?state={state}&code={code}"
            answer = await client.get(back)
            if not linked:
                assert answer.status_code == 422
                assert "An administrator must link you first" in answer.text
                continue
            assert (answer.status_code, answer.headers["location"]) == (303, "/operations")
            assert (await client.get("/operations/auditor")).status_code == 200
            assert (await client.get(back)).status_code == 422


async def test_without_a_provider_there_is_no_button_for_one(workplace: Workplace) -> None:
    async with httpx.AsyncClient(base_url=workplace.url, timeout=30, verify=False) as client:
        assert "organisation" not in (await client.get("/staff/sign-in")).text
