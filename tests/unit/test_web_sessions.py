"""Sessions of the pages: their cookie alone, or the server's memory alone, opens nothing."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from training_loop.web.sessions import LIFETIMES, Session, Sessions, Visitor

CREDENTIAL = "earmark-account.acc_secret.material"


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def somebody(visitor: Visitor = Visitor.ACCOUNT_HOLDER) -> Session:
    return Session(visitor=visitor, credential=CREDENTIAL, name="acc_1", time_zone="Europe/Paris")


def test_a_cookie_brings_back_who_signed_in_and_shows_nothing_of_it() -> None:
    sessions = Sessions()
    begun, cookie = sessions.begin(somebody())
    assert sessions.find(Visitor.ACCOUNT_HOLDER, cookie) == begun
    assert replace(begun, session_id="") == somebody()
    assert b"secret" not in base64.urlsafe_b64decode(cookie)
    assert CREDENTIAL not in repr(begun)
    assert CREDENTIAL.encode() not in repr(sessions.__dict__).encode()


def test_a_stolen_cookie_is_worth_nothing_after_the_sign_out_or_a_restart() -> None:
    sessions = Sessions()
    begun, cookie = sessions.begin(somebody())
    sessions.end(begun.session_id)
    assert sessions.find(Visitor.ACCOUNT_HOLDER, cookie) is None
    _, cookie = sessions.begin(somebody())
    assert Sessions().find(Visitor.ACCOUNT_HOLDER, cookie) is None


def test_a_session_of_one_kind_does_not_open_another() -> None:
    sessions = Sessions()
    _, cookie = sessions.begin(somebody())
    assert sessions.find(Visitor.STAFF, cookie) is None


@pytest.mark.parametrize("visitor", Visitor)
def test_a_session_ends_when_nobody_uses_it(visitor: Visitor) -> None:
    clock = Clock()
    sessions = Sessions(clock)
    _, cookie = sessions.begin(somebody(visitor))
    clock.now_s += LIFETIMES[visitor].idle_s
    assert sessions.find(visitor, cookie) is not None
    clock.now_s += LIFETIMES[visitor].idle_s + 1
    assert sessions.find(visitor, cookie) is None
    clock.now_s -= 2 * LIFETIMES[visitor].idle_s
    assert sessions.find(visitor, cookie) is None, "what is over stays over"


@pytest.mark.parametrize("visitor", Visitor)
def test_a_session_ends_however_much_it_is_used(visitor: Visitor) -> None:
    clock = Clock()
    sessions = Sessions(clock)
    _, cookie = sessions.begin(somebody(visitor))
    began_s = clock.now_s
    while clock.now_s - began_s <= LIFETIMES[visitor].total_s:
        assert sessions.find(visitor, cookie) is not None
        clock.now_s += LIFETIMES[visitor].idle_s - 1
    assert sessions.find(visitor, cookie) is None


def test_when_there_are_too_many_the_one_that_was_silent_longest_ends() -> None:
    sessions = Sessions(most=2)
    cookies = [sessions.begin(somebody())[1] for _ in range(2)]
    assert sessions.find(Visitor.ACCOUNT_HOLDER, cookies[0])
    cookies.append(sessions.begin(somebody())[1])
    found = [sessions.find(Visitor.ACCOUNT_HOLDER, cookie) is not None for cookie in cookies]
    assert found == [True, False, True]


def test_every_change_of_a_cookie_is_noticed() -> None:
    sessions = Sessions()
    _, cookie = sessions.begin(somebody())
    content = bytearray(base64.urlsafe_b64decode(cookie))
    for at in range(len(content)):
        content[at] ^= 1
        changed = base64.urlsafe_b64encode(bytes(content)).decode()
        assert sessions.find(Visitor.ACCOUNT_HOLDER, changed) is None, at
        content[at] ^= 1


@pytest.mark.parametrize("cookie", ["", "x", "=====", "ä" * 40, "A" * 100_000, "AAAA", "A" * 64])
def test_what_is_no_cookie_of_ours_is_nobody(cookie: str) -> None:
    sessions = Sessions()
    sessions.begin(somebody())
    assert sessions.find(Visitor.ACCOUNT_HOLDER, cookie) is None
