"""The file or directory that a model is, and its hash."""

from __future__ import annotations

import hashlib
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from training_loop.durable_files import sync
from training_loop.registry.errors import ModelTampered


def sha256_of(path: Path) -> str:
    """Of a file's content; of a directory, over each file's path and content in a fixed order.

    Raises OSError, and ModelTampered for a directory that holds anything but files.
    """
    if not path.is_dir():
        return _file_sha256(path)
    found = hashlib.sha256()
    for file in files_below(path):
        found.update(f"{_file_sha256(file)}  {file.relative_to(path).as_posix()}\n".encode())
    return found.hexdigest()


def files_below(directory: Path) -> Iterator[Path]:
    """Its files, in the order of their paths. Raises ModelTampered for a link or a device."""
    found = sorted(directory.rglob("*"), key=lambda path: path.relative_to(directory).as_posix())
    for path in found:
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode):
            yield path
        elif not stat.S_ISDIR(mode):
            raise ModelTampered("A model's directory holds files alone.")


def copy_in(source: Path, target: Path) -> None:
    """For its owner alone, and on the disk when it returns. Raises OSError and ModelTampered."""
    if not source.is_dir():
        shutil.copyfile(source, target)
        seal(target)
        return
    target.mkdir(mode=0o700)
    for file in files_below(source):
        copy = target / file.relative_to(source)
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
        seal(copy)
    for directory in (*(path for path in target.rglob("*") if path.is_dir()), target):
        sync(directory)


def remove(path: Path) -> None:
    """Harmless where nothing is."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def seal(path: Path) -> None:
    path.chmod(0o600)
    sync(path)


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
