"""The transparency log and the key that signs it, in a backup: so that receipts outlive a disk.

The key is sealed under one of its own, which lies in the backup's key file alone, like the keys of
accounts: a copy of the backup by itself signs nothing. All of it blocks on the disk.
"""

from __future__ import annotations

from collections.abc import Mapping

from training_loop.audit.errors import SignatureWrong, TransparencyLogDamaged
from training_loop.audit.notary import Notary
from training_loop.audit.signing import SigningKey
from training_loop.audit.transparency import TransparencyLog
from training_loop.backup.errors import BackupRefused
from training_loop.backup.layout import Layout, Manifest
from training_loop.durable_files import write_atomically
from training_loop.vault.cipher import decrypt, encrypt, new_key
from training_loop.vault.errors import Corrupted

INSTALLATION = "installation"
"""Stands in the key file where accounts have their digests; no erasure names it."""
_SIGNING_KEY = "signing_key"


def copy_signatures(
    notary: Notary, layout: Layout, backup: str
) -> tuple[int, dict[str, dict[str, str]]]:
    """How many leaves were copied, and what opens the signing key; nothing before the first leaf.

    Raises SigningKeyRefused and TransparencyLogDamaged.
    """
    head = notary.log.head()
    if head is None:
        return 0, {}
    TransparencyLog(layout.transparency).extend(notary.log.leaves()[: head.size], head)
    own = new_key()
    write_atomically(layout.signing_key, encrypt(own, notary.secret(), _place(backup)))
    return head.size, {INSTALLATION: {_SIGNING_KEY: own.hex()}}


def bring_signatures_back(
    notary: Notary, layout: Layout, manifest: Manifest, opening: Mapping[str, Mapping[str, str]]
) -> None:
    """Puts back the key if there is none, and the leaves that are not here.

    What was signed here since the backup stays. Raises BackupRefused for a copy that is damaged or
    that the log here does not begin with; SigningKeyRefused when another key is here.
    """
    if not manifest.leaves:
        return  # made by an earlier version, or before anything was signed
    copied = TransparencyLog(layout.transparency)
    try:
        own = bytes.fromhex(opening[INSTALLATION][_SIGNING_KEY])
        secret = decrypt(own, layout.signing_key.read_bytes(), _place(manifest.backup))
        head, leaves = copied.head(), copied.leaves()
        if head is None or head.size != manifest.leaves:
            raise BackupRefused("the backup's transparency log is not the one that was copied")
        head.verify(SigningKey.from_pem(secret).public)
    except (KeyError, FileNotFoundError, Corrupted, SignatureWrong, TransparencyLogDamaged) as bad:
        raise BackupRefused("the backup's signing key or its log cannot be opened") from bad
    notary.adopt(secret)
    try:
        notary.log.extend(leaves, head)
    except TransparencyLogDamaged as other:
        raise BackupRefused("the transparency log here is another one than the backup's") from other


def _place(backup: str) -> str:
    return f"backup/{backup}/{_SIGNING_KEY}"
