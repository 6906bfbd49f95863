"""Runs the scripts in `scripts/`, each one atomic change of the store."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.commands.core import AsyncScript
from redis.exceptions import NoScriptError

from training_loop.store.client import store_errors

Argument = str | bytes | int


@cache
def source(name: str) -> str:
    """The text of a script, with the functions that all of them share before it."""
    folder = files("training_loop.store") / "scripts"
    return with_prelude((folder / f"{name}.lua").read_text(encoding="utf-8"))


def with_prelude(script: str) -> str:
    """A script with the functions that all of them share, and those of the audit log, of the staff
    and of the clips in review if it uses them."""
    folder = files("training_loop.store") / "scripts"
    about_staff = "staff." in script
    shared = ["prelude"]
    shared += ["audit"] if about_staff or "audit(" in script else []
    shared += ["staff"] if about_staff else []
    shared += ["clips"] if "clips." in script else []
    return "".join((folder / f"{one}.lua").read_text("utf-8") for one in shared) + script


class Scripts:
    """The store's scripts by name, sent by their digest and loaded where the store lacks them."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._registered: dict[str, AsyncScript] = {}

    async def run(self, name: str, keys: Sequence[str], arguments: Sequence[Argument] = ()) -> Any:
        """Raises StoreUnavailable when the store is away; then the change may have happened, and
        running it again with the same request id is harmless."""
        with store_errors():
            return await self._script(name)(keys=list(keys), args=list(arguments))

    async def run_each(
        self, name: str, keys: Sequence[Sequence[str]], arguments: Sequence[Argument] = ()
    ) -> list[Any]:
        """The same script on many sets of keys in one round trip."""
        script = self._script(name)
        with store_errors():
            try:
                return await self._pipelined(script, keys, arguments)
            except NoScriptError:  # a cluster's pipeline does not load scripts by itself
                await self._client.script_load(script.script)
                return await self._pipelined(script, keys, arguments)

    async def _pipelined(
        self, script: AsyncScript, keys: Sequence[Sequence[str]], arguments: Sequence[Argument]
    ) -> list[Any]:
        pipeline: Pipeline = self._client.pipeline(transaction=False)
        async with pipeline:
            for one in keys:
                await script(keys=list(one), args=list(arguments), client=pipeline)
            return list(await pipeline.execute())

    def _script(self, name: str) -> AsyncScript:
        if name not in self._registered:
            self._registered[name] = self._client.register_script(source(name))
        return self._registered[name]


def text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
