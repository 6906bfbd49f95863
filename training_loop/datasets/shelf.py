"""Where manifests are: one directory a data set, complete or not there at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from training_loop.audit.errors import SignatureWrong
from training_loop.audit.notary import Notary
from training_loop.datasets.errors import DatasetTampered, DatasetUnknown
from training_loop.datasets.manifest import BEGINNING, DatasetManifest
from training_loop.durable_files import sync

PURPOSE = "data set"
_MANIFEST = "manifest.json"
_SIGNATURE = "signature.json"
_UNFINISHED = ".unfinished-"


class ManifestShelf:
    """Blocking; what was put is on the disk when the call returns."""

    def __init__(self, root: Path, notary: Notary) -> None:
        self._root = root
        self._notary = notary

    def put(self, manifest: DatasetManifest) -> None:
        """Signs it. Putting the same again leaves the first. Raises OSError for a full disk, and
        then nothing is there; SigningKeyRefused."""
        name, written = manifest.name, manifest.to_bytes()
        target = self._root / name
        if target.exists():
            return
        key = self._notary.key()
        signed = {"key": key.public.key_id, "signature": key.sign(PURPOSE, written)}
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=self._root))
        try:
            _write(unfinished / _MANIFEST, written)
            _write(unfinished / _SIGNATURE, json.dumps(signed).encode())
            sync(unfinished)
            unfinished.rename(target)
            sync(self._root)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise

    def names(self) -> Iterator[str]:
        if self._root.is_dir():
            yield from sorted(path.name for path in self._root.glob(f"{BEGINNING}*"))

    def manifest(self, name: str) -> DatasetManifest:
        """Raises DatasetUnknown, and DatasetTampered unless it hashes to its name and is signed."""
        directory = self._root / name
        if not name.startswith(BEGINNING) or "/" in name or not directory.is_dir():
            raise DatasetUnknown("There is no such data set.")
        try:
            written = (directory / _MANIFEST).read_bytes()
            signature = str(json.loads((directory / _SIGNATURE).read_bytes())["signature"])
            self._notary.key().public.verify(PURPOSE, written, signature)
            manifest = DatasetManifest.from_bytes(written)
        except SignatureWrong as fault:
            raise DatasetTampered(f"The manifest of {name} was changed.") from fault
        except (OSError, ValueError, KeyError, TypeError) as fault:
            raise DatasetTampered(f"The manifest of {name} cannot be read.") from fault
        if manifest.name != name:
            raise DatasetTampered(f"{name} holds another data set's manifest.")
        return manifest


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
