"""Encrypted audio in an S3-compatible object store."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import obstore
from obstore.exceptions import BaseError

from training_loop.bucket import open_bucket
from training_loop.vault.blobs import checked, container_of, is_container
from training_loop.vault.errors import BlobsUnavailable

_LISTED_AT_ONCE = 1000


class S3Blobs:
    """Implements `BlobStore` on a bucket: see `open_bucket` for its address.

    A bucket that keeps old versions is refused at the first write: what is erased would stay.
    """

    def __init__(self, url: str) -> None:
        """Does not connect yet. Raises InvalidArgument."""
        self._store = open_bucket(url)

    def close(self) -> None:
        """Connections end by themselves."""

    async def write(self, path: str, sealed: bytes) -> None:
        with _failures():
            result = await obstore.put_async(
                self._store, checked(path), sealed, use_multipart=False
            )
        if result["version"] not in (None, "null"):
            await self.remove(path)
            raise BlobsUnavailable(
                "the bucket keeps old versions of what is removed; turn its versioning off"
            )

    async def read(self, path: str) -> bytes:
        with _failures():
            found = await obstore.get_async(self._store, checked(path))
            return bytes(await found.bytes_async())

    async def remove(self, path: str) -> int:
        with _failures():
            container = container_of(path)
            if container:
                return await self._remove_all(container)
            try:
                await obstore.head_async(self._store, path)
            except FileNotFoundError:
                # The answer has no text: only a listing tells whether the bucket is there.
                await self._changed(path.partition("/")[0])
                return 0
            await obstore.delete_async(self._store, path)
        return 1

    async def containers(
        self, *, unchanged_for_s: float, besides: frozenset[str] = frozenset()
    ) -> frozenset[str]:
        latest = datetime.now(UTC) - timedelta(seconds=unchanged_for_s)
        with _failures():
            found = await obstore.list_with_delimiter_async(self._store)
            unknown = {name for name in found["common_prefixes"] if is_container(name)} - besides
            ages = await asyncio.gather(*(self._changed(name) for name in sorted(unknown)))
        return frozenset(
            name for name, age in zip(sorted(unknown), ages, strict=True) if age < latest
        )

    async def _remove_all(self, container: str) -> int:
        removed = 0
        async for page in obstore.list(self._store, f"{container}/", chunk_size=_LISTED_AT_ONCE):
            await obstore.delete_async(self._store, [blob["path"] for blob in page])
            removed += len(page)
        return removed

    async def _changed(self, container: str) -> datetime:
        newest = datetime.min.replace(tzinfo=UTC)
        async for page in obstore.list(self._store, f"{container}/", chunk_size=_LISTED_AT_ONCE):
            newest = max(newest, *(blob["last_modified"] for blob in page))
        return newest


@contextmanager
def _failures() -> Iterator[None]:
    """The object store's errors as ours; their texts name addresses and stay out."""
    try:
        yield
    except FileNotFoundError as error:
        _raise_for_bucket(error)
        raise FileNotFoundError("no such blob") from None
    except BlobsUnavailable:
        raise
    except (BaseError, OSError) as error:
        raise BlobsUnavailable(
            f"the object store cannot do this now ({type(error).__name__})"
        ) from None


def _raise_for_bucket(error: FileNotFoundError) -> None:
    """A bucket that is missing is not a blob that is."""
    if "NoSuchBucket" in str(error):
        raise BlobsUnavailable("the bucket does not exist") from None
