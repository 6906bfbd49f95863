"""Signing in at an OpenID Connect provider: a real one, over HTTP."""

from __future__ import annotations

import time
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.fixtures.oidc import CLIENT, REDIRECT, SECRET, Answer, OidcProviderProcess
from training_loop.access import Kind
from training_loop.errors import InvalidArgument
from training_loop.loop import Loop
from training_loop.staff.errors import (
    OidcFactorMissing,
    OidcNotConfigured,
    OidcRefused,
    OidcUnavailable,
)
from training_loop.staff.member import Member, MemberState
from training_loop.staff.members import OPERATOR
from training_loop.staff.settings import OidcSettings, StaffSettings
from training_loop.staff.staff import Staff, assemble_staff


def settings_of(provider: OidcProviderProcess) -> OidcSettings:
    return OidcSettings(
        issuer=provider.issuer, client_id=CLIENT, client_secret=SECRET, redirect_uri=REDIRECT
    )


def staff_of(loop: Loop, settings: OidcSettings | None) -> Staff:
    return assemble_staff(loop.store, loop.vault, StaffSettings(oidc=settings))


@pytest.fixture
def staff(loop: Loop, oidc_provider: OidcProviderProcess) -> Staff:
    return staff_of(loop, settings_of(oidc_provider))


@pytest.fixture
async def ada(staff: Staff) -> Member:
    """Invited, and linked to the provider's subject-1."""
    invited = await staff.members.create("Ada", Kind.AUDITOR, actor=OPERATOR)
    identity = staff.oidc.identity_of("subject-1")
    return await staff.members.link(invited.member.member, identity, actor=OPERATOR)


async def test_a_linked_member_signs_in_there(
    staff: Staff, oidc_provider: OidcProviderProcess, ada: Member
) -> None:
    flow = await staff.oidc.begin()
    words = parse_qs(urlsplit(flow.authorization_url).query)
    assert words["code_challenge_method"] == ["S256"]
    assert words["nonce"]
    assert words["scope"] == ["openid"]
    state, code = await oidc_provider.visit(flow.authorization_url)
    signed_in = await staff.oidc.complete(flow.flow, state, code)
    caller = await staff.sessions.verify(signed_in.token)
    assert (caller.staff, caller.kind) == (ada.member, Kind.AUDITOR)
    assert (await staff.members.get(ada.member)).state is MemberState.ACTIVE


async def test_beginning_writes_nothing(loop: Loop, staff: Staff) -> None:
    before = set(await loop.store.keys("*"))
    for _ in range(3):
        await staff.oidc.begin()
    assert set(await loop.store.keys("*")) == before


async def test_a_provider_that_states_no_second_factor_admits_nobody(
    staff: Staff, oidc_provider: OidcProviderProcess, ada: Member
) -> None:
    for amr, acr in ((["pwd"], ""), ([], "1"), (["pwd", "otp"], "urn:password")):
        oidc_provider.answer = Answer(amr=amr, acr=acr)
        flow = await staff.oidc.begin()
        state, code = await oidc_provider.visit(flow.authorization_url)
        with pytest.raises(OidcFactorMissing):
            await staff.oidc.complete(flow.flow, state, code)


async def test_the_accepted_statements_are_a_setting(
    loop: Loop, oidc_provider: OidcProviderProcess, ada: Member
) -> None:
    strict = replace(
        settings_of(oidc_provider), accepted_acr=frozenset({"gold"}), accepted_amr=frozenset()
    )
    staff = staff_of(loop, strict)
    for acr, admitted in (("gold", True), ("silver", False)):
        oidc_provider.answer = Answer(acr=acr)
        flow = await staff.oidc.begin()
        assert parse_qs(urlsplit(flow.authorization_url).query)["acr_values"] == ["gold"]
        state, code = await oidc_provider.visit(flow.authorization_url)
        if admitted:
            assert await staff.oidc.complete(flow.flow, state, code)
        else:
            with pytest.raises(OidcFactorMissing):
                await staff.oidc.complete(flow.flow, state, code)


async def test_strangers_and_disabled_members_are_refused(
    staff: Staff, oidc_provider: OidcProviderProcess, ada: Member
) -> None:
    oidc_provider.answer = Answer(subject="subject-2")
    flow = await staff.oidc.begin()
    state, code = await oidc_provider.visit(flow.authorization_url)
    with pytest.raises(OidcRefused):
        await staff.oidc.complete(flow.flow, state, code)
    oidc_provider.answer = Answer()
    await staff.members.disable(ada.member, actor=OPERATOR)
    flow = await staff.oidc.begin()
    state, code = await oidc_provider.visit(flow.authorization_url)
    with pytest.raises(OidcRefused):
        await staff.oidc.complete(flow.flow, state, code)


