"""The registry's directory: one sub-directory a model, complete or not there at all."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from training_loop.audit.errors import SignatureWrong
from training_loop.audit.notary import Notary
from training_loop.audit.transparency import TransparencyLog
from training_loop.durable_files import sync, write_atomically
from training_loop.registry.artefact import copy_in, remove, seal
from training_loop.registry.artefact import sha256_of as sha256_of
from training_loop.registry.errors import ModelTampered, ModelUnknown
from training_loop.registry.kinds import ARTEFACTS, BEGINNINGS, kind_of
from training_loop.registry.manifest import FIRST_VERSION, Manifest

MANIFEST = "manifest.json"
SIGNATURE = "signature.json"
DECISION = "decision.json"
_UNFINISHED = ".unfinished-"
_MODEL = "model"
_DECIDED = "model decision"
"""What the signatures are for."""


class Decision(Enum):
    """What was decided about a model; whether it serves right now stands in the store."""

    CANDIDATE = "candidate"
    REFUSED = "refused"
    HELD = "held"
    """The gate let it not pass, and somebody who signs for it still may."""
    RELEASED = "released"
    WITHDRAWN = "withdrawn"
    """It learned from something whose consent ended, and was taken out of service for good."""

    @property
    def final(self) -> bool:
        """Its artefact is gone."""
        return self in (Decision.REFUSED, Decision.WITHDRAWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    decision: Decision
    reasons: tuple[str, ...] = ()


class Shelf:
    """Blocking; every write is synced to disk before its call returns.

    Manifests and decisions are signed by `notary`, which is the state directory's own unless told
    otherwise: `root` lies in it.
    """

    def __init__(self, root: Path, notary: Notary | None = None) -> None:
        self.root = root
        self._notary = notary or notary_beside(root)

    def prepare(self) -> None:
        """Makes the directory, for its owner alone, and removes what a crash left unfinished."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for leftover in self.root.glob(f"{_UNFINISHED}*"):
            with suppress(OSError), _alone_in(leftover):  # another process may be writing it
                shutil.rmtree(leftover, ignore_errors=True)

    def put(self, artefact: Path, manifest: Manifest, decided: Decided) -> None:
        """Copies the artefact in and signs. Putting the same model twice leaves the first.

        Without the artefact where the decision is final. Raises OSError for a full disk, and then
        nothing is there; ModelTampered, SigningKeyRefused.
        """
        model = manifest.model
        target = self.root / model
        if target.exists():
            return
        unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=self.root))
        try:
            with _alone_in(unfinished):
                if not decided.decision.final:
                    copy_in(artefact, unfinished / ARTEFACTS[manifest.kind])
                for name, content in (
                    (MANIFEST, manifest.to_bytes()),
                    (SIGNATURE, self._signature(manifest.to_bytes())),
                    (DECISION, self._decision(model, decided)),
                ):
                    (unfinished / name).write_bytes(content)
                    seal(unfinished / name)
                sync(unfinished)
                unfinished.rename(target)
            sync(self.root)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise

    def names(self) -> Iterator[str]:
        """Of all kinds, in a fixed order."""
        beginnings = tuple(BEGINNINGS.values())
        if self.root.exists():
            with os.scandir(self.root) as entries:
                yield from sorted(one.name for one in entries if one.name.startswith(beginnings))

    def archive(self, model: str) -> Path:
        """Its artefact: a file or a directory."""
        return self._directory(model) / ARTEFACTS[kind_of(model)]

    def has_artefact(self, model: str) -> bool:
        """False also for a model that nobody knows."""
        try:
            return self.archive(model).exists()
        except ModelUnknown:
            return False

    def manifest(self, model: str) -> Manifest:
        """Raises ModelUnknown, and ModelTampered when the manifest does not give its own id or was
        not signed here."""
        directory = self._directory(model)
        try:
            written = (directory / MANIFEST).read_bytes()
            signature = str(json.loads((directory / SIGNATURE).read_bytes())["signature"])
            self._notary.key().public.verify(_MODEL, written, signature)
            manifest = Manifest.from_bytes(written)
        except SignatureWrong as fault:
            raise ModelTampered(f"The manifest of {model} was changed.") from fault
        except (OSError, ValueError, KeyError, TypeError) as fault:
            raise ModelTampered(f"The manifest of {model} cannot be read.") from fault
        if manifest.model != model:
            raise ModelTampered(f"The manifest of {model} was changed.")
        return manifest

    def verified(self, model: str) -> Manifest:
        """The manifest, after the artefact was found to be what it says. Reads it all."""
        manifest = self.manifest(model)
        try:
            found = sha256_of(self.archive(model))
        except OSError as fault:
            raise ModelTampered(f"The archive of {model} cannot be read.") from fault
        if found != manifest.archive_sha256:
            raise ModelTampered(f"The archive of {model} was changed.")
        return manifest

    def decided(self, model: str) -> Decided:
        """Refused where the decision cannot be read or was not signed here."""
        try:
            content = json.loads((self._directory(model) / DECISION).read_bytes())
            decided = _decided(content)
            stated = _stated(model, decided)
            self._notary.key().public.verify(_DECIDED, stated, str(content["signature"]))
        except (OSError, ValueError, KeyError, TypeError, SignatureWrong):
            return Decided(decision=Decision.REFUSED, reasons=("Its decision cannot be read.",))
        return decided

    def decide(self, model: str, decided: Decided) -> None:
        """Replaces the decision. After a final one the artefact is gone: nobody needs it again."""
        directory = self._directory(model)
        write_atomically(directory / DECISION, self._decision(model, decided))
        if decided.decision.final:
            remove(directory / ARTEFACTS[kind_of(model)])
            sync(directory)

    def adopt(self) -> int:
        """Signs the models that Earmark 0.1 left, which knew no signatures; returns how many.

        Only for a registry that was not adopted before: what came unsigned afterwards is refused.
        """
        adopted = 0
        for model in self.names():
            directory = self.root / model
            try:
                written = (directory / MANIFEST).read_bytes()
                manifest = Manifest.from_bytes(written)
                decided = _decided(json.loads((directory / DECISION).read_bytes()))
            except (OSError, ValueError, KeyError, TypeError):
                continue
            unsigned = not (directory / SIGNATURE).exists()
            if unsigned and manifest.version == FIRST_VERSION and manifest.model == model:
                write_atomically(directory / DECISION, self._decision(model, decided))
                write_atomically(directory / SIGNATURE, self._signature(written))
                adopted += 1
        return adopted

    def directory(self, model: str) -> Path:
        """Raises ModelUnknown."""
        return self._directory(model)

    def _directory(self, model: str) -> Path:
        kind_of(model)
        directory = self.root / model
        if not directory.is_dir():
            raise ModelUnknown("There is no such model.")
        return directory

    def _signature(self, written: bytes) -> bytes:
        key = self._notary.key()
        signed = {"key": key.public.key_id, "signature": key.sign(_MODEL, written)}
        return json.dumps(signed).encode()

    def _decision(self, model: str, decided: Decided) -> bytes:
        signature = self._notary.key().sign(_DECIDED, _stated(model, decided))
        content = {
            "decision": decided.decision.value,
            "reasons": decided.reasons,
            "signature": signature,
        }
        return json.dumps(content, indent=1).encode()


@contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    """Raises BlockingIOError while another process is in it."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def notary_beside(root: Path) -> Notary:
    """The notary of the state directory that a registry lies in."""
    state = root.parent
    return Notary(TransparencyLog(state / "transparency"), state / "keys" / "signing.key")


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


def _decided(content: dict[str, object]) -> Decided:
    reasons = content["reasons"]
    if not isinstance(reasons, list):
        raise TypeError("reasons are a list")
    return Decided(decision=Decision(content["decision"]), reasons=tuple(map(str, reasons)))


def _stated(model: str, decided: Decided) -> bytes:
    """What a signature under a decision says."""
    return json.dumps([model, decided.decision.value, list(decided.reasons)]).encode()
