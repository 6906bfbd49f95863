"""A temporary file that nobody can read: without a name, and sealed under a key in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Final

from training_loop.vault.cipher import decrypt, encrypt, new_key

CHUNK_BYTES: Final = 256 * 1024
_SEALED_EXTRA: Final = len(encrypt(new_key(), b"", ""))


class SealedSpool:
    """Written once from the beginning, then read from the beginning, in chunks of `CHUNK_BYTES`.

    What is written reaches the disk encrypted; the key dies with this object, and the file has no
    name that a crash could leave. Holds at most one chunk in memory. Raises OSError when there is
    no room. Not safe for concurrent use.
    """

    def __init__(self, directory: Path) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=directory, buffering=0)  # noqa: SIM115
        self._key = new_key()
        self._waiting = bytearray()
        self._chunks = 0

    def __enter__(self) -> SealedSpool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def write(self, plain: bytes) -> int:
        self._waiting += plain
        while len(self._waiting) >= CHUNK_BYTES:
            self._put(bytes(self._waiting[:CHUNK_BYTES]))
            del self._waiting[:CHUNK_BYTES]
        return len(plain)

    def flush(self) -> None:
        """Nothing to do: chunks go to the file when they are full, and the last one when read."""

    def chunks(self) -> Iterator[bytes]:
        """What was written; ends the writing."""
        if self._waiting:
            self._put(bytes(self._waiting))
            self._waiting.clear()
        self._file.seek(0)
        for number in range(self._chunks):
            sealed = self._file.read(CHUNK_BYTES + _SEALED_EXTRA)
            yield decrypt(self._key, sealed, str(number))

    def close(self) -> None:
        self._file.close()
        self._waiting.clear()

    def _put(self, plain: bytes) -> None:
        sealed = memoryview(encrypt(self._key, plain, str(self._chunks)))
        while sealed:
            sealed = sealed[self._file.write(sealed) :]
        self._chunks += 1
