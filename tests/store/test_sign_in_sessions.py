"""Sessions and passkeys of account holders, what an erasure leaves of them, and the auditor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.fixtures.authenticator import Authenticator
from tests.fixtures.sign_in import PostOffice, signing_in, with_address
from training_loop.access import Kind
from training_loop.errors import Unauthenticated
from training_loop.loop import Loop
from training_loop.passkeys.errors import PasskeyRefused
from training_loop.sign_in.errors import NoSuchPasskey, NoSuchSession, TooManyPasskeys
from training_loop.sign_in.passkey_sign_in import MOST_PASSKEYS
from training_loop.sign_in.sessions import IDLE_S, LIFE_S, MOST_SESSIONS, SignedInWith
from training_loop.sign_in.sign_in import SignIn
from training_loop.store import keys
from training_loop.store.script_runner import text


@pytest.fixture
def sign_in(loop: Loop, post_office: PostOffice) -> SignIn:
    return signing_in(loop, post_office.server)


@pytest.fixture
async def account(loop: Loop) -> str:
    return (await loop.accounts.create()).account


async def _age(loop: Loop, account: str, **earlier_s: int) -> None:
    """Sets times of the account's one session back, as if they had passed."""
    name = keys.holder_sessions(account)
    ((session, record),) = (await loop.store.hgetall(name)).items()
    parts = text(record).split("|")
    for field, seconds in earlier_s.items():
        at = {"opened": 2, "seen": 3, "until": 4}[field]
        parts[at] = str(int(parts[at]) - seconds * 1000)
    await loop.store.hset(name, session, "|".join(parts))


async def register(sign_in: SignIn, account: str, key: Authenticator, name: str = "key") -> None:
    begun = await sign_in.passkeys.start_registration(account)
    answer = key.create(begun.options_json)
    await sign_in.passkeys.complete_registration(account, begun.ticket, answer, name)


async def test_a_session_is_the_accounts_and_the_store_knows_no_token(
    loop: Loop, sign_in: SignIn, account: str
) -> None:
    opened = await sign_in.sessions.open(account, SignedInWith.LINK)
    caller = await sign_in.sessions.verify(opened.token)
    assert (caller.kind, caller.account) == (Kind.ACCOUNT, account)
    assert caller.session == (await sign_in.sessions.of(account))[0].session
    stored = await loop.store.hgetall(keys.holder_sessions(account))
    assert opened.token.rpartition(".")[2] not in str(stored)


async def test_a_session_ends_after_half_an_hour_without_a_call(
    loop: Loop, sign_in: SignIn, account: str
) -> None:
    opened = await sign_in.sessions.open(account, SignedInWith.LINK)
    await _age(loop, account, seen=IDLE_S - 10)
    await sign_in.sessions.verify(opened.token)  # which counts as a call
    await _age(loop, account, seen=IDLE_S - 10)
    await sign_in.sessions.verify(opened.token)
    await _age(loop, account, seen=IDLE_S)
    with pytest.raises(Unauthenticated):
        await sign_in.sessions.verify(opened.token)
    assert await sign_in.sessions.of(account) == ()


async def test_a_session_ends_after_twelve_hours_whatever_is_done_with_it(
    loop: Loop, sign_in: SignIn, account: str
) -> None:
    opened = await sign_in.sessions.open(account, SignedInWith.LINK)
    assert LIFE_S == 12 * 3600
    await _age(loop, account, until=LIFE_S)
    with pytest.raises(Unauthenticated):
        await sign_in.sessions.verify(opened.token)


