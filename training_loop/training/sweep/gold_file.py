"""Gold in a file of a workspace, so that each trial reads the same."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from training_loop.datasets.gold import GoldItem, Group
from training_loop.datasets.item_ref import ItemRef
from training_loop.datasets.split import Split
from training_loop.training.disk import full_disk_explained
from training_loop.utterance import NamedEntity, SpokenWord


async def write_gold(items: AsyncIterator[GoldItem], path: Path) -> int:
    """One item a line; returns how many. Raises DiskFull."""
    number = 0
    with full_disk_explained(), path.open("x") as file:
        async for item in items:
            file.write(json.dumps(_written(item)) + "\n")
            number += 1
    return number


async def read_gold(path: Path) -> AsyncIterator[GoldItem]:
    with path.open() as file:
        for line in file:
            yield _read(json.loads(line))


def _written(item: GoldItem) -> dict[str, Any]:
    return {
        **{one.name: getattr(item, one.name) for one in fields(item)},
        "ref": asdict(item.ref),
        "split": item.split.value,
        "entities": [asdict(one) for one in item.entities],
        "words": [asdict(one) for one in item.words],
        "pcm": b64encode(item.pcm).decode(),
        "group": asdict(item.group),
    }


def _read(value: dict[str, Any]) -> GoldItem:
    return GoldItem(
        **{
            **value,
            "ref": ItemRef(**value["ref"]),
            "split": Split(value["split"]),
            "entities": tuple(NamedEntity(**one) for one in value["entities"]),
            "words": tuple(SpokenWord(**one) for one in value["words"]),
            "pcm": b64decode(value["pcm"]),
            "group": Group(**value["group"]),
        }
    )
