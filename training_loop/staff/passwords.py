"""Passwords: which are taken, and how they are stored."""

from __future__ import annotations

import asyncio
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from zxcvbn import zxcvbn

from training_loop.staff.errors import PasswordRefused

CHARACTERS = range(12, 129)
_AT_ONCE = 2
_LEAST_SCORE = 3
_JUDGED_CHARACTERS = 72
"""zxcvbn takes no more."""

NOBODYS = (
    "$argon2id$v=19$m=19456,t=2,p=1$"
    "8HrxSSq9Q0msVbcqrNdW8Q$Pt+7KCRtpwoucb/uMXlNDT2ItO4DH4ra9FL6IDEGFxw"
)
"""A random password's hash, with the parameters below: compared with where there is none."""


class Passwords:
    """Argon2id with 19 MiB, two passes, one lane, as OWASP's Password Storage Cheat Sheet has it.

    At most two are computed at once in a process, so that guesses cannot take all its memory.
    """

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def hash(self, password: str, *, name: str) -> str:
        """Raises PasswordRefused for one that is too short, too long, or easily guessed."""
        written = _normal(password)
        if len(written) not in CHARACTERS:
            raise PasswordRefused("a password has 12 to 128 characters")
        async with self._room:
            if await asyncio.to_thread(_guessable, written, name):
                raise PasswordRefused("this password is easily guessed")
            return await asyncio.to_thread(self._hasher.hash, written)

    async def verify(self, known: str | None, password: str) -> bool:
        """Takes as long when nothing is known to compare with, and is then false."""
        written = _normal(password)[: CHARACTERS.stop]
        async with self._room:
            fits = await asyncio.to_thread(self._fits, known or NOBODYS, written)
        return fits and known is not None

    async def renewed(self, known: str, password: str) -> str | None:
        """A verified password hashed again, when the parameters have changed since."""
        if not self._hasher.check_needs_rehash(known):
            return None
        async with self._room:
            return await asyncio.to_thread(self._hasher.hash, _normal(password))

    def _fits(self, known: str, password: str) -> bool:
        try:
            return self._hasher.verify(known, password)
        except (VerifyMismatchError, InvalidHashError):
            return False


def _guessable(password: str, name: str) -> bool:
    """By dictionaries of common passwords, names and words, dates, rows of keys, repetitions."""
    judged = zxcvbn(password[:_JUDGED_CHARACTERS], user_inputs=[name, "earmark"])
    return int(judged["score"]) < _LEAST_SCORE


def _normal(password: str) -> str:
    """The same on every keyboard; as NIST SP 800-63B recommends."""
    return unicodedata.normalize("NFKC", password)