async def test_one_session_or_all_can_be_ended_and_the_oldest_makes_room(
    sign_in: SignIn, account: str
) -> None:
    tokens = [
        (await sign_in.sessions.open(account, SignedInWith.LINK)).token
        for _ in range(MOST_SESSIONS + 1)
    ]
    assert len(await sign_in.sessions.of(account)) == MOST_SESSIONS
    last = (await sign_in.sessions.verify(tokens[-1])).session
    await sign_in.sessions.end(account, last)
    with pytest.raises(Unauthenticated):
        await sign_in.sessions.verify(tokens[-1])
    with pytest.raises(NoSuchSession):
        await sign_in.sessions.end(account, last)
    assert await sign_in.sessions.end_all(account) == MOST_SESSIONS - 1
    with pytest.raises(Unauthenticated):
        await sign_in.sessions.verify(tokens[-2])


@pytest.mark.parametrize("change", ["secret", "session", "account", "form"])
async def test_a_token_with_anything_changed_is_refused(
    loop: Loop, sign_in: SignIn, account: str, change: str
) -> None:
    token = (await sign_in.sessions.open(account, SignedInWith.LINK)).token
    other = (await loop.accounts.create()).account
    beginning, _, session, secret = token.split(".")
    changed = {
        "secret": f"{beginning}.{account}.{session}.{secret[::-1]}",
        "session": f"{beginning}.{account}.ses_0000000000000000.{secret}",
        "account": f"{beginning}.{other}.{session}.{secret}",
        "form": token + "x",
    }
    with pytest.raises(Unauthenticated):
        await sign_in.sessions.verify(changed[change])


async def test_a_passkey_signs_in_without_a_name(sign_in: SignIn, account: str) -> None:
    key = Authenticator()
    await register(sign_in, account, key, "My phone")
    begun = await sign_in.passkeys.start()
    assert key.id not in begun.options_json  # nothing is told before
    opened = await sign_in.passkeys.complete(begun.ticket, key.get(begun.options_json))
    assert opened.account == account
    (listed,) = await sign_in.passkeys.of(account)
    assert (listed.display_name, listed.used_at_s > 0) == ("My phone", True)


async def test_an_answer_works_once_and_only_for_its_own_challenge(
    sign_in: SignIn, account: str
) -> None:
    key = Authenticator()
    await register(sign_in, account, key)
    begun = await sign_in.passkeys.start()
    answer = key.get(begun.options_json)
    await sign_in.passkeys.complete(begun.ticket, answer)
    with pytest.raises(PasskeyRefused):
        await sign_in.passkeys.complete(begun.ticket, answer)
    other = await sign_in.passkeys.start()
    with pytest.raises(PasskeyRefused):
        await sign_in.passkeys.complete(other.ticket, answer)


async def test_a_copied_or_unverified_or_removed_passkey_is_refused(
    sign_in: SignIn, account: str
) -> None:
    key = Authenticator()
    await register(sign_in, account, key)
    for _ in range(2):
        begun = await sign_in.passkeys.start()
        await sign_in.passkeys.complete(begun.ticket, key.get(begun.options_json))
    key.sign_count = 0
    begun = await sign_in.passkeys.start()
    with pytest.raises(PasskeyRefused):
        await sign_in.passkeys.complete(begun.ticket, key.get(begun.options_json))
    key.sign_count, key.verifies_user = 9, False
    begun = await sign_in.passkeys.start()
    with pytest.raises(PasskeyRefused):
        await sign_in.passkeys.complete(begun.ticket, key.get(begun.options_json))
    key.verifies_user = True
    await sign_in.passkeys.remove(account, key.id)
    begun = await sign_in.passkeys.start()
    with pytest.raises(PasskeyRefused):
        await sign_in.passkeys.complete(begun.ticket, key.get(begun.options_json))
    with pytest.raises(NoSuchPasskey):
        await sign_in.passkeys.remove(account, key.id)


async def test_a_passkey_of_one_account_does_not_open_another(
    loop: Loop, sign_in: SignIn, account: str
) -> None:
    mine, theirs = Authenticator(), Authenticator()
    other = (await loop.accounts.create()).account
    await register(sign_in, account, mine)
    await register(sign_in, other, theirs)
    mine.user = theirs.user
    begun = await sign_in.passkeys.start()
    with pytest.raises(PasskeyRefused):
        await sign_in.passkeys.complete(begun.ticket, mine.get(begun.options_json))


