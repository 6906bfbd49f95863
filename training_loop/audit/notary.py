"""The transparency log with the key that signs it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from training_loop.audit.errors import SigningKeyRefused
from training_loop.audit.signing import PublicKey, SigningKey
from training_loop.audit.transparency import Inclusion, TransparencyLog


class Notary:
    """Both of one state directory. The key is read when it is first needed, and made with the very
    first leaf: later, a missing key is refused. Methods may block on the disk."""

    def __init__(self, log: TransparencyLog, key_file: Path) -> None:
        self.log = log
        self._key_file = key_file
        self._key: SigningKey | None = None

    def key(self) -> SigningKey:
        """Raises SigningKeyRefused."""
        if self._key is None:
            self._key = SigningKey.open(self._key_file, create=self.log.head() is None)
            self.public_key_file.write_bytes(self._key.public.pem)
        return self._key

    def secret(self) -> bytes:
        """The key itself, for a backup that seals it. Raises SigningKeyRefused."""
        self.key()
        return self._key_file.read_bytes()

    def adopt(self, secret: bytes) -> None:
        """Puts the key of a backup in its place.

        Raises SigningKeyRefused when another one is there: its signatures could not be verified any
        more.
        """
        if not self._key_file.exists():
            SigningKey.write(self._key_file, secret)
        elif SigningKey.from_pem(secret).public != self.key().public:
            raise SigningKeyRefused("another signing key is here than the backup's")

    def add(self, leaf: bytes) -> Inclusion:
        """Raises SigningKeyRefused, TransparencyLogDamaged and OSError for a full disk."""
        with self.writing() as add:
            return add(leaf)

    def writing(self) -> AbstractContextManager[Callable[[bytes], Inclusion]]:
        """Gives what adds a leaf, while nobody else adds one. Raises as `add` does."""
        return self.log.writing(self.key())

    @property
    def public_key_file(self) -> Path:
        """A copy for whoever verifies; keep one elsewhere as well."""
        return self._key_file.with_suffix(".pub")

    def public_key(self) -> PublicKey:
        """Raises FileNotFoundError before the first leaf, and SigningKeyRefused."""
        return PublicKey.from_pem(self.public_key_file.read_bytes())
