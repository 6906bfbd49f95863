"""The model that set-up made, as the registry knows it: of nobody, and always there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from training_loop.registry.errors import ModelTampered
from training_loop.registry.kinds import kind_of
from training_loop.registry.manifest import Manifest
from training_loop.registry.shelf import Decided, Decision, Shelf, rasa_version_of, sha256_of
from training_loop.training.trainer import ModelKind


def registered_base(
    shelf: Shelf, archive: Path, base_data: str, kind: ModelKind, clock: Callable[[], float]
) -> Manifest:
    """Takes it in unless it is there already. Blocking. Raises OSError, ModelTampered for an
    archive that is none, SigningKeyRefused."""
    fingerprint = sha256_of(archive)
    for model in shelf.names():
        if kind_of(model) is not kind:
            continue
        with suppress(ModelTampered):
            manifest = shelf.manifest(model)
            if manifest.fingerprint == fingerprint and not manifest.parent:
                return manifest
    manifest = Manifest(
        kind=kind,
        parent="",
        created_at_s=clock(),
        archive_sha256=fingerprint,
        base_data=base_data,
        config="",
        rasa_version=rasa_version_of(archive) if kind is ModelKind.NLU else "",
        seed=0,
    )
    shelf.put(archive, manifest, Decided(decision=Decision.RELEASED))
    return manifest
