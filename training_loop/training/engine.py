"""The port to where trainers' processes run: on this machine, or on those of a Ray cluster."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Protocol

import grpc

from training_loop.errors import InvalidArgument, TrainingLoopError
from training_loop.training.limited_process import LimitedCommand, run_limited

LOCAL = "local"
RAY = "ray"


class Engine(Protocol):
    """Runs what trainers start. Small work needs no other than `LocalEngine`."""

    async def run(
        self,
        command: LimitedCommand,
        on_line: Callable[[str], None],
        *,
        given: bytes = b"",
    ) -> int:
        """Runs a command to its end, wherever, and returns the exit code, 0 to 255.

        `given`, JSON or nothing, comes on its standard input; `on_line` is shown each line that it
        prints. After code 0 the workspace and what it `adds_to` are as the command left them. Also
        when cancelled, every process of it has ended, and nothing of it lies elsewhere. Raises
        OverLimit, TrainerKilled, TrainingFailed, DiskFull, and EngineUnavailable.
        """
        ...


class EngineUnavailable(TrainingLoopError):
    """Nothing has run: there is no cluster, no room on it, or another installation."""

    code = "ENGINE_UNAVAILABLE"
    status = grpc.StatusCode.UNAVAILABLE
    hint = "Check the cluster's address and that its workers have the same Earmark installed."


class EngineMissing(EngineUnavailable):
    code = "ENGINE_MISSING"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "Install it: pip install 'earmark[ray]'."


class LocalEngine:
    """Child processes of this one."""

    async def run(
        self,
        command: LimitedCommand,
        on_line: Callable[[str], None],
        *,
        given: bytes = b"",
    ) -> int:
        """As `Engine.run`."""
        return await run_limited(command, on_line, given=given)


LOCAL_ENGINE = LocalEngine()


def engine_for(name: str = LOCAL, address: str = "") -> Engine:
    """The engine called "local" or "ray".

    `address` is a Ray cluster's: "host:port" on one of its machines, "ray://host:port" from any
    other; empty means RAY_ADDRESS, else the cluster that this machine belongs to. Nothing is
    connected yet. Raises InvalidArgument, and EngineMissing where Ray is not installed.
    """
    if name == LOCAL:
        if address:
            raise InvalidArgument("Only the engine 'ray' has an address.")
        return LOCAL_ENGINE
    if name != RAY:
        raise InvalidArgument("The engine is 'local' or 'ray'.")
    if importlib.util.find_spec("ray") is None:
        raise EngineMissing("Ray is not installed.")
    from training_loop.training.ray_engine import RayEngine

    return RayEngine(address)