async def test_a_registration_counts_for_the_account_that_began_it(
    loop: Loop, sign_in: SignIn, account: str
) -> None:
    other = (await loop.accounts.create()).account
    begun = await sign_in.passkeys.start_registration(account)
    answer = Authenticator().create(begun.options_json)
    with pytest.raises(PasskeyRefused):
        await sign_in.passkeys.complete_registration(other, begun.ticket, answer, "key")


async def test_passkeys_of_an_account_are_bounded(sign_in: SignIn, account: str) -> None:
    for _ in range(MOST_PASSKEYS):
        await register(sign_in, account, Authenticator())
    with pytest.raises(TooManyPasskeys):
        await register(sign_in, account, Authenticator())


async def test_an_erasure_takes_address_passkeys_and_sessions_and_what_leads_to_them(
    own_loop: Loop, post_office: PostOffice
) -> None:
    loop, key = own_loop, Authenticator()
    sign_in = signing_in(loop, post_office.server)
    account = (await loop.accounts.create()).account
    await with_address(sign_in, post_office, account, "anna@example.org")
    await register(sign_in, account, key, "My phone")
    begun = await sign_in.passkeys.start()
    opened = await sign_in.passkeys.complete(begun.ticket, key.get(begun.options_json))
    told: Mapping[str, Any] = await sign_in.personal.export(account)
    assert told["email"] == "anna@example.org"
    assert [one["name"] for one in told["passkeys"]] == ["My phone"]
    assert [one["signed_in_with"] for one in told["sessions"]] == ["passkey"]
    await loop.rights.delete_account(account)
    with pytest.raises(Unauthenticated):
        await sign_in.sessions.verify(opened.token)
    begun = await sign_in.passkeys.start()
    with pytest.raises(PasskeyRefused):
        await sign_in.passkeys.complete(begun.ticket, key.get(begun.options_json))
    left = {keys.kind_of(text(name)) for name in await loop.store.keys("*")}
    assert left.isdisjoint({"we", "wi", "wk", "wl", "wm", "ws"})
    other = (await loop.accounts.create()).account
    await with_address(sign_in, post_office, other, "anna@example.org")
    assert (await sign_in.ways(other)).email == "anna@example.org"


async def test_every_key_of_a_sign_in_has_an_owner(
    loop: Loop, sign_in: SignIn, post_office: PostOffice, account: str
) -> None:
    await with_address(sign_in, post_office, account, "anna@example.org")
    await register(sign_in, account, Authenticator())
    await sign_in.sessions.open(account, SignedInWith.LINK)
    await sign_in.email.start("anna@example.org")
    await sign_in.email.idle()
    kinds = {keys.kind_of(text(name)) for name in await loop.store.keys("{s*")}
    assert {"wa", "we", "wk", "wl", "wm", "ws", "wt"} <= kinds
    assert kinds <= loop.personal_stores.key_kinds | keys.NON_PERSONAL_KINDS | {"au", "ah"}


async def test_nothing_in_the_store_says_an_address_or_a_passkeys_name(
    loop: Loop, sign_in: SignIn, post_office: PostOffice, account: str
) -> None:
    await with_address(sign_in, post_office, account, "anna@example.org")
    await register(sign_in, account, Authenticator(), "Annas Telefon")
    await sign_in.email.start("anna@example.org")
    await sign_in.email.idle()
    for name in await loop.store.keys("*"):
        dumped = await loop.store.dump(name)
        held = bytes(dumped or b"")
        content = repr(await loop.store.hgetall(name)) if await _is_hash(loop, name) else ""
        for secret in ("anna@", "Annas Telefon", "example.org"):
            assert secret.encode() not in held
            assert secret not in content
            assert secret not in text(name)


async def _is_hash(loop: Loop, name: Any) -> bool:
    return text(await loop.store.type(name)) == "hash"
