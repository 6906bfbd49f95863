"""One-time codes that a person reads off a screen and types into a device.

Eight characters of Crockford's base32 (https://www.crockford.com/base32.html): the first two tell
the shard of the account (modulo 64) and carry four random bits, the other six carry thirty.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field

from training_loop.store.keys import SHARDS, shard_tag

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BASE = len(_ALPHABET)
_LENGTH = 8
_LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": ""})
_LONGEST_TYPED = 32


@dataclass(frozen=True, slots=True)
class PairingCode:
    """A code in its canonical form. A secret: `repr` hides it."""

    characters: str = field(repr=False)

    @staticmethod
    def make(shard_number: int) -> PairingCode:
        """A fresh random code for an account of that shard."""
        first = shard_number + SHARDS * secrets.randbelow(_BASE**2 // SHARDS)
        head = _ALPHABET[first // _BASE] + _ALPHABET[first % _BASE]
        return PairingCode(head + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH - 2)))

    @staticmethod
    def parse(typed: str) -> PairingCode | None:
        """What a person typed, in any case, with or without separators and with the letters O, I
        and L for the digits that they look like; None when it can't be a code."""
        if len(typed) > _LONGEST_TYPED:
            return None
        characters = typed.upper().translate(_LOOK_ALIKES)
        if len(characters) != _LENGTH or any(c not in _ALPHABET for c in characters):
            return None
        return PairingCode(characters)

    @property
    def shard(self) -> str:
        """The tag of the shard that knows the code."""
        first = _ALPHABET.index(self.characters[0]) * _BASE + _ALPHABET.index(self.characters[1])
        return shard_tag(first % SHARDS)

    @property
    def digest(self) -> str:
        """What is stored of it."""
        return hashlib.sha256(b"earmark pairing code " + self.characters.encode()).hexdigest()

    def shown(self) -> str:
        """For a person's eyes, for example "7K4T-Q9ZM"."""
        return f"{self.characters[:4]}-{self.characters[4:]}"
