"""The keys of accounts inside a backup: each sealed under one that only the key file has."""

from __future__ import annotations

from collections.abc import Mapping

from training_loop.consent.policy import Purpose
from training_loop.queue.intake import key_purpose
from training_loop.vault.account_vault import DATA
from training_loop.vault.cipher import decrypt, encrypt, new_key
from training_loop.vault.vault import Vault


def sealed_again(
    vault: Vault, backup: str, account: str, fields: Mapping[str, bytes]
) -> tuple[dict[str, bytes], dict[str, str]]:
    """The account's fields as they are backed up, and what opens their keys."""
    sealed, opening = dict(fields), {}
    for name, purpose in _purposes(fields).items():
        key = vault.unwrap(account, purpose, fields[name])
        own = new_key()
        sealed[name] = encrypt(own, key, _place(backup, account, name))
        opening[name] = own.hex()
    return sealed, opening


def wrapped_again(
    vault: Vault,
    backup: str,
    account: str,
    fields: Mapping[str, bytes],
    opening: Mapping[str, str],
) -> dict[str, bytes] | None:
    """The fields with keys wrapped by this installation; None when one of them was shredded.

    Raises Corrupted for a backup that was changed.
    """
    wrapped = dict(fields)
    for name, purpose in _purposes(fields).items():
        if name not in opening:
            return None
        place = _place(backup, account, name)
        key = decrypt(bytes.fromhex(opening[name]), fields[name], place)
        wrapped[name] = vault.keyring.wrap(key, f"key/{account}/{purpose}")
    return wrapped


def _purposes(fields: Mapping[str, bytes]) -> dict[str, str]:
    found = {"data_key": DATA} if "data_key" in fields else {}
    for purpose in (Purpose.HISTORY, Purpose.LEARNING):
        name = f"{purpose.value}_key"
        if name in fields:
            found[name] = key_purpose(purpose, int(fields[f"{purpose.value}_epoch"]))
    return found


def _place(backup: str, account: str, name: str) -> str:
    return f"backup/{backup}/{account}/{name}"
