"""Puts a finished export where its recipient fetches it: whole, or not at all. Blocking."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from training_loop.datasets.errors import ExporterMissing
from training_loop.durable_files import sync
from training_loop.errors import InvalidArgument
from training_loop.training.workspace import workspace

_UNFINISHED = ".earmark-unfinished"


def check_target(target: Path) -> None:
    """Raises InvalidArgument."""
    if target.exists() or target.is_symlink():
        raise InvalidArgument("There is something at the export's place already.")
    if not target.parent.is_dir():
        raise InvalidArgument("The directory that the export is to be put into is not there.")


def age_recipient(key: str) -> object:
    """Raises InvalidArgument for anything but an age public key ("age1..."), and ExporterMissing
    where pyrage is not installed."""
    try:
        import pyrage
    except ImportError as fault:
        raise ExporterMissing("Encrypting needs pyrage.") from fault
    try:
        return pyrage.x25519.Recipient.from_str(key.strip())
    except pyrage.RecipientError:
        raise InvalidArgument("A recipient's key is an age public key, age1...") from None


@contextmanager
def packed(directory: Path, target: Path, recipient: object | None) -> Iterator[Path]:
    """What is to be renamed to `target`, on the same disk and synced: a copy of the directory, or
    a tar file encrypted to an age key. Gone at the end unless it was renamed. Raises OSError.

    What a killed export left beside the target is removed first.
    """
    rooms = target.parent / _UNFINISHED
    with workspace(rooms) as room:
        finished = room / "export"
        if recipient is None:
            shutil.copytree(directory, finished)
            finished.chmod(0o700)
        else:
            _encrypt(directory, target.name.split(".")[0], finished, recipient)
        for path in (finished, *finished.rglob("*")):
            sync(path)
        yield finished
    with suppress(OSError):  # another export may be under way beside this one
        rooms.rmdir()


def put(finished: Path, target: Path) -> None:
    """Raises OSError, also where something has come to the target meanwhile."""
    if target.exists():
        raise FileExistsError(target.name)
    finished.rename(target)
    sync(target.parent)


def _encrypt(directory: Path, name: str, target: Path, recipient: object) -> None:
    import pyrage

    plain = directory.with_name(f"{directory.name}.tar")  # in the workspace, which is swept
    with tarfile.open(plain, "w") as archive:
        archive.add(directory, arcname=name, filter=_anonymous)
    with plain.open("rb") as reader, target.open("wb") as writer:
        target.chmod(0o600)
        pyrage.encrypt_io(reader, writer, [recipient])


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without this machine's users."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member
