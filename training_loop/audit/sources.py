"""Where an audit log can be verified: in the store, or in a file that was exported from it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from training_loop.audit.canonical import NotCanonical, canonical, read_canonical
from training_loop.audit.checkpoint import Head
from training_loop.audit.errors import AuditLogBroken
from training_loop.audit.log import AuditLog, all_shard_names
from training_loop.audit.transparency import TransparencyLog, TreeHead
from training_loop.audit.verify import AuditSource

_FORMAT = "earmark-audit-export/1"


class StoreSource:
    """Implements `AuditSource` on a running store and a state directory."""

    def __init__(self, log: AuditLog, transparency: TransparencyLog) -> None:
        self._log = log
        self._transparency = transparency

    async def leaves(self) -> Sequence[bytes]:
        return await asyncio.to_thread(self._transparency.leaves)

    async def tree_head(self) -> TreeHead | None:
        return await asyncio.to_thread(self._transparency.head)

    async def heads(self) -> Mapping[str, Head]:
        return await self._log.heads()

    async def entries(self) -> AsyncIterator[tuple[str, str]]:
        for shard in all_shard_names():
            async for line in self._log.lines(shard):
                yield shard, line


class FileSource:
    """Implements `AuditSource` on an exported file: JSON lines, the entries last.

    Raises AuditLogBroken for a file that is something else or was cut off.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        first = next(self._records(), {})
        if first.get("format") != _FORMAT:
            raise AuditLogBroken("this file is no exported audit log")

    async def leaves(self) -> Sequence[bytes]:
        return [str(one["leaf"]).encode() for one in self._records() if "leaf" in one]

    async def tree_head(self) -> TreeHead | None:
        try:
            return next(
                (
                    TreeHead.from_json(one["tree_head"])
                    for one in self._records()
                    if one.get("tree_head")
                ),
                None,
            )
        except ValueError as error:
            raise AuditLogBroken("the exported tree head is damaged") from error

    async def heads(self) -> Mapping[str, Head]:
        found: dict[str, Head] = {}
        for one in self._records():
            match one:
                case {"shard": str(shard), "number": int(number), "link": str(link)}:
                    found[shard] = (number, link)
        return found

    async def entries(self) -> AsyncIterator[tuple[str, str]]:
        for one in self._records():
            match one:
                case {"shard": str(shard), "entry": str(line)}:
                    yield shard, line

    def _records(self) -> Iterator[dict[str, object]]:
        with self._path.open("rb") as file:
            for line in file:
                try:
                    yield read_canonical(line.removesuffix(b"\n"))
                except NotCanonical as error:
                    raise AuditLogBroken("a line of the exported file is damaged") from error


async def export_audit(source: AuditSource, file: IO[bytes]) -> int:
    """Writes all that verifying needs; returns how many entries."""

    def put(record: Mapping[str, object]) -> None:
        file.write(canonical(record) + b"\n")

    put({"format": _FORMAT})
    leaves, head = await source.leaves(), await source.tree_head()
    for leaf in leaves:
        put({"leaf": leaf.decode("ascii")})
    put({"tree_head": head.to_json() if head else None})
    for shard, (number, link) in (await source.heads()).items():
        put({"shard": shard, "number": number, "link": link})
    count = 0
    async for shard, line in source.entries():
        put({"shard": shard, "entry": line})
        count += 1
    return count


def read_tree_head(path: Path) -> TreeHead:
    """A tree head that was kept in a file. Raises AuditLogBroken."""
    try:
        return TreeHead.from_json(json.loads(path.read_bytes()))
    except (ValueError, OSError) as error:
        raise AuditLogBroken("this file holds no tree head") from error
