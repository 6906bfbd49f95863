"""The same work for each of many items: one after the other here, spread by an engine that can."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from training_loop.training.engine import LOCAL_ENGINE, Engine
from training_loop.training.limited_process import Limits
from training_loop.training.trainer import Progress, TrainingProgress, untold
from training_loop.training.trainer_log import tell as tell_log
from training_loop.training.trainer_process import run_work
from training_loop.training.work import Tell

EachWork = Callable[[Mapping[str, Any]], Callable[[bytes], Any]]
"""What "package.module:Name" names: is given its arguments once, as JSON values, loads what it
needs, and makes a JSON value of each item. Each item is for itself."""

_ITEM = ".item"


@runtime_checkable
class Spreads(Protocol):
    """An engine that gives the items of one work to several machines."""

    spreads_from_s: float
    """Work that takes less here is done sooner here."""

    async def each(
        self,
        work: str,
        arguments: Mapping[str, Any],
        items: Sequence[Path],
        *,
        workspace: Path,
        reads: tuple[Path, ...],
        limits: Limits,
        progress: Callable[[int], None],
    ) -> list[Any]:
        """The results in the order of the items; `progress` is told how many are done.

        `reads` are the paths that the arguments name. Raises what `Engine.run` raises.
        """
        ...


async def run_each(
    work: str,
    arguments: Mapping[str, Any],
    directory: Path,
    *,
    workspace: Path,
    reads: tuple[Path, ...] = (),
    called: str = "items",
    takes_ms: float | None = None,
    limits: Limits | None = None,
    progress: Progress = untold,
    engine: Engine = LOCAL_ENGINE,
) -> list[Any]:
    """The results for the items that `put_item` put into a directory of the workspace, in order.

    `called` is what progress calls them, and `takes_ms` what one takes on this machine, as far as
    that was measured: a small work stays here. Raises as `run_work`.
    """
    limits = limits or Limits()
    items = items_in(directory)
    if not items:
        return []
    if isinstance(engine, Spreads) and _is_small(len(items), takes_ms, engine):
        engine = LOCAL_ENGINE
    if isinstance(engine, Spreads):
        tell_log("spread over a cluster:", items=len(items))
        return await engine.each(
            work,
            arguments,
            items,
            workspace=workspace,
            reads=reads,
            limits=limits,
            progress=lambda done: progress(
                TrainingProgress(stage="evaluating", done=done / len(items), detail=called)
            ),
        )
    outcome = await run_work(
        f"{__name__}:each",
        {"work": work, "arguments": dict(arguments), "items": str(directory), "called": called},
        workspace=workspace,
        seed=0,
        limits=limits,
        progress=progress,
        reads=reads,
        engine=engine,
    )
    return list(outcome.result["results"])


def _is_small(items: int, takes_ms: float | None, engine: Spreads) -> bool:
    return takes_ms is not None and items * takes_ms < 1000 * engine.spreads_from_s


def put_item(directory: Path, number: int, content: bytes) -> None:
    """Raises OSError."""
    (directory / f"{number:08}{_ITEM}").write_bytes(content)


def items_in(directory: Path) -> list[Path]:
    """In their order."""
    return sorted(directory.glob(f"*{_ITEM}"))


def work_named(name: str) -> EachWork:
    module, _, attribute = name.partition(":")
    work: EachWork = getattr(importlib.import_module(module), attribute)
    return work


def each(given: Mapping[str, Any], tell: Tell) -> Mapping[str, Any]:
    """All items one after the other; is a Work."""
    one = work_named(given["work"])(given["arguments"])
    paths = items_in(Path(given["items"]))
    results = []
    for number, path in enumerate(paths, start=1):
        results.append(json.loads(json.dumps(one(path.read_bytes()))))
        tell("evaluating", number / len(paths), given["called"])
    return {"results": results}
