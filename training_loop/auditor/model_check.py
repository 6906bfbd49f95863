"""Checks that every model that may serve learned only from what is consented to now."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from training_loop.auditor.container_check import ContainerCheck
from training_loop.auditor.finding import Finding, RoundReport
from training_loop.auditor.key_names import KeyName
from training_loop.auditor.rules import Reason, container
from training_loop.store import keys
from training_loop.store.client import store_errors

_GONE = ("refused", "withdrawn")
_KINDS = ("nlu", "lm", "th", "am")
Learned = Set[tuple[str, str]]
"""Items with the epoch of the consent to learn from them."""


class ModelCheck:
    """Reads the manifests on disk and the consents in the store; changes no model.

    A model that has to be replaced goes on serving until it is: that is the registry's to do, and
    putting it aside would take everybody's assistant away. So it is named, once its time is over.
    """

    def __init__(
        self, store: Redis, directory: Path, containers: ContainerCheck, *, replaced_within_s: float
    ) -> None:
        self._store = store
        self._directory = directory
        self._containers = containers
        self._replaced_within_s = replaced_within_s

    async def run(self, report: RoundReport) -> None:
        """Raises StoreUnavailable."""
        manifests = await asyncio.to_thread(_manifests, self._directory)
        report.checked["model"] += len(manifests)
        changed = [model for model, learned in manifests.items() if learned is None]
        report.findings += [
            Finding(kind="model", reason=Reason.CHANGED, set_aside=False) for _ in changed
        ]
        wanted = {item for learned in manifests.values() for item in learned or ()}
        allowed = await self._allowed(wanted) if wanted else set()
        tainted = {model for model, learned in manifests.items() if (learned or set()) - allowed}
        for _ in await self._overdue(tainted):
            report.findings.append(Finding(kind="model", reason=Reason.TAINTED, set_aside=False))

    async def _allowed(self, wanted: Learned) -> set[tuple[str, str]]:
        """Those that are reviewed and consented to, read after the manifests that name them."""
        found: set[tuple[str, str]] = set()
        with store_errors():
            async for key in self._store.scan_iter(match="{s*}:v:*", count=1000):
                name = KeyName.parse(_text(key))
                if name is None or not name.account:
                    continue
                items = await self._store.hkeys(_text(key))
                there = {(_text(item), name.rest) for item in items} & wanted
                if there:
                    facts, _ = await self._containers.facts(name.account)
                    found |= there if container("v", name.rest, facts) is None else set()
        return found

    async def _overdue(self, tainted: Set[str]) -> list[str]:
        """Those that were first seen so long ago; remembers the others."""
        with store_errors():
            seconds, _ = await self._store.time()
            known: Any = await self._store.hgetall(keys.AUDITOR_MODELS)
            since = {_text(model): int(first) for model, first in known.items()}
            healed = since.keys() - tainted
            if healed:
                await self._store.hdel(keys.AUDITOR_MODELS, *healed)
            for model in tainted - since.keys():
                since[model] = seconds * 1000
                await self._store.hset(keys.AUDITOR_MODELS, model, str(since[model]))
        oldest_ms = (seconds - self._replaced_within_s) * 1000
        return [model for model in sorted(tainted) if since[model] <= oldest_ms]


def _manifests(directory: Path) -> Mapping[str, Learned | None]:
    """What each model whose artefact is there learned from; None where its manifest was changed."""
    found: dict[str, Learned | None] = {}
    for path in sorted(directory.glob("*-*/manifest.json")) if directory.is_dir() else ():
        model = path.parent.name
        kind, _, digest = model.partition("-")
        if kind not in _KINDS:
            continue
        try:
            written = path.read_bytes()
            decision = json.loads((path.parent / "decision.json").read_bytes())["decision"]
            if decision in _GONE:
                continue
            items = json.loads(written)["items"]
            named = hashlib.sha256(written).hexdigest()[:20] == digest
            found[model] = {(str(item), str(epoch)) for item, epoch in items} if named else None
        except (OSError, ValueError, KeyError, TypeError):
            found[model] = None
    return found


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
