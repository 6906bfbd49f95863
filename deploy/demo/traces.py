"""Looks for what is left of an account: in the store, in its files, in every other file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis

from training_loop.registry.index import FILE
from training_loop.registry.shelf import MANIFEST

_LINEAGE = (MANIFEST, FILE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """How much of an account was found."""

    store_keys: int
    """Keys that name the account."""
    file_mentions: int
    """Times that a name of it stands in any file below the state but those of models' lineage."""
    manifest_mentions: int
    """Times that the manifests of models and data sets, and their index, name its items: ids that
    lead nowhere once it is gone."""
    audio_files: int
    """Sealed audio of everybody."""

    @property
    def none(self) -> bool:
        return not self.store_keys and not self.file_mentions

    def beside(self, after: Traces) -> list[tuple[str, int, int]]:
        """A row a figure: what it counts, before and after."""
        return [
            ("keys in the store", self.store_keys, after.store_keys),
            ("mentions in any file", self.file_mentions, after.file_mentions),
            ("sealed audio files, of everybody", self.audio_files, after.audio_files),
            (
                "item ids in the lineage of models, now leading nowhere",
                self.manifest_mentions,
                after.manifest_mentions,
            ),
        ]


async def traces(store: Redis, state: Path, names: Iterable[str]) -> Traces:
    """Searches for the names: an account's id and its utterances' ids."""
    wanted = [name.encode() for name in names]
    manifests = [path for path in _files(state) if path.name in _LINEAGE]
    keys = [key async for key in store.scan_iter(count=1000)]
    return Traces(
        store_keys=sum(any(name in _bytes(key) for name in wanted) for key in keys),
        file_mentions=sum(
            _mentions(path, wanted) for path in _files(state) if path not in manifests
        ),
        manifest_mentions=sum(_mentions(path, wanted) for path in manifests),
        audio_files=sum(1 for _ in _files(state / "blobs")),
    )


def _bytes(key: str | bytes) -> bytes:
    return key if isinstance(key, bytes) else key.encode()


def _files(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def _mentions(path: Path, wanted: list[bytes]) -> int:
    try:
        content = path.read_bytes()
    except FileNotFoundError:  # the server runs on, and has removed or renamed it meanwhile
        return 0
    return sum(content.count(name) for name in wanted)
