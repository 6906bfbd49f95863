"""Account holders are known by their token, which the store does not have."""

from __future__ import annotations

import pytest

from tests.fixtures.store import EVERYTHING_ON, SHOWN
from training_loop.consent.choices import ChildProfile
from training_loop.consent.operator import Operator, OperatorTokenUnsafe, read_operator_token
from training_loop.errors import AccountGone, InvalidArgument, Unauthenticated
from training_loop.loop import Loop
from training_loop.rights import PrivacySettings
from training_loop.store import keys


async def test_a_token_names_its_account_and_is_not_stored(loop: Loop) -> None:
    created = await loop.accounts.create(child=False, time_zone="Europe/Berlin")
    assert await loop.accounts.verify(created.token) == created.account
    stored = await loop.store.hgetall(keys.account(created.account))
    secret = created.token.rsplit(".", 1)[1].encode()
    assert not any(secret in bytes(value) for value in stored.values() if isinstance(value, bytes))
    assert secret.decode() not in repr(created)


async def test_everything_is_off_for_a_new_account(loop: Loop) -> None:
    created = await loop.accounts.create()
    assert await loop.rights.settings(created.account) == PrivacySettings()


async def test_other_texts_are_not_a_token(loop: Loop) -> None:
    mine = await loop.accounts.create()
    other = await loop.accounts.create()
    prefix, account, secret = mine.token.split(".")
    wrong = [
        "",
        "x" * 100_000,
        mine.token[:-1],
        f"{prefix}.{other.account}.{secret}",
        f"{prefix}.acc_{'a' * 24}.{secret}",
        f"{prefix}.{account}.{secret}\n",
        f"{prefix}.{account}*.{secret}",
        loop.operator.token(),
    ]
    for token in wrong:
        with pytest.raises(Unauthenticated):
            await loop.accounts.verify(token)


async def test_a_deleted_accounts_token_is_refused(loop: Loop) -> None:
    created = await loop.accounts.create()
    await loop.rights.delete_account(created.account)
    with pytest.raises(Unauthenticated):
        await loop.accounts.verify(created.token)
    assert not await loop.accounts.exists(created.account)
    with pytest.raises(AccountGone):
        await loop.rights.delete_account(created.account)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "/etc/localtime", "\0"])
async def test_an_unknown_time_zone_is_refused(loop: Loop, zone: str) -> None:
    with pytest.raises(InvalidArgument):
        await loop.accounts.create(time_zone=zone)


async def test_the_time_zone_is_the_accounts_own(loop: Loop) -> None:
    created = await loop.accounts.create(time_zone="Asia/Tokyo")
    assert (await loop.accounts.time_zone(created.account)).key == "Asia/Tokyo"
    with pytest.raises(AccountGone):
        await loop.accounts.time_zone("acc_unknown")


async def test_nothing_can_be_switched_on_for_a_child(loop: Loop) -> None:
    child = (await loop.accounts.create(child=True)).account
    assert await loop.accounts.is_child(child)
    with pytest.raises(ChildProfile):
        await loop.rights.change(child, EVERYTHING_ON, SHOWN, "request")
    assert await loop.rights.settings(child) == PrivacySettings()


async def test_the_operators_token_stays_the_same_and_is_its_owners_alone(loop: Loop) -> None:
    path = loop.settings.operator_token
    token = loop.operator.token()
    assert path.stat().st_mode & 0o777 == 0o600
    assert Operator(path).token() == read_operator_token(loop.settings.state) == token
    loop.operator.verify(token)
    for wrong in ("", token[:-1], token + "x", "ü" * 40):
        with pytest.raises(Unauthenticated):
            loop.operator.verify(wrong)
    path.chmod(0o644)
    with pytest.raises(OperatorTokenUnsafe):
        loop.operator.verify(token)
