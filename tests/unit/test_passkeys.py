"""WebAuthn ceremonies against an authenticator with real keys."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.fixtures.authenticator import Authenticator
from training_loop.passkeys.ceremonies import Ceremonies, answering_key
from training_loop.passkeys.errors import PasskeyRefused
from training_loop.passkeys.passkey import Passkey

ORIGIN = "https://voice.example"
PAGES = Ceremonies(origins=(ORIGIN, "https://voice.example:8443"))
CHALLENGE = secrets.token_bytes(32)


def a_key(*, verifies_user: bool = True) -> Authenticator:
    return Authenticator(origin=ORIGIN, verifies_user=verifies_user)


def registered(key: Authenticator, pages: Ceremonies = PAGES) -> Passkey:
    options = pages.registration(CHALLENGE, user=b"random", name="ada")
    return pages.registered(CHALLENGE, key.create(options))


def test_a_registered_key_answers_and_counts() -> None:
    key = a_key()
    passkey = registered(key)
    assert passkey.name == key.id
    assert Passkey.load(passkey.name, passkey.dump()) == passkey
    for expected in (1, 2):
        options = PAGES.authentication(CHALLENGE, known=[passkey])
        passkey = PAGES.authenticated(CHALLENGE, key.get(options), passkey)
        assert passkey.sign_count == expected


def test_a_key_that_does_not_count_is_taken() -> None:
    key = a_key()
    passkey = registered(key)
    key.sign_count = -1
    options = PAGES.authentication(CHALLENGE)
    assert PAGES.authenticated(CHALLENGE, key.get(options), passkey).sign_count == 0


def test_a_known_key_is_not_registered_again() -> None:
    passkey = registered(a_key())
    options = json.loads(PAGES.registration(CHALLENGE, user=b"r", name="ada", known=[passkey]))
    assert [one["id"] for one in options["excludeCredentials"]] == [passkey.name]


def other_origin(key: Authenticator) -> Authenticator:
    return replace(key, origin="https://voice.example.evil.test")


def other_key(key: Authenticator) -> Authenticator:
    return a_key()


@pytest.mark.parametrize("change", [other_origin, other_key])
def test_an_answer_from_elsewhere_is_refused(
    change: Callable[[Authenticator], Authenticator],
) -> None:
    key = a_key()
    passkey = registered(key)
    elsewhere = replace(change(key), credential=key.credential)
    with pytest.raises(PasskeyRefused):
        PAGES.authenticated(CHALLENGE, elsewhere.get(PAGES.authentication(CHALLENGE)), passkey)


def test_an_answer_to_another_challenge_or_site_is_refused() -> None:
    key = a_key()
    passkey = registered(key)
    for options in (
        PAGES.authentication(secrets.token_bytes(32)),
        PAGES.authentication(CHALLENGE).replace("voice.example", "voice.test"),
    ):
        with pytest.raises(PasskeyRefused):
            PAGES.authenticated(CHALLENGE, key.get(options), passkey)
    with pytest.raises(PasskeyRefused):
        PAGES.registered(
            CHALLENGE,
            a_key().create(PAGES.registration(secrets.token_bytes(32), user=b"r", name="ada")),
        )


def test_a_counter_that_does_not_grow_is_refused() -> None:
    key = a_key()
    passkey = replace(registered(key), sign_count=5)
    with pytest.raises(PasskeyRefused):
        PAGES.authenticated(CHALLENGE, key.get(PAGES.authentication(CHALLENGE)), passkey)


def test_signing_in_by_a_key_alone_demands_that_it_knows_its_user() -> None:
    alone = replace(PAGES, verify_user=True)
    careless = a_key(verifies_user=False)
    with pytest.raises(PasskeyRefused):
        registered(careless, alone)
    passkey = registered(careless)
    options = alone.authentication(CHALLENGE)
    assert json.loads(options)["userVerification"] == "required"
    with pytest.raises(PasskeyRefused):
        alone.authenticated(CHALLENGE, careless.get(options), passkey)


@pytest.mark.parametrize(
    "response", ["", "no json", "[]", "{}", '{"id": 7}', "[" * 9000, "x" * 20_000, '{"id":"a"}']
)
def test_what_no_browser_sends_is_refused(response: str) -> None:
    passkey = registered(a_key())
    with pytest.raises(PasskeyRefused):
        PAGES.registered(CHALLENGE, response)
    with pytest.raises(PasskeyRefused):
        PAGES.authenticated(CHALLENGE, response, passkey)


def test_the_answering_key_is_named() -> None:
    assert answering_key('{"id": "abc="}') == "abc"
    with pytest.raises(PasskeyRefused):
        answering_key("{}")
