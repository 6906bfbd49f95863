"""Where sealed audio lies, as the auditor sees it: containers with files in them, of any name."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import obstore
from obstore.exceptions import BaseError

from training_loop.auditor.quarantine import KEPT_S
from training_loop.bucket import open_bucket
from training_loop.errors import StoreUnavailable

HELD = ".held"
"""Ends the name of a blob that was set aside: no reader finds it; it goes with its container."""
_LISTED_AT_ONCE = 1000


class BlobShelf(Protocol):
    """All of it raises StoreUnavailable or OSError."""

    async def containers(self) -> list[str]:
        """Every name at the top, in order, those that are no container's included."""
        ...

    async def files(self, container: str, *, older_than_s: float) -> set[str]:
        """The names of what is in a container and old enough; destroys what was held for
        `KEPT_S`."""
        ...

    async def hold(self, container: str, names: Collection[str]) -> set[str]:
        """Sets files aside under other names; returns those that were still there."""
        ...


def open_shelf(blobs_url: str, directory: Path) -> BlobShelf:
    """The bucket of a URL, or the directory where there is none. Raises InvalidArgument."""
    return BucketShelf(blobs_url) if blobs_url else DirectoryShelf(directory)


class DirectoryShelf:
    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def containers(self) -> list[str]:
        return await asyncio.to_thread(self._names)

    async def files(self, container: str, *, older_than_s: float) -> set[str]:
        return await asyncio.to_thread(self._files, self._directory / container, older_than_s)

    async def hold(self, container: str, names: Collection[str]) -> set[str]:
        return await asyncio.to_thread(self._hold, self._directory / container, names)

    def _names(self) -> list[str]:
        there = self._directory.is_dir()
        return sorted(path.name for path in self._directory.iterdir()) if there else []

    def _files(self, container: Path, older_than_s: float) -> set[str]:
        now, found = time.time(), set()
        with suppress(FileNotFoundError):
            for path in container.iterdir():
                with suppress(FileNotFoundError):
                    age_s = now - path.stat().st_mtime
                    if path.name.endswith(HELD):
                        if age_s > KEPT_S:
                            path.unlink()
                    elif age_s >= older_than_s:
                        found.add(path.name)
        return found

    def _hold(self, container: Path, names: Collection[str]) -> set[str]:
        held = set()
        for name in names:
            with suppress(FileNotFoundError):
                path = container / name
                path.rename(path.with_name(name + HELD))
                os.utime(path.with_name(name + HELD))
                held.add(name)
        return held


class BucketShelf:
    """On S3. A blob that is held is copied under its new name, and then removed under the old."""

    def __init__(self, url: str) -> None:
        """Does not connect yet. Raises InvalidArgument."""
        self._bucket = open_bucket(url)

    async def containers(self) -> list[str]:
        with _failures():
            found = await obstore.list_with_delimiter_async(self._bucket)
        return sorted([*found["common_prefixes"], *(blob["path"] for blob in found["objects"])])

    async def files(self, container: str, *, older_than_s: float) -> set[str]:
        now, found, expired = datetime.now(UTC), set(), []
        prefix = f"{container}/"
        with _failures():
            async for page in obstore.list(self._bucket, prefix, chunk_size=_LISTED_AT_ONCE):
                for blob in page:
                    age_s = (now - blob["last_modified"]).total_seconds()
                    if blob["path"].endswith(HELD):
                        expired += [blob["path"]] if age_s > KEPT_S else []
                    elif age_s >= older_than_s:
                        found.add(blob["path"].removeprefix(prefix))
            if expired:
                await obstore.delete_async(self._bucket, expired)
        return found

    async def hold(self, container: str, names: Collection[str]) -> set[str]:
        held = set()
        for name in names:
            path = f"{container}/{name}"
            with _failures(), suppress(FileNotFoundError):
                await obstore.copy_async(self._bucket, path, path + HELD)
                await obstore.delete_async(self._bucket, path)
                held.add(name)
        return held


@contextmanager
def _failures() -> Iterator[None]:
    """The object store's errors as ours; their texts name addresses and stay out."""
    try:
        yield
    except (BaseError, OSError) as error:
        raise StoreUnavailable(
            f"the object store cannot do this now ({type(error).__name__})"
        ) from None
