"""The same work for each of many items, by Ray Data; runs in `ray_driver`, then on the cluster.

Items and results are sealed in every block of the data set. On each worker the work is a process of
its own under the limits that it has elsewhere, and what that loads it loads once.
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import numpy as np
import ray
from ray.exceptions import RayError

from training_loop.errors import EarmarkError
from training_loop.training.engine import EngineUnavailable
from training_loop.training.errors import TrainerKilled
from training_loop.training.limited_items import LimitedItems
from training_loop.training.limited_process import Limits
from training_loop.training.ray_command import arguments_of
from training_loop.training.ray_desk import Shipment, received, ship
from training_loop.training.ray_driver import Failed, Send, require_memory
from training_loop.training.ray_installation import Installation, own_installation
from training_loop.training.ray_parcel import Seal, tree
from training_loop.training.ray_room import described
from training_loop.vault.cipher import new_key

AT_ONCE = 8
"""Items in a batch."""

Batch = dict[str, Any]


async def each_of(job: Mapping[str, Any], send: Send) -> None:
    """Tells how many are done, then each result in the order of the items."""
    require_memory(Limits(**job["order"]["limits"]))
    key = new_key()
    files = (pair for name, path in job["sources"] for pair in tree(name, Path(path)))
    shipment = await ship(files, Path(job["home"]), key)
    rows = [_row(key, number, Path(path)) for number, path in enumerate(job["items"])]
    counting = asyncio.create_task(_count(shipment, len(rows), send))
    task = _mapped.remote(shipment, rows, job["order"], own_installation())
    try:
        results = await task
    except RayError as fault:
        raise TrainerKilled(f"Ray ended the work ({type(fault).__name__}).") from fault
    finally:
        counting.cancel()
        await asyncio.gather(counting, return_exceptions=True)
        with suppress(RayError):
            ray.cancel(task, force=True)
        ray.kill(shipment.desk)
    for number, sealed in enumerate(results):
        answer = _result(key, number).open_json(sealed)
        if "failed" in answer:
            raise Failed(*answer["failed"])
        send({"result": answer["result"]})
    send({"code": 0})


async def _count(shipment: Shipment, items: int, send: Send) -> None:
    batches = done = 0
    while done < items:
        told = await shipment.desk.told.remote(batches)
        batches, done = len(told), sum(told)
        send({"done": done})


@ray.remote(num_cpus=0, max_retries=0)
def _mapped(
    shipment: Shipment,
    rows: Sequence[Mapping[str, Any]],
    order: Mapping[str, Any],
    wanted: Installation,
) -> list[bytes]:
    """A task of the cluster, so that it is one whether the driver is of the cluster or not."""
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    resources: Mapping[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    workers = max(1, int(resources.get("CPU", 1)))
    done = ray.data.from_items(list(rows)).map_batches(
        _Each,
        fn_constructor_kwargs={"shipment": shipment, "order": order, "wanted": wanted},
        batch_size=AT_ONCE,
        num_cpus=1,
        memory=order["limits"]["keeps_bytes"],
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=workers),
    )
    found = {int(row["number"]): row["sealed"] for row in done.take_all()}
    return [found[number] for number in range(len(rows))]


class _Each:
    """One worker's share."""

    def __init__(self, shipment: Shipment, order: Mapping[str, Any], wanted: Installation) -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump would hold what people said
        self._loop = asyncio.new_event_loop()  # runs while something is asked
        self._key: bytes = ray.get(shipment.desk.key.remote())
        self._desk = shipment.desk
        self._open = ExitStack()
        room = self._open.enter_context(received(shipment))
        self._failed: tuple[str, str] | None = None
        if own_installation() != wanted:
            self._failed = (EngineUnavailable.code, "A worker has another installation.")
            return
        try:
            self._process = LimitedItems(
                order["arguments"][0],
                arguments_of(order, room),
                room=room,
                limits=Limits(**order["limits"]),
            )
            self._loop.run_until_complete(self._process.start())
        except EarmarkError as failure:
            self._failed = (failure.code, str(failure))
        except Exception as fault:  # noqa: BLE001 - this is the border of the machine
            self._failed = described(fault)

    def __call__(self, batch: Batch) -> Batch:
        numbers = [int(number) for number in batch["number"]]
        sealed = [
            _result(self._key, number).close_json(self._answer(number, item))
            for number, item in zip(numbers, batch["sealed"], strict=True)
        ]
        ray.get(self._desk.tell.remote(len(numbers)))
        return {"number": np.array(numbers), "sealed": np.array(sealed, dtype=object)}

    def _answer(self, number: int, sealed: bytes) -> Mapping[str, Any]:
        if self._failed is not None:
            return {"failed": self._failed}
        try:
            item = _item(self._key, number).open(sealed)
            return {"result": self._loop.run_until_complete(self._process.answer(item))}
        except EarmarkError as failure:
            self._failed = (failure.code, str(failure))
            return {"failed": self._failed}
        except Exception as fault:  # noqa: BLE001 - as above
            return {"failed": described(fault)}


def _row(key: bytes, number: int, path: Path) -> Mapping[str, Any]:
    return {"number": number, "sealed": _item(key, number).close(path.read_bytes())}


def _item(key: bytes, number: int) -> Seal:
    return Seal(key, f"item {number}")


def _result(key: bytes, number: int) -> Seal:
    return Seal(key, f"result {number}")
