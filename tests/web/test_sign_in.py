"""Signing in to the pages: a letter from a real SMTP server, a passkey of the browser's own."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe

from assistant.services.devices import DevicesService
from assistant.services.rules import rule_table
from assistant.v1 import devices_pb2_grpc
from tests.fixtures.sign_in import PostOffice, code_in, link_in, post_office_on, with_address
from tests.fixtures.web import House, OpenWindow, Resident, Window, pages_of
from training_loop.access import AuthenticationInterceptor
from training_loop.consent.accounts import TOKEN_PREFIX
from training_loop.services.credentials import AccountCredentials
from training_loop.services.errors import ErrorInterceptor
from training_loop.services.privacy import PrivacyService
from training_loop.services.sign_in import SignInService
from training_loop.sign_in import tokens
from training_loop.sign_in.settings import SignInSettings
from training_loop.sign_in.sign_in import SignIn, assemble_sign_in
from training_loop.v1 import privacy_pb2_grpc, sign_in_pb2_grpc

pytestmark = pytest.mark.asyncio(loop_scope="session")


@dataclass(frozen=True, slots=True, kw_only=True)
class Porch:
    """Pages of the house with letters and passkeys, under a name that browsers allow keys for."""

    house: House
    sign_in: SignIn
    office: PostOffice


@pytest_asyncio.fixture(loop_scope="session")
async def porch(house: House) -> AsyncIterator[Porch]:
    async with AsyncExitStack() as stack:
        office = await stack.enter_async_context(post_office_on())
        port = _free_port()
        url = f"http://localhost:{port}"
        loop = house.loop
        settings = SignInSettings(mail=office.server, mail_from="voice@example.org", pages_url=url)
        sign_in = assemble_sign_in(loop.store, loop.vault, loop.sealer, settings, (url,))
        server, address = await _server(house, sign_in)
        stack.push_async_callback(server.stop, None)
        await stack.enter_async_context(pages_of(address, "--listen", f"127.0.0.1:{port}"))
        here = House(loop=loop, register=house.register, server=address, url=url)
        yield Porch(house=here, sign_in=sign_in, office=office)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


async def _server(house: House, sign_in: SignIn) -> tuple[grpc.aio.Server, str]:
    loop = house.loop
    credentials: dict[str, Any] = {
        f"{TOKEN_PREFIX}.": AccountCredentials(loop.accounts),
        f"{tokens.TOKEN_PREFIX}.": sign_in.sessions,
    }
    server = grpc.aio.server(
        interceptors=[ErrorInterceptor(), AuthenticationInterceptor(credentials, rule_table())]
    )
    sign_in_pb2_grpc.add_SignInServicer_to_server(SignInService(sign_in), server)
    privacy_pb2_grpc.add_PrivacyServicer_to_server(PrivacyService(loop.rights), server)
    devices: Any = DevicesService(house.register, None)  # type: ignore[arg-type]
    devices_pb2_grpc.add_DevicesServicer_to_server(devices, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    return server, f"127.0.0.1:{port}"


async def resident_with_address(porch: Porch, address: str) -> Resident:
    resident = await porch.house.resident()
    await with_address(porch.sign_in, porch.office, resident.account, address)
    return resident


async def window_at(
    open_window: OpenWindow, porch: Porch, resident: Resident, **how: Any
) -> Window:
    window = await open_window(resident, signed_in=False, **how)
    window.house = porch.house
    return window


async def ask_for_code(window: Window, address: str) -> None:
    await window.open("/sign-in")
    await window.page.get_by_label("E-mail address").fill(address)
    await window.page.keyboard.press("Enter")
    await window.page.get_by_role("heading", name="Look into your letters").wait_for()


@pytest.mark.parametrize("size", ["phone", "desktop"])
async def test_a_code_from_a_letter_opens_the_pages_and_signing_out_ends_it(
    porch: Porch, open_window: OpenWindow, size: str
) -> None:
    resident = await resident_with_address(porch, f"{size}@example.org")
    window = await window_at(open_window, porch, resident, size=size)
    page = window.page
    await window.open("/sign-in")
    await window.shot(f"sign-in-{size}")
    assert (await Axe().run(page)).violations_count == 0
    await ask_for_code(window, f"{size}@example.org")
    assert (await Axe().run(page)).violations_count == 0
    await window.shot(f"sign-in-code-{size}")
    await page.keyboard.type(code_in(await porch.office.next_letter()))
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/my-voice")
    assert len(await porch.sign_in.sessions.of(resident.account)) == 1
    await window.open("/my-voice/sign-in")
    await page.get_by_text(f"{size}@example.org").wait_for()
    assert (await Axe().run(page)).violations_count == 0
    await window.shot(f"ways-to-sign-in-{size}")
    await page.get_by_role("button", name="Sign out", exact=True).click()
    await page.wait_for_url("**/sign-in?done=signed-out")
    assert await porch.sign_in.sessions.of(resident.account) == ()


async def test_opening_a_link_uses_nothing_up_and_one_press_signs_in(
    porch: Porch, open_window: OpenWindow
) -> None:
    resident = await resident_with_address(porch, "link@example.org")
    window = await window_at(open_window, porch, resident)
    await ask_for_code(window, "link@example.org")
    link = link_in(await porch.office.next_letter())
    for _ in range(3):  # as programs do that look into letters
        await window.page.goto(link)
    assert (await Axe().run(window.page)).violations_count == 0
    await window.page.get_by_role("button", name="Open my pages").click()
    await window.page.wait_for_url("**/my-voice")
    again = await window_at(open_window, porch, resident)
    await again.page.goto(link)
    await again.page.get_by_role("button", name="Open my pages").click()
    await again.page.get_by_text("That link was used already").wait_for()
    again.complaints.clear()  # the browser notes the refusal's status


async def test_an_unknown_address_sees_the_same_page_and_a_wrong_code_is_told(
    porch: Porch, open_window: OpenWindow
) -> None:
    window = await window_at(open_window, porch, await porch.house.resident())
    await ask_for_code(window, "nobody@example.org")
    await window.page.keyboard.type("1234 5678")
    await window.page.keyboard.press("Enter")
    await window.page.get_by_text("That code does not fit").wait_for()
    assert porch.office.letters == []
    window.complaints.clear()  # the browser notes the refusal's status


async def test_an_address_is_added_with_the_code_that_was_sent_to_it(
    porch: Porch, open_window: OpenWindow
) -> None:
    resident = await porch.house.resident()
    window = await window_at(open_window, porch, resident)
    await _with_key(window, resident)
    await window.open("/my-voice/sign-in")
    await window.page.get_by_label("Address").fill("added@example.org")
    await window.page.get_by_role("button", name="Send a code to it").click()
    await window.page.get_by_label("The code that was just sent").fill(
        code_in(await porch.office.next_letter())
    )
    await window.page.get_by_role("button", name="Use this address").click()
    await window.page.get_by_text("Codes go to added@example.org").wait_for()
    assert (await porch.sign_in.ways(resident.account)).email == "added@example.org"


async def test_a_passkey_is_added_and_signs_in_without_a_name(
    porch: Porch, open_window: OpenWindow
) -> None:
    resident = await porch.house.resident()
    window = await window_at(open_window, porch, resident)
    page = window.page
    await _authenticator(window)
    await _with_key(window, resident)
    await window.open("/my-voice/sign-in")
    await page.get_by_label("What to call it").fill("My phone")
    await page.get_by_role("button", name="Add a passkey").click()
    await page.get_by_text("The passkey is added.").wait_for()
    await page.get_by_role("button", name="Sign out", exact=True).click()
    await page.get_by_role("button", name="Use a passkey").click()
    await page.wait_for_url("**/my-voice")
    await window.open("/my-voice/sign-in")
    await page.get_by_text("With a passkey").wait_for()
    await page.get_by_role("button", name="Remove My phone").click()
    await page.get_by_text("The passkey is removed.").wait_for()
    await page.get_by_role("button", name="Sign out everywhere").click()
    await page.get_by_text("You are signed out everywhere.").wait_for()
    await page.get_by_role("button", name="Use a passkey").click()
    await page.get_by_text("This passkey is not known here").wait_for()
    window.complaints.clear()  # the browser notes the refusal's status


async def _with_key(window: Window, resident: Resident) -> None:
    await window.open("/sign-in")
    await window.page.get_by_label("Account key").fill(resident.token)
    await window.page.get_by_role("button", name="Open my pages").click()
    await window.page.wait_for_url("**/my-voice")


async def _authenticator(window: Window) -> None:
    """Chromium's own, which keeps keys that are found without a name and checks its user."""
    devtools = await window.page.context.new_cdp_session(window.page)
    await devtools.send("WebAuthn.enable")
    await devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
