"""Stores made by Earmark 0.1, where one master key in a file wrapped every key by itself."""

from __future__ import annotations

import hmac

from training_loop.vault.errors import MasterKeyRefused
from training_loop.vault.key_provider import KeyProvider
from training_loop.vault.keyring import Secrets
from training_loop.vault.local_keys import derive
from training_loop.vault.master_key import FileKeys


async def secrets_of_first_release(provider: KeyProvider, check: str) -> Secrets:
    """Its secrets, to become version 1. `check` is what 0.1 noted about its master key.

    Raises MasterKeyRefused when the key is missing or another one.
    """
    masters = await provider.masters() if isinstance(provider, FileKeys) else ()
    if not masters:
        raise MasterKeyRefused("the master key file of this store is missing")
    for master in masters:
        if hmac.compare_digest(derive(master, "check").hex(), check):
            return Secrets(
                wrapping=derive(master, "wrapping"), lasting=derive(master, "pseudonyms")
            )
    raise MasterKeyRefused("this is not the master key that the store was made with")
