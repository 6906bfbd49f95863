"""The master key is rotated while everything goes on, and nothing destroyed comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from tests.fixtures.store import (
    EVERYTHING_ON,
    SHOWN,
    consenting_account,
    opt_out,
    say,
)
from training_loop.consent.accounts import Accounts
from training_loop.consent.switches import Switches
from training_loop.errors import AccountGone, StoreUnavailable
from training_loop.loop import Loop, open_loop
from training_loop.queue.lease import LeaseLost
from training_loop.rights import SettingsChange
from training_loop.settings import LoopSettings, VaultSettings
from training_loop.store import keys
from training_loop.store.script_runner import text
from training_loop.vault import keyring_follower, rotation
from training_loop.vault.cipher import encrypt, new_key
from training_loop.vault.environment_keys import EnvironmentKeys
from training_loop.vault.errors import KeyRotationHeld, KeyVersionMissing, MasterKeyRefused
from training_loop.vault.key_provider import Destruction
from training_loop.vault.keyring import Keyring, version_of
from training_loop.vault.local_keys import derive
from training_loop.vault.rewrapping import Rewrapping
from training_loop.vault.rotation import Progress
from training_loop.vault.vault import Vault

_KEYS = ("data_key", "history_key", "learning_key")


@pytest.fixture(autouse=True)
def _followed_closely(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring_follower, "_EVERY_S", 0.02)
    monkeypatch.setattr(rotation, "_PAUSE_S", 0.01)


async def _wrapped(loop: Loop, account: str) -> list[bytes]:
    found = await loop.store.hmget(keys.account(account), list(_KEYS))
    return [bytes(value) for value in found if value]  # type: ignore[arg-type]


async def _versions(loop: Loop, account: str) -> set[int]:
    return {version_of(wrapped) for wrapped in await _wrapped(loop, account)}


async def test_after_a_rotation_everything_opens_and_the_old_master_key_is_gone(
    loop: Loop,
) -> None:
    accounts = [await consenting_account(loop) for _ in range(20)]
    said = [await say(loop, account) for account in accounts]
    sealed = await loop.sealer.seal(accounts[0], b"milk", context="lists/shopping")
    pseudonym = loop.vault.pseudonym("reviewer")
    token = loop.vault.page_token("here", "content")
    old_file = loop.settings.master_key.read_text()
    told: list[Progress] = []
    report = await loop.rotation.run(told.append)
    assert (report.version, report.resumed, report.rewrapped) == (2, False, 60)
    assert list(report.destroyed.values()) == [Destruction.DESTROYED]
    assert (told[-1].accounts_seen, told[-1].accounts) == (20, 20)
    assert told[0].rewrapped == 60
    assert old_file.strip() not in loop.settings.master_key.read_text()

    async with open_loop(loop.settings) as fresh:
        assert set(fresh.vault.keyring.secrets) == {2}
        for account, utterance in zip(accounts, said, strict=True):
            assert await _versions(fresh, account) == {2}
            page = await fresh.rights.history(account, 10)
            assert [entry.heard for entry in page.entries] == [utterance.heard]
        assert await fresh.sealer.unseal(accounts[0], sealed, context="lists/shopping") == b"milk"
        assert fresh.vault.pseudonym("reviewer") == pseudonym
        assert fresh.vault.read_page_token("here", token) == "content"
        lease = await fresh.queue.lease("reviewer")
        assert lease
        assert (await fresh.queue.read(lease)).pcm


async def test_running_processes_take_up_the_new_version_without_a_restart(loop: Loop) -> None:
    async with open_loop(loop.settings) as other:
        before = await consenting_account(other)
        await say(other, before)
        await loop.rotation.run()
        after = await consenting_account(other)
        assert await _versions(loop, after) == {2}
        await say(other, after)
        for account in (before, after):
            for process in (loop, other):
                assert len((await process.rights.history(account, 10)).entries) == 1


async def test_the_next_rotation_goes_on_from_there(loop: Loop) -> None:
    account = await consenting_account(loop)
    said = await say(loop, account)
    for version in (2, 3, 4):
        assert (await loop.rotation.run()).version == version
    assert await _versions(loop, account) == {4}
    page = await loop.rights.history(account, 10)
    assert [entry.heard for entry in page.entries] == [said.heard]
    assert len(loop.settings.master_key.read_text().split()) == 1


async def test_an_old_version_that_is_kept_is_destroyed_by_the_next_rotation(loop: Loop) -> None:
    await consenting_account(loop)
    assert (await loop.rotation.run(keep_old=True)).destroyed == {}
    status = await loop.rotation.status()
    assert set(status.stored.records) == {1, 2}
    assert status.wrapped_by == {2: 3}
    assert len((await loop.rotation.run()).destroyed) == 2
    assert set((await loop.rotation.status()).stored.records) == {3}


async def test_each_rotation_is_in_the_audit_log_of_every_shard_once(loop: Loop) -> None:
    await loop.rotation.run()
    await loop.rotation.run()
    for shard in keys.all_shards():
        entries = await loop.store.lrange(keys.audit_entries(shard), 0, -1)
        rotated = [text(entry).split() for entry in entries if b"master_key_rotated" in entry]
        assert [entry[5] for entry in rotated] == ["version=2", "version=3"]


async def test_status_counts_what_each_version_wraps_and_who_holds_it(loop: Loop) -> None:
    for _ in range(3):
        await consenting_account(loop)
    await loop.accounts.create()
    async with open_loop(loop.settings):
        status = await loop.rotation.status()
        assert status.wrapped_by == {1: 10}
        assert status.accounts == 4
        assert [(one.newest, one.current) for one in status.holders] == [(1, 1), (1, 1)]
    assert len((await loop.rotation.status()).holders) == 1


class _Between:
    """Does something after keys were read and before they are replaced."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, do: Any) -> None:
        original = Rewrapping._replace

        async def replace_keys(self: Rewrapping, found: Sequence[Any]) -> int:
            await do()
            return await original(self, found)

        monkeypatch.setattr(Rewrapping, "_replace", replace_keys)


