"""Pairing codes and attempts, without a store."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.accounts.attempts import Attempts, host_of
from assistant.accounts.device_token import DeviceToken
from assistant.accounts.pairing_code import PairingCode
from assistant.accounts.revocations import Revocations
from training_loop.errors import StoreUnavailable, Unauthenticated
from training_loop.store.keys import SHARDS, shard_tag


@given(st.integers(0, SHARDS - 1))
def test_a_code_names_its_shard_and_survives_being_typed(number: int) -> None:
    code = PairingCode.make(number)
    assert code.shard == shard_tag(number)
    typed = code.shown().lower().replace("0", "o").replace("1", "l")
    for way in (typed, typed.replace("-", " "), f" {typed.replace('-', '')} "):
        assert PairingCode.parse(way) == code


@given(st.text(max_size=40))
def test_anything_typed_is_a_code_or_none(typed: str) -> None:
    code = PairingCode.parse(typed)
    if code is not None:
        assert PairingCode.parse(code.shown()) == code
        assert code.shard in {shard_tag(number) for number in range(SHARDS)}


@pytest.mark.parametrize(
    "typed", ["", "7K4TQ9Z", "7K4TQ9ZMM", "7K4TQ9ZU", "7K4TQ9Z\u0660", "8" * 40]
)
def test_what_is_no_code_is_told_apart(typed: str) -> None:
    assert PairingCode.parse(typed) is None


def test_codes_differ_in_all_their_random_places() -> None:
    codes = [PairingCode.make(5).characters for _ in range(500)]
    assert len(set(codes)) == 500
    assert all(len({code[place] for code in codes}) > 10 for place in range(2, 8))


def test_a_code_and_a_token_hide_in_their_repr() -> None:
    code, token = PairingCode.make(1), DeviceToken.make("acc1")
    assert code.characters not in repr(code)
    assert token.secret not in repr(token)


def test_a_token_is_read_back_and_anything_else_is_refused() -> None:
    token = DeviceToken.make("acc1")
    assert DeviceToken.parse(token.text) == token
    for wrong in (
        "",
        "earmark-device.",
        token.text[:-1],
        token.text + "x",
        token.text.replace("acc1", "a:1"),
    ):
        with pytest.raises(Unauthenticated):
            DeviceToken.parse(wrong)


def test_a_peer_has_so_many_attempts_in_a_window() -> None:
    attempts = Attempts(limit=3, window_s=60)
    assert [attempts.take("a", t) for t in (0, 1, 2, 3, 59.9)] == [True, True, True, False, False]
    assert attempts.take("b", 3)
    assert attempts.take("a", 60)


def test_a_right_attempt_does_not_count() -> None:
    attempts = Attempts(limit=1, window_s=60)
    for now in range(5):
        assert attempts.take("a", now)
        attempts.give_back("a")
    attempts.give_back("somebody never seen")


def test_attempts_remember_a_bounded_number_of_peers() -> None:
    attempts = Attempts(limit=1, window_s=60, peers=2)
    for peer in ("a", "b", "c"):
        assert attempts.take(peer, 0)
    assert not attempts.take("c", 1)
    assert attempts.take("a", 1), "the oldest was forgotten"


@pytest.mark.parametrize(
    ("peer", "host"),
    [
        ("ipv4:10.0.0.7:5123", "10.0.0.7"),
        ("ipv6:%5B2001:db8:1:2:3::7%5D:5123", "2001:db8:1:2::/64"),
        ("ipv6:[::1]:80", "::/64"),
        ("unix:/run/x", "unix"),
        ("unix:", "unix"),
        ("", ""),
    ],
)
def test_a_peer_is_counted_by_its_address(peer: str, host: str) -> None:
    assert host_of(peer) == host


async def test_a_wait_for_revocation_ends_when_told() -> None:
    async def paired(account: str, device: str) -> bool:
        return True

    revocations = Revocations(paired, recheck_s=3600)
    waits = [asyncio.ensure_future(revocations.wait("a", device)) for device in ("x", "x", "y")]
    await asyncio.sleep(0)
    revocations.tell("a", "x")
    await asyncio.wait_for(asyncio.gather(*waits[:2]), 5)
    assert not waits[2].done()
    revocations.tell_account("b")
    await asyncio.sleep(0)
    assert not waits[2].done()
    revocations.tell_account("a")
    await asyncio.wait_for(waits[2], 5)


async def test_a_revocation_elsewhere_is_found_by_asking_even_after_the_store_was_away() -> None:
    answers = iter([True, None, True, None, False])

    async def paired(account: str, device: str) -> bool:
        answer = next(answers)
        if answer is None:
            raise StoreUnavailable("away")
        return answer

    await asyncio.wait_for(Revocations(paired, recheck_s=0.001).wait("a", "x"), 5)
    assert next(answers, "all were asked") == "all were asked"
