"""Where, under the state directory, models are."""

from __future__ import annotations

from pathlib import Path

from redis.asyncio import Redis

from training_loop.registry.registry import ModelRegistry


def open_registry(state: Path, client: Redis) -> ModelRegistry:
    """The registry of a state directory and its store. Makes the directory."""
    return ModelRegistry(state / "registry", client)