async def test_an_opt_out_during_rewrapping_is_not_undone(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await consenting_account(loop)
    _Between(monkeypatch, lambda: opt_out(loop, account))
    await loop.rotation.run()
    stored = await loop.store.hgetall(keys.account(account))
    assert {b"history_key", b"learning_key"}.isdisjoint(stored)
    assert await _versions(loop, account) == {2}


async def test_an_erasure_during_rewrapping_is_not_undone(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await consenting_account(loop)
    _Between(monkeypatch, lambda: _delete(loop, account))
    await loop.rotation.run()
    assert await loop.store.exists(keys.account(account)) == 0
    with pytest.raises(AccountGone):
        await loop.rights.settings(account)


async def _delete(loop: Loop, account: str) -> None:
    if await loop.accounts.exists(account):
        await loop.rights.delete_account(account)


async def test_a_consent_given_anew_during_rewrapping_keeps_its_own_key(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await consenting_account(loop)
    renewed: list[bytes] = []

    async def renew() -> None:
        if renewed:
            return
        await opt_out(loop, account)
        await loop.rights.change(account, EVERYTHING_ON, SHOWN, "again")
        renewed.extend((await _wrapped(loop, account))[1:])

    _Between(monkeypatch, renew)
    await loop.rotation.run()
    assert (await _wrapped(loop, account))[1:] == renewed
    await say(loop, account)
    assert len((await loop.rights.history(account, 10)).entries) == 1


async def test_nothing_fails_and_nothing_is_lost_under_load(loop: Loop) -> None:
    """Speakers, opt-outs, new accounts, reviewers and erasures, in two processes' parts, while
    the master key is rotated three times."""
    over = asyncio.Event()
    kept: list[str] = []

    async with open_loop(loop.settings) as other:

        async def household(at: Loop, *, leaves: bool) -> None:
            while not over.is_set():
                account = await consenting_account(at)
                await say(at, account)
                await at.sealer.seal(account, b"milk", context="lists/shopping")
                await opt_out(at, account)
                await at.rights.change(account, EVERYTHING_ON, SHOWN, f"again-{account}")
                await say(at, account)
                if leaves:
                    await at.rights.delete_utterance(account, "utt_unknown")
                kept.append(account)

        async def reviewer(at: Loop) -> None:
            while not over.is_set():
                lease = await at.queue.lease("reviewer")
                if lease:
                    with suppress(LeaseLost):  # its account opted out meanwhile
                        await at.queue.read(lease)
                    await at.queue.release(lease)

        async with asyncio.TaskGroup() as group:
            for at in (loop, other):
                group.create_task(household(at, leaves=at is other))
                group.create_task(reviewer(at))
            reports = [await loop.rotation.run() for _ in range(3)]
            over.set()
        assert [report.version for report in reports] == [2, 3, 4]
        assert len(kept) > 3
        for account in kept:
            assert len((await other.rights.history(account, 10)).entries) == 1
            assert await _versions(other, account) == {4}
    assert (await loop.rotation.status()).wrapped_by.keys() == {4}


async def test_no_version_ends_before_a_walk_found_nothing_wrapped_by_it(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await consenting_account(loop)
    await say(loop, account)
    original, walks = Rewrapping._replace, []

    async def missed_at_first(self: Rewrapping, found: Sequence[Any]) -> int:
        walks.append(found)
        return await original(self, found) if len(walks) > 1 else 0

    monkeypatch.setattr(Rewrapping, "_replace", missed_at_first)
    assert (await loop.rotation.run()).rewrapped == 3
    assert await _versions(loop, account) == {2}


async def test_a_read_in_flight_outlives_the_version_for_a_minute_and_no_longer(
    loop: Loop,
) -> None:
    account = await consenting_account(loop)
    read_before = (await _wrapped(loop, account))[0]
    follower = keyring_follower.KeyringFollower(_keyring_of(loop), Vault(loop.vault.keyring))
    await loop.rotation.run()
    await follower.catch_up()
    assert len(follower._vault.unwrap(account, "data", read_before)) == 32
    follower._forget_at_s[1] -= keyring_follower._FORGET_AFTER_S
    await follower.catch_up()
    with pytest.raises(KeyVersionMissing):
        follower._vault.unwrap(account, "data", read_before)


async def test_two_rotations_at_once_do_the_same_work(loop: Loop) -> None:
    accounts = [await consenting_account(loop) for _ in range(5)]
    async with open_loop(loop.settings) as other:
        reports = await asyncio.gather(loop.rotation.run(), other.rotation.run())
        assert {report.version for report in reports} == {2}
        for account in accounts:
            await say(other, account)
            assert await _versions(loop, account) == {2}
    await loop.rotation.run()
    left = loop.settings.master_key.read_text().split()
    assert len(left) == 1, "what the slower one had made was used or is gone"


async def test_an_interrupted_rotation_goes_on_where_it_stopped(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = [await consenting_account(loop) for _ in range(5)]
    with monkeypatch.context() as patch:

        async def crash(*_: object) -> int:
            raise ConnectionError("the process ended here")

        patch.setattr(Rewrapping, "_replace", crash)
        with pytest.raises(ConnectionError):
            await loop.rotation.run()
    status = await loop.rotation.status()
    assert (status.stored.rotating_to, status.wrapped_by) == (2, {1: 15})
    report = await loop.rotation.run()
    assert (report.resumed, report.version, report.rewrapped) == (True, 2, 15)
    assert (await loop.rotation.status()).stored.rotating_to is None
    for account in accounts:
        assert await _versions(loop, account) == {2}


@pytest.mark.parametrize("dies_at", ["current", "accounts", "retire", "end"])
async def test_a_rotation_that_dies_at_any_step_loses_nothing(
    loop: Loop, monkeypatch: pytest.MonkeyPatch, dies_at: str
) -> None:
    account = await consenting_account(loop)
    said = await say(loop, account)
    advance = loop.rotation._advance
    with monkeypatch.context() as patch:

        async def die(target: int, step: str, number: int = 0) -> None:
            if step == dies_at:
                raise ConnectionError("the process ended here")
            await advance(target, step, number)

        patch.setattr(loop.rotation, "_advance", die)
        with pytest.raises(ConnectionError):
            await loop.rotation.run()
    async with open_loop(loop.settings) as fresh:
        assert [entry.heard for entry in (await fresh.rights.history(account, 10)).entries] == [
            said.heard
        ]
        await consenting_account(fresh)
        report = await fresh.rotation.run()
        assert (report.resumed, report.version) == (True, 2)
        assert len((await fresh.rights.history(account, 10)).entries) == 1
    assert len(loop.settings.master_key.read_text().split()) == 1


async def test_a_process_that_slept_through_a_rotation_can_store_no_old_key(loop: Loop) -> None:
    """A virtual machine that was frozen, say. Its next look at the store puts it right."""
    asleep = Vault(loop.vault.keyring)
    account = await consenting_account(loop, SettingsChange(keep_history=True))
    await loop.rotation.run()
    before = await _wrapped(loop, account)
    with pytest.raises(KeyVersionMissing):
        asleep.unwrap(account, "data", before[0])
    with pytest.raises(KeyVersionMissing):
        await Accounts(loop.store, asleep).create()
    switches = Switches(loop.store, asleep, loop.rights._switches._withdrawals)
    with pytest.raises(StoreUnavailable):
        await switches.change(account, EVERYTHING_ON, SHOWN, "on")
    assert await _wrapped(loop, account) == before
    assert (await loop.rotation.status()).accounts == 1
    await keyring_follower.KeyringFollower(_keyring_of(loop), asleep).catch_up()
    await Accounts(loop.store, asleep).create()


def _keyring_of(loop: Loop) -> Any:
    return loop.rotation._keyring


async def test_a_rotation_waits_for_a_process_and_says_so_when_it_does_not_come(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await consenting_account(loop)
    monkeypatch.setattr(rotation, "_HOLDERS_WITHIN_S", 0.1)
    await _keyring_of(loop).announce("proc_behind", loop.vault.keyring)
    with pytest.raises(KeyRotationHeld):
        await loop.rotation.run()
    assert (await loop.rotation.status()).stored.current == 1
    held = Keyring(
        current=1, secrets={1: loop.vault.keyring.secrets[1], 2: Keyring.new().secrets[1]}
    )
    await _keyring_of(loop).announce("proc_behind", held)
    with pytest.raises(KeyRotationHeld):
        await loop.rotation.run()
    assert await loop.store.get(keys.oldest_key_version(keys.shard_of(account))) is None
    assert await _versions(loop, account) == {1}
    await say(loop, account)
    await _keyring_of(loop).leave("proc_behind")
    assert (await loop.rotation.run()).resumed


async def test_a_process_that_died_is_not_waited_for(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _keyring_of(loop).announce("proc_dead", loop.vault.keyring)
    monkeypatch.setattr("training_loop.vault.keyring_store.HOLDER_GONE_AFTER_MS", 200)
    assert (await loop.rotation.run()).version == 2


async def test_a_store_of_the_first_release_opens_and_rotates(
    loop_settings: LoopSettings,
) -> None:
    """What 0.1 wrote: keys wrapped by the master key itself, and a check of that key."""
    master = new_key()
    path = loop_settings.master_key
    path.parent.mkdir(parents=True, mode=0o700)
    path.write_text(master.hex() + "\n")
    path.chmod(0o600)
    async with open_loop(replace(loop_settings, state=loop_settings.state / "none")) as maker:
        account = (await maker.accounts.create()).account
        key = new_key()
        old = encrypt(derive(master, "wrapping"), key, f"key/{account}/data")
        await maker.store.hset(keys.account(account), "data_key", old)
        await maker.store.delete(keys.VAULT_KEYRING, keys.VAULT_HOLDERS)
        await maker.store.set(keys.VAULT_CHECK, derive(master, "check").hex())
        maker.vault.keyring = replace(maker.vault.keyring)
    async with open_loop(loop_settings) as loop:
        assert loop.vault.unwrap(account, "data", old) == key
        assert (await loop.rotation.run()).rewrapped == 1
        assert await _versions(loop, account) == {2}
        new = (await _wrapped(loop, account))[0]
        assert loop.vault.unwrap(account, "data", new) == key
    path.write_text(new_key().hex())
    with pytest.raises(MasterKeyRefused, match="not the master key"):
        async with open_loop(loop_settings):
            pass


async def test_the_environments_key_is_rotated_by_appending_one(
    loop_settings: LoopSettings,
) -> None:
    old, new = new_key().hex(), new_key().hex()

    def settings(written: str) -> LoopSettings:
        vault = VaultSettings(key_provider="environment", master_key=written)
        return replace(loop_settings, vault=vault)

    async with open_loop(settings(old)) as loop:
        account = await consenting_account(loop)
        with pytest.raises(MasterKeyRefused, match="append one"):
            await loop.rotation.run()
    async with open_loop(settings(f"{old},{new}")) as loop:
        report = await loop.rotation.run()
        ids = await EnvironmentKeys(old).versions()
        assert report.destroyed == {ids[0]: Destruction.LEFT}
    with pytest.raises(MasterKeyRefused, match="missing"):
        async with open_loop(settings(old)):
            pass
    async with open_loop(settings(new)) as loop:
        await say(loop, account)


async def test_accounts_without_their_keyring_are_not_given_a_new_one(
    loop_settings: LoopSettings,
) -> None:
    async with open_loop(loop_settings) as loop:
        await loop.accounts.create()
        await loop.store.delete(keys.VAULT_KEYRING)
        with pytest.raises(MasterKeyRefused, match="keyring of this store is missing"):
            async with open_loop(loop_settings):
                pass
        assert await loop.store.exists(keys.VAULT_KEYRING) == 0
