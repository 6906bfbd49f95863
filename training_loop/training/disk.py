"""A full disk, told as what it is."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from training_loop.training.errors import DiskFull

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def full_disk_explained() -> Iterator[None]:
    """Raises DiskFull for the operating system's error; other errors pass."""
    try:
        yield
    except OSError as fault:
        if fault.errno in FULL:
            raise DiskFull("The disk is full.") from fault
        raise