async def test_an_answer_for_another_browser_or_a_second_time_is_refused(
    staff: Staff, oidc_provider: OidcProviderProcess, ada: Member
) -> None:
    mine, theirs = await staff.oidc.begin(), await staff.oidc.begin()
    state, code = await oidc_provider.visit(theirs.authorization_url)
    with pytest.raises(OidcRefused):
        await staff.oidc.complete(mine.flow, state, code)
    for forged in ("", "x", mine.flow[:-4] + "AAAA", "é"):
        with pytest.raises(OidcRefused):
            await staff.oidc.complete(forged, state, code)
    await staff.oidc.complete(theirs.flow, state, code)
    with pytest.raises(OidcRefused):
        await staff.oidc.complete(theirs.flow, state, code)


async def test_a_stolen_code_does_not_fit_another_flow(
    staff: Staff, oidc_provider: OidcProviderProcess, ada: Member
) -> None:
    """PKCE: the thief's flow has another verifier."""
    victim, thief = await staff.oidc.begin(), await staff.oidc.begin()
    _, code = await oidc_provider.visit(victim.authorization_url)
    state = parse_qs(urlsplit(thief.authorization_url).query)["state"][0]
    with pytest.raises(OidcRefused):
        await staff.oidc.complete(thief.flow, state, code)


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"iss": "https://evil.test"},
        {"aud": ["somebody-else"]},
        {"aud": ["somebody-else", CLIENT], "azp": "somebody-else"},
        {"exp": int(time.time()) - 3600},
        {"iat": int(time.time()) + 3600},
        {"at_hash": "x"},
    ],
)
async def test_an_id_token_that_does_not_hold_is_refused(
    staff: Staff, oidc_provider: OidcProviderProcess, ada: Member, claims: dict[str, object]
) -> None:
    oidc_provider.answer = Answer(claims=claims)
    flow = await staff.oidc.begin()
    state, code = await oidc_provider.visit(flow.authorization_url)
    with pytest.raises(OidcRefused):
        await staff.oidc.complete(flow.flow, state, code)


async def test_a_provider_that_changed_its_key_is_asked_for_it(
    staff: Staff, oidc_provider: OidcProviderProcess, ada: Member
) -> None:
    for _ in range(2):
        flow = await staff.oidc.begin()
        state, code = await oidc_provider.visit(flow.authorization_url)
        assert await staff.oidc.complete(flow.flow, state, code)
        oidc_provider.change_key()


async def test_a_provider_that_is_away_or_another_is_said_to_be(
    loop: Loop, oidc_provider: OidcProviderProcess
) -> None:
    away = replace(settings_of(oidc_provider), issuer="http://127.0.0.1:1")
    with pytest.raises(OidcUnavailable):
        await staff_of(loop, away).oidc.begin()
    alias = replace(settings_of(oidc_provider), issuer=oidc_provider.issuer + "/")
    with pytest.raises(OidcUnavailable):
        await staff_of(loop, alias).oidc.begin()
    with pytest.raises(OidcNotConfigured):
        await staff_of(loop, None).oidc.begin()


def test_settings_come_from_the_environment_and_demand_tls() -> None:
    environment = {
        "EARMARK_WEB_ORIGIN": "https://voice.example, https://voice.example:8443",
        "EARMARK_OIDC_ISSUER": "https://id.example",
        "EARMARK_OIDC_CLIENT_ID": CLIENT,
        "EARMARK_OIDC_CLIENT_SECRET": SECRET,
        "EARMARK_OIDC_REDIRECT_URI": "https://voice.example/staff/oidc",
        "EARMARK_OIDC_AMR": "mfa,hwk",
    }
    found = StaffSettings.from_environment(environment)
    assert found.web_origins == ("https://voice.example", "https://voice.example:8443")
    assert found.oidc
    assert found.oidc.accepted_amr == {"mfa", "hwk"}
    assert SECRET not in repr(found)
    assert StaffSettings.from_environment({}).oidc is None
    for name, bad in (
        ("EARMARK_OIDC_ISSUER", "http://id.example"),
        ("EARMARK_OIDC_REDIRECT_URI", "http://voice.example/x"),
        ("EARMARK_OIDC_CLIENT_ID", ""),
        ("EARMARK_WEB_ORIGIN", "http://voice.example"),
        ("EARMARK_WEB_ORIGIN", "https://voice.example/page"),
    ):
        with pytest.raises(InvalidArgument):
            StaffSettings.from_environment({**environment, name: bad})
