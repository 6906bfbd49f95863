"""Which sessions a canary answers: dealt by hash, the same for as long as a trial lasts."""

from __future__ import annotations

import hashlib

_RANGE = 1 << 64


def chosen(trial: str, key: str, share: float) -> bool:
    """Whether what `key` names belongs to the `share` (0 to 1), the same on every server.

    Another `trial` deals anew. A greater share keeps those that a smaller one had.
    """
    drawn = hashlib.blake2b(key.encode(), key=trial.encode()[:64], digest_size=8).digest()
    return int.from_bytes(drawn) < share * _RANGE
