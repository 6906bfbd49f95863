"""The registry's directory: one sub-directory a model, complete or not there at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from training_loop.registry.errors import ModelTampered, ModelUnknown
from training_loop.registry.manifest import Manifest

ARCHIVE = "model.tar.gz"
MANIFEST = "manifest.json"
DECISION = "decision.json"
_UNFINISHED = ".unfinished-"


class Decision(Enum):
    """What was decided about a model; whether it serves right now stands in the store."""

    CANDIDATE = "candidate"
    REFUSED = "refused"
    RELEASED = "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    decision: Decision
    reasons: tuple[str, ...] = ()


class Shelf:
    """Blocking; every write is synced to disk before its call returns."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def prepare(self) -> None:
        """Makes the directory, for its owner alone, and removes what a crash left unfinished."""
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for leftover in self._root.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(leftover, ignore_errors=True)

    def put(self, archive: Path, manifest: Manifest, decided: Decided) -> None:
        """Copies the archive in. Putting the same model twice leaves the first."""
        target = self._root / manifest.model
        if target.exists():
            return
        unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=self._root))
        try:
            shutil.copyfile(archive, unfinished / ARCHIVE)
            (unfinished / MANIFEST).write_bytes(manifest.to_bytes())
            (unfinished / DECISION).write_bytes(_decision_bytes(decided))
            for path in unfinished.iterdir():
                path.chmod(0o600)
                _sync(path)
            _sync(unfinished)
            unfinished.rename(target)
            _sync(self._root)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise

    def names(self) -> Iterator[str]:
        if self._root.exists():
            yield from sorted(path.name for path in self._root.glob("nlu-*"))

    def archive(self, model: str) -> Path:
        return self._directory(model) / ARCHIVE

    def manifest(self, model: str) -> Manifest:
        """Raises ModelUnknown, and ModelTampered when the manifest does not give its own id."""
        path = self._directory(model) / MANIFEST
        try:
            manifest = Manifest.from_bytes(path.read_bytes())
        except (OSError, ValueError, KeyError, TypeError) as fault:
            raise ModelTampered(f"The manifest of {model} cannot be read.") from fault
        if manifest.model != model:
            raise ModelTampered(f"The manifest of {model} was changed.")
        return manifest

    def verified(self, model: str) -> Manifest:
        """The manifest, after the archive was found to be what it says. Reads it all."""
        manifest = self.manifest(model)
        try:
            found = sha256_of(self.archive(model))
        except OSError as fault:
            raise ModelTampered(f"The archive of {model} cannot be read.") from fault
        if found != manifest.archive_sha256:
            raise ModelTampered(f"The archive of {model} was changed.")
        return manifest

    def decided(self, model: str) -> Decided:
        try:
            content = json.loads((self._directory(model) / DECISION).read_bytes())
            return Decided(
                decision=Decision(content["decision"]), reasons=tuple(content["reasons"])
            )
        except (OSError, ValueError, KeyError, TypeError):
            return Decided(decision=Decision.REFUSED, reasons=("Its decision cannot be read.",))

    def decide(self, model: str, decided: Decided) -> None:
        """Replaces the decision. A refused model loses its archive: it is never needed again."""
        directory = self._directory(model)
        write_atomically(directory / DECISION, _decision_bytes(decided))
        if decided.decision is Decision.REFUSED:
            (directory / ARCHIVE).unlink(missing_ok=True)
            _sync(directory)

    def _directory(self, model: str) -> Path:
        directory = self._root / model
        if not model.startswith("nlu-") or "/" in model or not directory.is_dir():
            raise ModelUnknown("There is no such model.")
        return directory


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def rasa_version_of(archive: Path) -> str:
    """What Rasa wrote into its own archive. Raises ModelTampered when that is no Rasa model."""
    try:
        with tarfile.open(archive) as members:
            metadata = members.extractfile("metadata.json")
            if metadata is None:
                raise ModelTampered("The archive holds no Rasa model.")
            return str(json.load(metadata)["rasa_open_source_version"])
    except (OSError, tarfile.TarError, KeyError, ValueError) as fault:
        raise ModelTampered("The archive holds no Rasa model.") from fault


def write_atomically(path: Path, content: bytes) -> None:
    """Readers see the old content or the new; after the call the new survives a power cut."""
    descriptor, name = tempfile.mkstemp(prefix=".", dir=path.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def _decision_bytes(decided: Decided) -> bytes:
    content = {"decision": decided.decision.value, "reasons": decided.reasons}
    return json.dumps(content, indent=1).encode()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
