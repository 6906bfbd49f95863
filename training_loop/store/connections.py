"""The connections to the store, as we need them: users can be cancelled, answers confirmed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from redis.asyncio import Connection, SSLConnection
from redis.asyncio import UnixDomainSocketConnection as UnixConnection
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as TimedOut

from training_loop.store import keys

CONFIRM_WITHIN_MS = 1000
"""How long a replica may take to confirm."""

_SCRIPT_CALLS = frozenset({"EVAL", "EVALSHA"})
_KEYLESS = frozenset(
    {
        "ACL",
        "ASKING",
        "AUTH",
        "BGREWRITEAOF",
        "CLIENT",
        "CLUSTER",
        "COMMAND",
        "CONFIG",
        "DBSIZE",
        "DEBUG",
        "ECHO",
        "EXEC",
        "FLUSHALL",
        "FUNCTION",
        "HELLO",
        "INFO",
        "KEYS",
        "LATENCY",
        "LOLWUT",
        "MEMORY",
        "MULTI",
        "PING",
        "PSUBSCRIBE",
        "PUBLISH",
        "PUNSUBSCRIBE",
        "QUIT",
        "READONLY",
        "READWRITE",
        "RESET",
        "SCAN",
        "SCRIPT",
        "SELECT",
        "SUBSCRIBE",
        "TIME",
        "UNSUBSCRIBE",
        "WAIT",
        "WAITAOF",
    }
)


class Cancellable:
    """A connection whose users can be cancelled.

    redis-py sends under asyncio.wait_for, which on Python 3.11 loses a cancellation that comes
    just when sending is done: a stream that its device had left would have gone on.
    """

    socket_timeout: float | None

    async def send_packed_command(
        self, command: bytes | str | Iterable[bytes], check_health: bool = True
    ) -> None:
        limit, self.socket_timeout = self.socket_timeout, None
        try:
            async with asyncio.timeout(limit):
                await super().send_packed_command(command, check_health)  # type: ignore[misc]
        except TimeoutError:
            raise TimedOut("the store took no command in time") from None
        finally:
            self.socket_timeout = limit


class UnixSocket(Cancellable, UnixConnection):
    pass


class Tcp(Cancellable, Connection):
    pass


class Tls(Cancellable, SSLConnection):
    pass


class NotConfirmed(ResponseError):
    """No replica said in time that it has what this answer rests on."""

    def __init__(self) -> None:
        super().__init__("NOREPLICAS no replica confirmed the answer in time")


class _Batch(list[bytes]):
    """Packed commands that end in a fence; `answers` come before the fence's two."""

    answers: int


class Confirmed:
    """A connection of a cluster that gives no answer before a replica has confirmed it.

    Behind each batch of commands it sends a write of its own and `WAIT 1`, on the same connection,
    and reads both before it hands out the batch's last answer. Replication is one stream: a
    replica that has the fence has everything before it, whoever wrote it. A server that was
    replaced while it stood still cannot reach a replica any more, so whatever it says is refused,
    reads included. Fails with NotConfirmed; then the batch may have happened.
    """

    _unanswered = 0

    def pack_command(self, *args: Any) -> list[bytes]:
        return self._fenced([args])

    def pack_commands(self, commands: Iterable[Iterable[Any]]) -> list[bytes]:
        return self._fenced([tuple(command) for command in commands])

    def _fenced(self, commands: Sequence[Sequence[Any]]) -> list[bytes]:
        packed = _Batch(chunk for command in commands for chunk in self._pack(*command))
        touched = [key for key in map(first_key, commands) if key]
        if not touched:
            return list(packed)
        packed += self._pack("SET", keys.fence(touched[-1]), "1")
        packed += self._pack("WAIT", 1, CONFIRM_WITHIN_MS)
        packed.answers = len(commands)
        return packed

    def _pack(self, *args: Any) -> list[bytes]:
        packed: list[bytes] = super().pack_command(*args)  # type: ignore[misc]
        return packed

    async def send_packed_command(
        self, command: bytes | str | Iterable[bytes], check_health: bool = True
    ) -> None:
        # Connecting, which this may do first, sends batches of its own that have no fence.
        await super().send_packed_command(command, check_health)  # type: ignore[misc]
        self._unanswered = command.answers if isinstance(command, _Batch) else 0

    async def read_response(self, *args: Any, **options: Any) -> Any:
        if self._unanswered != 1:
            self._unanswered = max(0, self._unanswered - 1)
            return await self._read(*args, **options)
        self._unanswered = 0
        try:
            answer: Any = await self._read(*args, **options)
        except ResponseError as refused:
            answer = refused
        confirmed = await self._confirmed()
        if isinstance(answer, ResponseError):
            raise answer
        if not confirmed:
            raise NotConfirmed
        return answer

    async def _confirmed(self) -> bool:
        fence, replicas = [await self._answer_or_error() for _ in range(2)]
        return not isinstance(fence, ResponseError) and isinstance(replicas, int) and replicas > 0

    async def _answer_or_error(self) -> object:
        try:
            return await self._read()
        except ResponseError as refused:
            return refused

    async def _read(self, *args: Any, **options: Any) -> Any:
        return await super().read_response(*args, **options)  # type: ignore[misc]


class ConfirmedTcp(Confirmed, Tcp):
    pass


class ConfirmedTls(Confirmed, Tls):
    pass


def first_key(command: Sequence[Any]) -> str:
    """The first key that a command names; empty for one without keys."""
    name, *arguments = command
    name = _text(name).split()[0].upper()
    if name in _SCRIPT_CALLS:
        return _text(arguments[2]) if int(arguments[1]) else ""
    return "" if name in _KEYLESS or not arguments else _text(arguments[0])


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
