"""Walks the sealed audio: every file has an item, or is on its way in or out."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from training_loop.auditor.finding import Finding, RoundReport
from training_loop.auditor.key_names import KeyName
from training_loop.auditor.pace import Pace
from training_loop.auditor.rules import Reason
from training_loop.auditor.shelf import BlobShelf
from training_loop.store import keys
from training_loop.store.client import store_errors

_CONTAINER = re.compile(r"[0-9a-f]{32}")
_PART = ".part"
_BLOB = re.compile(rf"[0-9a-f]{{32}}({re.escape(_PART)})?")
_PURPOSES = {"history": "h", "learning": "i"}
_CLIPS = ("k", "kh")
"""Clips in review, and cases: their sound lies with what machines learn from."""
_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owner:
    """The account and items that a container's blobs belong to."""

    account: str
    kind: str
    epoch: str
    review_epoch: str
    """Empty outside of the learning container, which holds the clips in review as well."""

    @property
    def keys(self) -> list[str]:
        """Whose values may name blobs of the container."""
        kinds = [(self.kind, self.epoch)]
        kinds += [(kind, self.review_epoch) for kind in _CLIPS if self.review_epoch]
        shard = keys.shard_of(self.account)
        return [f"{shard}:{kind}:{self.account}:{epoch}" for kind, epoch in kinds]


class BlobWalk:
    """One walk over a shelf of containers. Raises StoreUnavailable and OSError."""

    def __init__(self, store: Redis, shelf: BlobShelf, pace: Pace, *, grace_s: float) -> None:
        """`grace_s`: files younger than that are left to those who write them."""
        self._store = store
        self._shelf = shelf
        self._pace = pace
        self._grace_s = grace_s
        self._owners: Mapping[str, _Owner] = {}
        self._suspects: dict[str, set[str]] = {}

    async def names(self, after: str) -> list[str]:
        """The containers that come after one, in the order in which to look at them."""
        self._owners = await self._read_owners()
        return [name for name in await self._shelf.containers() if name > after]

    async def look(self, name: str, report: RoundReport) -> None:
        """A first look at one container; what is suspected then is looked at in `settle`."""
        if not _CONTAINER.fullmatch(name):
            report.checked["blob"] += 1
            report.findings.append(Finding(kind="blob", reason=Reason.STRAY, set_aside=False))
            return
        files = await self._shelf.files(name, older_than_s=self._grace_s)
        suspects = files - await self._referred_to(name)
        if suspects:
            self._suspects[name] = suspects
        report.checked["blob"] += len(files)
        await self._pace.after(max(1, len(files)))

    async def settle(self, report: RoundReport) -> None:
        """Sets aside what nothing refers to.

        The order of the three looks matters. A blob is announced, then referred to, then
        condemned, each in the step in which the state before it ends. So what is not announced
        now, not referred to after that, and not condemned after that, had none of these states
        when the first look began; and what was condemned and removed is no file any more.
        """
        for name, files in self._suspects.items():
            files -= await self._on_the_way(name, files)
        self._owners = await self._read_owners()
        for name, files in self._suspects.items():
            left = files - await self._referred_to(name) if files else files
            left -= await self._on_the_way(name, left)
            taken = await self._shelf.hold(name, left)
            strays = sum(not _BLOB.fullmatch(file) for file in taken)
            for reason, items in (
                (Reason.STRAY, strays),
                (Reason.UNREFERENCED, len(taken) - strays),
            ):
                if items:
                    report.findings.append(Finding(kind="blob", reason=reason, items=items))
        self._suspects = {}

    async def _on_the_way(self, container: str, files: Collection[str]) -> set[str]:
        """Those that are announced or condemned, in any shard: a container tells no account."""
        names = sorted(files)
        members = [f"{container}/", *(f"{container}/{name.removesuffix(_PART)}" for name in names)]
        known: set[str] = set()
        with store_errors():
            async with self._store.pipeline(transaction=False) as pipeline:
                for shard in keys.all_shards() if names else ():
                    pipeline.zmscore(keys.blob_intents(shard), members)
                for whole, *scores in await pipeline.execute():
                    if whole is not None:
                        return set(files)
                    known |= {
                        name for name, at in zip(names, scores, strict=True) if at is not None
                    }
        return known

    async def _referred_to(self, container: str) -> set[str]:
        owner = self._owners.get(container)
        if owner is None:
            return set()
        found = set()
        for key in owner.keys:
            found |= await self._blobs_of(key)
        with store_errors():
            aside: Any = await self._store.hkeys(keys.quarantine(owner.account))
        for name in aside:
            if name.split(b":")[3].decode() in ("h", "i", *_CLIPS):
                found |= await self._blobs_of(f"{keys.shard_of(owner.account)}:{name.decode()}")
        return found

    async def _blobs_of(self, key: str) -> set[str]:
        with store_errors():
            return {
                value.partition(b"|")[0].rpartition(b"/")[2].decode(errors="replace")
                async for _, value in self._store.hscan_iter(key, count=_AT_ONCE)
            }

    async def _read_owners(self) -> Mapping[str, _Owner]:
        """By container, read from the accounts themselves."""
        owners: dict[str, _Owner] = {}
        page: list[KeyName] = []
        with store_errors():
            async for key in self._store.scan_iter(match="{s*}:a:*", count=_AT_ONCE):
                name = KeyName.parse(key.decode(errors="replace"))
                page += [name] if name and name.account else []
                if len(page) >= _AT_ONCE:
                    owners |= await self._owners_among(page)
                    page = []
            return owners | await self._owners_among(page)

    async def _owners_among(self, page: list[KeyName]) -> dict[str, _Owner]:
        fields = [f"{purpose}_{part}" for purpose in _PURPOSES for part in ("container", "epoch")]
        fields.append("review_epoch")
        async with self._store.pipeline(transaction=False) as pipeline:
            for name in page:
                pipeline.hmget(name.key, fields)
            rows = await pipeline.execute()
        return {
            row[at].decode(): _Owner(
                account=name.account,
                kind=kind,
                epoch=row[at + 1].decode(),
                review_epoch=(row[4] or b"").decode() if kind == "i" else "",
            )
            for name, row in zip(page, rows, strict=True)
            for at, kind in zip((0, 2), _PURPOSES.values(), strict=True)
            if row[at] and row[at + 1]
        }
