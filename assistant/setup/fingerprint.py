"""Fingerprints: whether what set-up made still belongs to what it was made from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def of_file(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def of_tree(root: Path, files: Iterable[Path], *more: str) -> str:
    """SHA-256 over names (relative to `root`) and contents of the files, and `more`."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path.relative_to(root).as_posix()}\0{of_file(path)}\n".encode())
    for text in more:
        digest.update(f"{text}\n".encode())
    return digest.hexdigest()


def read(path: Path) -> str:
    """A fingerprint that was written, empty when there is none."""
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def write(path: Path, fingerprint: str) -> None:
    """Replaces the fingerprint in one step."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(f"{fingerprint}\n", encoding="ascii")
    fresh.replace(path)
