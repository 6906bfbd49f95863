"""Where manifests are: one directory a data set, complete or not there at all."""

from __future__ import annotations

import json
import logging
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from training_loop.audit.errors import SignatureWrong
from training_loop.audit.notary import Notary
from training_loop.datasets.errors import DatasetTampered, DatasetUnknown, LatestTampered
from training_loop.datasets.manifest import BEGINNING, DatasetManifest
from training_loop.durable_files import sync, write_atomically
from training_loop.errors import InvalidArgument

PURPOSE = "data set"
_MANIFEST = "manifest.json"
_SIGNATURE = "signature.json"
_UNFINISHED = ".unfinished-"
_ASIDE = ".aside-"

LATEST_PURPOSE = "latest data set"
_LATEST = "latest.json"
"""Names the one that was put last, signed."""

_log = logging.getLogger(__name__)


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
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=self._root))
        try:
            _write(unfinished / _MANIFEST, written)
            _write(unfinished / _SIGNATURE, self._signed(PURPOSE, written))
            sync(unfinished)
            unfinished.rename(target)
            sync(self._root)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        self._note(name)

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

    def latest(self) -> DatasetManifest | None:
        """The newest that is what was signed. Raises LatestTampered where the one that was put last
        was changed or is gone; where nothing says which that was, for any that was changed."""
        sound, changed = self._sorted()
        noted = self._noted()
        if noted in changed or (changed and not noted):
            name = noted or changed[-1]
            raise LatestTampered(f"{name} is not what was signed.", data_set=name)
        if noted and noted not in {one.name for one in sound}:
            raise LatestTampered(f"{noted}, the latest data set, is gone.", data_set=noted)
        if changed:
            _log.warning("data sets that are not what was signed: %s", ", ".join(changed))
        return max(sound, key=lambda one: one.created_at_s, default=None)

    def refuse_sound(self, name: str) -> None:
        """Raises InvalidArgument for one that is what was signed, and DatasetUnknown for a name
        that is neither here nor noted as the latest."""
        sound, changed = self._sorted()
        if name in {one.name for one in sound}:
            raise InvalidArgument(f"{name} is what was signed: nothing is wrong with it.")
        if name not in changed and name != self._noted():
            raise DatasetUnknown("There is no such data set.")

    def set_aside(self, name: str) -> None:
        """Keeps what is there of it, for whoever finds out what happened, out of the way. The
        newest of the others is the latest then. Raises as `refuse_sound`, and OSError."""
        self.refuse_sound(name)
        if (self._root / name).is_dir():
            (self._root / name).rename(self._root / f"{_ASIDE}{name}-{secrets.token_hex(4)}")
            sync(self._root)
        sound, _ = self._sorted()
        if sound:
            self._note(max(sound, key=lambda one: one.created_at_s).name)
        else:
            (self._root / _LATEST).unlink(missing_ok=True)

    def _sorted(self) -> tuple[list[DatasetManifest], list[str]]:
        """Those that are what was signed, and the names of the others."""
        sound, changed = [], []
        for name in self.names():
            try:
                sound.append(self.manifest(name))
            except DatasetTampered:
                changed.append(name)
            except DatasetUnknown:
                continue  # a file, or set aside meanwhile
        return sound, changed

    def _note(self, name: str) -> None:
        signed = json.loads(self._signed(LATEST_PURPOSE, name.encode()))
        content = json.dumps({"data_set": name, **signed}).encode()
        write_atomically(self._root / _LATEST, content)

    def _noted(self) -> str:
        """Empty where nobody signed that one is the latest: before the first, and in directories
        from before this was noted."""
        try:
            content = json.loads((self._root / _LATEST).read_bytes())
            name = str(content["data_set"])
            signature = str(content["signature"])
            self._notary.key().public.verify(LATEST_PURPOSE, name.encode(), signature)
        except FileNotFoundError:
            return ""
        except (OSError, ValueError, KeyError, TypeError, SignatureWrong):
            _log.warning("what says which data set is the latest was changed")
            return ""
        return name

    def _signed(self, purpose: str, content: bytes) -> bytes:
        key = self._notary.key()
        signed = {"key": key.public.key_id, "signature": key.sign(purpose, content)}
        return json.dumps(signed).encode()


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
