"""Equal models as equal files: what Rasa writes into an archive for the moment alone goes.

Rasa names each training anew (`model_id`, a random `output_fingerprint` for each component) and
notes its time, and the archive notes when each file was written and whose it is. Nothing computes
with any of it. Names become hashes of the content here, times become the epoch: when and from what
a model was trained stands, signed, in the registry's manifest.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training_loop.training.rasa_command import RasaFailed

METADATA = "metadata.json"
_COMPONENTS = "components/"
_NO_TIME = "1970-01-01T00:00:00"
_NAME_LENGTH = 32
_LEVEL = 6


def make_reproducible(archive: Path) -> None:
    """Rewrites a Rasa archive in its place: the same weights and settings give the same bytes.

    With the same versions of Python's `json` and of zlib, that is. Blocks on the disk. Raises
    RasaFailed for what is no archive of Rasa's, and OSError when the disk refuses.
    """
    try:
        files = _files(archive)
        metadata = _without_the_moment(json.loads(files.pop(METADATA)), files)
    except (tarfile.TarError, EOFError, ValueError, KeyError, TypeError) as fault:
        raise RasaFailed("Rasa left something that is no model.") from fault
    files[METADATA] = json.dumps(metadata).encode()
    rewritten = archive.with_name(f".{archive.name}")
    try:
        _write(files, rewritten)
        rewritten.rename(archive)
    finally:
        rewritten.unlink(missing_ok=True)


def _files(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as members:
        return {
            member.name: file.read()
            for member in members
            if member.isfile() and (file := members.extractfile(member)) is not None
        }


def _without_the_moment(metadata: dict[str, Any], files: Mapping[str, bytes]) -> dict[str, Any]:
    for schema in ("train_schema", "predict_schema"):
        for node in metadata[schema]["nodes"].values():
            if (resource := node["resource"]) is not None and "output_fingerprint" in resource:
                inside = f"{_COMPONENTS}{resource['name']}/"
                own = {name: held for name, held in files.items() if name.startswith(inside)}
                resource["output_fingerprint"] = _name_of(own)
    metadata["trained_at"] = _NO_TIME
    metadata["model_id"] = ""
    everything = {**files, METADATA: json.dumps(metadata, sort_keys=True).encode()}
    metadata["model_id"] = _name_of(everything)
    return metadata


def _name_of(files: Mapping[str, bytes]) -> str:
    """As long as the names that Rasa draws."""
    found = hashlib.sha256()
    for name, content in sorted(files.items()):
        found.update(hashlib.sha256(name.encode()).digest() + hashlib.sha256(content).digest())
    return found.hexdigest()[:_NAME_LENGTH]


def _write(files: Mapping[str, bytes], path: Path) -> None:
    path.touch(mode=0o600)
    with (
        path.open("wb") as file,
        gzip.GzipFile("", "wb", _LEVEL, file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as members,
    ):
        for name, content in sorted(files.items()):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            members.addfile(member, io.BytesIO(content))
