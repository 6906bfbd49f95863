"""Queries of the registry at a thousand models, on a real store.

    python -m benchmarks.registry_queries [--models 1000] [--items 500] [--accounts 200]

Goal: each <= 100 ms. Items are shared between models as laps share them: each model learned from
the newest `--items` of what was reviewed until then.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from training_loop.datasets.item_ref import ItemRef
from training_loop.erasure.lineage import Lineage
from training_loop.registry.artefact import sha256_of
from training_loop.registry.manifest import Manifest
from training_loop.registry.registry import ModelRegistry
from training_loop.registry.shelf import Decided, Decision
from training_loop.store import keys
from training_loop.store.client import connect
from training_loop.store.supervisor import EmbeddedStore

GOAL_MS = 100.0
_EPOCH = 3
_NEW_A_LAP = 5
_REPEATS = 15
_out = Console()


async def _fill(store: Any, accounts: list[str], refs: list[ItemRef]) -> None:
    """Reviewed items of consenting accounts, without their content: queries never look at it."""
    pipeline = store.pipeline(transaction=False)
    for account in accounts:
        fields = {"state": "live", "learning_epoch": _EPOCH, "learning_container": "c"}
        pipeline.hset(keys.account(account), mapping=fields)
        pipeline.sadd(keys.consenting_accounts(keys.shard_of(account)), account)
    for account, ref in zip(itertools.cycle(accounts), refs, strict=False):
        pipeline.hset(keys.learning_items(account, _EPOCH), ref.item, b"x")
        pipeline.hset(keys.reviewed(account, _EPOCH), ref.item, b"x")
    await pipeline.execute()


def _register(registry: ModelRegistry, work: Path, refs: list[ItemRef], given: Any) -> list[str]:
    artefact = work / "thresholds.json"
    artefact.write_text("{}")
    fingerprint, parent, models = sha256_of(artefact), "", []
    for number in range(given.models):
        newest = given.items + number * _NEW_A_LAP
        manifest = Manifest(
            parent=parent,
            created_at_s=1.7e9 + number,
            archive_sha256=fingerprint,
            base_data="b" * 64,
            config="c" * 64,
            seed=number,
            data_sets=(f"ds-{number:020d}",),
            items=tuple(sorted(refs[newest - given.items : newest])),
            figures={"intent_accuracy": 0.9, "word_error_rate": 0.1},
        )
        parent = registry.register(artefact, manifest, Decided(decision=Decision.RELEASED))
        models.append(parent)
    return models


async def _measured(ask: Callable[[], Awaitable[object]]) -> list[float]:
    took = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - began) * 1000)
    return took


async def _run(given: argparse.Namespace, work: Path) -> dict[str, dict[str, float]]:
    store = EmbeddedStore(work / "store")
    await store.start()
    client = connect(store.url)
    try:
        accounts = [f"acc_{number:024d}" for number in range(given.accounts)]
        reviewed = given.items + given.models * _NEW_A_LAP
        refs = [ItemRef(item=f"utt_{number:016d}", epoch=_EPOCH) for number in range(reviewed)]
        await _fill(client, accounts, refs)
        registry = ModelRegistry(work / "state" / "registry", client)
        began = time.perf_counter()
        models = await asyncio.to_thread(_register, registry, work, refs, given)
        registered_s = time.perf_counter() - began
        await client.hdel(keys.reviewed(accounts[0], _EPOCH), refs[0].item)
        await client.sadd(keys.model_uses(accounts[0]), *models)
        began = time.perf_counter()
        await registry.summaries()
        _out.print(
            f"{len(models)} models registered in {registered_s:.1f} s, indexed in"
            f" {time.perf_counter() - began:.1f} s; {reviewed} reviewed items of"
            f" {len(accounts)} accounts"
        )
        lineage = Lineage(client, work / "state" / "registry")
        last = models[-1]

        async def chain() -> None:
            await registry.record(last)
            await registry.catalogue.ancestors(last)

        async def stale() -> None:
            await registry.catalogue.withdrawn(await registry.consented())

        queries: dict[str, Callable[[], Awaitable[object]]] = {
            "list, by live consent": registry.summaries,
            "lineage of one model": chain,
            "stale models, by live consent": stale,
            "due replacements": lineage.replacements.due,
            "models of an account": lambda: lineage.models_of(accounts[0]),
            "models of a clip": lambda: lineage.models_with({refs[given.items // 2].item}),
        }
        return {name: _figures(await _measured(ask)) for name, ask in queries.items()}
    finally:
        await client.aclose()
        await store.stop()


def _figures(took: list[float]) -> dict[str, float]:
    return {"p50_ms": statistics.median(took), "worst_ms": max(took)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=1000)
    parser.add_argument("--items", type=int, default=500, help="that each model learned from")
    parser.add_argument("--accounts", type=int, default=200)
    parser.add_argument("--json", type=Path, help="where to write the figures")
    given = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="registry-"))
    try:
        found = asyncio.run(_run(given, work))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    table = Table("query", "p50", "worst", f"goal {GOAL_MS:.0f} ms")
    for name, figures in found.items():
        met = "[green]met[/]" if figures["p50_ms"] <= GOAL_MS else "[red]missed[/]"
        table.add_row(name, f"{figures['p50_ms']:.1f} ms", f"{figures['worst_ms']:.1f} ms", met)
    _out.print(table)
    if given.json:
        given.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
