"""Keys open what they were made for, where it was put, and nothing else."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from tests.fixtures.store import consenting_account, say
from training_loop.errors import AccountGone, InvalidArgument
from training_loop.loop import Loop, open_loop
from training_loop.settings import LoopSettings
from training_loop.store import keys
from training_loop.vault.cipher import decrypt, encrypt, new_key
from training_loop.vault.errors import Corrupted, MasterKeyRefused
from training_loop.vault.keyring import Keyring
from training_loop.vault.vault import Vault


async def test_sealed_data_opens_for_its_account_and_place_alone(loop: Loop) -> None:
    mine = (await loop.accounts.create()).account
    other = (await loop.accounts.create()).account
    sealed = await loop.sealer.seal(mine, b"milk", context="lists/shopping")
    assert b"milk" not in sealed
    assert await loop.sealer.unseal(mine, sealed, context="lists/shopping") == b"milk"
    for account, context in ((mine, "lists/to do"), (other, "lists/shopping")):
        with pytest.raises(Corrupted):
            await loop.sealer.unseal(account, sealed, context=context)


async def test_nothing_is_sealed_or_opened_for_an_account_that_is_gone(loop: Loop) -> None:
    account = (await loop.accounts.create()).account
    sealed = await loop.sealer.seal(account, b"milk", context="lists/shopping")
    await loop.rights.delete_account(account)
    with pytest.raises(AccountGone):
        await loop.sealer.unseal(account, sealed, context="lists/shopping")
    with pytest.raises(AccountGone):
        await loop.sealer.seal(account, b"milk", context="lists/shopping")


@pytest.mark.parametrize("at", [0, 5, 13, -1])
def test_one_changed_bit_is_noticed(at: int) -> None:
    key = new_key()
    sealed = bytearray(encrypt(key, b"something said", "here"))
    sealed[at] ^= 1
    with pytest.raises(Corrupted):
        decrypt(key, bytes(sealed), "here")


@pytest.mark.parametrize("length", [0, 1, 12, 28])
def test_sealed_data_cut_short_is_noticed(length: int) -> None:
    key = new_key()
    with pytest.raises(Corrupted):
        decrypt(key, encrypt(key, b"", "here")[:length], "here")


def test_a_wrapped_key_is_bound_to_its_account_and_purpose() -> None:
    vault = Vault(Keyring.new())
    wrapped = vault.new_wrapped_key("acc_a", "learning/1")
    assert len(vault.unwrap("acc_a", "learning/1", wrapped)) == 32
    for account, purpose in (("acc_b", "learning/1"), ("acc_a", "learning/2")):
        with pytest.raises(Corrupted):
            vault.unwrap(account, purpose, wrapped)


async def test_the_master_key_is_its_owners_alone(loop: Loop) -> None:
    path = loop.settings.master_key
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0


async def _refused(settings: LoopSettings, because: str) -> None:
    with pytest.raises(MasterKeyRefused, match=because):
        async with open_loop(settings):
            pass


async def test_a_wrong_missing_or_open_master_key_is_refused_and_loses_nothing(
    loop_settings: LoopSettings,
) -> None:
    async with open_loop(loop_settings) as first:
        account = await consenting_account(first)
        said = await say(first, account)
    path = loop_settings.master_key
    right = path.read_text()

    path.write_text(secrets.token_hex(32) + "\n")
    await _refused(loop_settings, "not the master key")
    path.write_text("no key at all")
    await _refused(loop_settings, "does not hold a key")
    path.unlink()
    await _refused(loop_settings, "missing")
    assert not path.exists()
    path.write_text(right)
    path.chmod(0o640)
    await _refused(loop_settings, "open to other users")

    path.chmod(0o600)
    async with open_loop(loop_settings) as again:
        page = await again.rights.history(account, 10)
    assert [entry.heard for entry in page.entries] == [said.heard]


async def _paths(loop: Loop) -> list[Path]:
    return sorted(path for path in loop.settings.blobs.rglob("*") if path.is_file())


async def test_a_swapped_blob_fails_loudly(loop: Loop) -> None:
    account = await consenting_account(loop)
    await say(loop, account)
    await say(loop, account)
    record = await loop.store.hget(keys.account(account), "learning_container")
    assert isinstance(record, bytes)
    one, other = [path for path in await _paths(loop) if path.parent.name == record.decode()]
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    lease = await loop.queue.lease("reviewer")
    assert lease
    with pytest.raises(Corrupted):
        await loop.queue.read(lease)


async def test_a_record_moved_to_another_item_fails_loudly(loop: Loop) -> None:
    account = await consenting_account(loop)
    one, other = await say(loop, account), await say(loop, account)
    items = keys.learning_items(account, 1)
    value = await loop.store.hget(items, one.utterance_id)
    assert value
    await loop.store.hset(items, other.utterance_id, value)
    for _ in range(2):
        lease = await loop.queue.lease("reviewer")
        assert lease
        if lease.item == other.utterance_id:
            with pytest.raises(Corrupted):
                await loop.queue.read(lease)


async def test_nothing_said_stands_in_file_names_keys_or_unsealed(loop: Loop) -> None:
    account = await consenting_account(loop)
    said = await say(loop, account)
    names = " ".join(str(path.relative_to(loop.settings.state)) for path in await _paths(loop))
    for word in (account, said.device, said.utterance_id, "timer"):
        assert word not in names
    stored = [path.read_bytes() for path in await _paths(loop)]
    assert len(stored) == 2, "history and learning hold a copy each"
    assert not any(said.pcm[:16] in blob for blob in stored)


def test_a_page_token_is_read_at_its_place_alone() -> None:
    vault = Vault(Keyring.new())
    token = vault.page_token("history/acc_a", "content")
    assert vault.read_page_token("history/acc_a", token) == "content"
    for place, broken in (("history/acc_b", token), ("history/acc_a", token[:-4]), ("x", "?" * 9)):
        with pytest.raises(InvalidArgument):
            vault.read_page_token(place, broken)
    with pytest.raises(InvalidArgument):
        vault.read_page_token("x", "A" * 100_000)
