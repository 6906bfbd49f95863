"""The files of a backup.

`manifest.json`, written last, names the place in the tombstone log and the hash of `store.jsonl`,
which has one line for each key: `{"key", "ttl_ms", "dump"}` with the server's own DUMP format, or
`{"key", "fields"}` for an account's hash, whose wrapped keys are sealed again under the backup's
own keys. `blobs/` has sealed audio under the names it has in the store, `transparency/` the
transparency log, and `signing.key.sealed` the key that signs it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from training_loop.backup.errors import BackupRefused
from training_loop.durable_files import write_atomically
from training_loop.registry.artefact import sha256_of

FORMAT = "earmark-backup/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    backup: str
    made_at_s: float
    expires_at_s: float
    tombstones: int
    """How many events the tombstone log had when the backup began."""
    store_sha256: str
    accounts: int
    leaves: int = 0
    """Of the transparency log; 0 where nothing had been signed."""
    format: str = FORMAT


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One key: a dump, or the fields of an account."""

    key: str
    ttl_ms: int = 0
    """0 for a key that does not expire."""
    dump: bytes = b""
    fields: Mapping[str, bytes] | None = None

    def to_line(self) -> str:
        content: dict[str, object] = {"key": self.key}
        if self.fields is None:
            content |= {"ttl_ms": self.ttl_ms, "dump": base64.b64encode(self.dump).decode()}
        else:
            content["fields"] = {
                name: base64.b64encode(value).decode() for name, value in self.fields.items()
            }
        return json.dumps(content)

    @staticmethod
    def from_line(line: str) -> Entry:
        content = json.loads(line)
        if "fields" not in content:
            dump = base64.b64decode(content["dump"])
            return Entry(key=content["key"], ttl_ms=content["ttl_ms"], dump=dump)
        fields = {name: base64.b64decode(value) for name, value in content["fields"].items()}
        return Entry(key=content["key"], fields=fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    directory: Path

    @property
    def store(self) -> Path:
        return self.directory / "store.jsonl"

    @property
    def blobs(self) -> Path:
        return self.directory / "blobs"

    @property
    def transparency(self) -> Path:
        return self.directory / "transparency"

    @property
    def signing_key(self) -> Path:
        """Sealed."""
        return self.directory / "signing.key.sealed"

    @property
    def _manifest(self) -> Path:
        return self.directory / "manifest.json"

    def write_manifest(self, manifest: Manifest) -> None:
        write_atomically(self._manifest, json.dumps(asdict(manifest), indent=1).encode())

    def read_manifest(self) -> Manifest:
        """Raises BackupRefused for a backup that is incomplete or was changed."""
        try:
            manifest = Manifest(**json.loads(self._manifest.read_bytes()))
            whole = sha256_of(self.store) == manifest.store_sha256
        except (OSError, ValueError, TypeError) as error:
            raise BackupRefused("this is no complete backup") from error
        if manifest.format != FORMAT or not whole:
            raise BackupRefused("the backup is of another format, or was changed")
        return manifest

    def entries(self) -> Iterator[Entry]:
        with self.store.open(encoding="ascii") as lines:
            for line in lines:
                yield Entry.from_line(line)
