"""The model that serves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingModel:
    """The model that serves; its artefact was verified when this was made."""

    model: str
    fingerprint: str
    path: Path
    """A file, or the directory of a Vosk model."""
    generation: int
