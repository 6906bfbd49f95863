"""The gRPC server behind the pages, and how its refusals look."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any, Final

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from training_loop.errors import InvalidArgument

TIMEOUT_S: Final = 15.0
_MIB: Final = 1 << 20
_OPTIONS: Final = (
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.max_receive_message_length", 20 * _MIB),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 5_000),
)


class CallRefused(Exception):
    """A call that did not succeed. `reason` is the stable word of the ErrorInfo, or empty;
    `details` its further words."""

    def __init__(
        self, status: grpc.StatusCode, reason: str = "", details: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{status.name} {reason}")
        self.status = status
        self.reason = reason
        self.details = details or {}


class Backend:
    """One channel, and one stub a service on it."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel
        self._stubs: dict[Any, Any] = {}

    def stub(self, kind: Callable[[grpc.aio.Channel], Any]) -> Any:
        """The client of a service; the generated classes carry no types."""
        if kind not in self._stubs:
            self._stubs[kind] = kind(self._channel)
        return self._stubs[kind]

    async def close(self) -> None:
        await self._channel.close(None)


def open_channel(server: str, ca: Path | None = None) -> grpc.aio.Channel:
    """Connects when it is first used, and again whenever it has to. Raises InvalidArgument for a
    file that cannot be read."""
    if ca is None:
        return grpc.aio.insecure_channel(server, _OPTIONS)
    try:
        roots = ca.read_bytes()
    except OSError as error:
        raise InvalidArgument("The file of --ca cannot be read.") from error
    return grpc.aio.secure_channel(server, grpc.ssl_channel_credentials(roots), _OPTIONS)


async def unary(method: Any, message: Any, credential: str, timeout_s: float = TIMEOUT_S) -> Any:
    """Calls with a credential; an empty one sends none. Raises CallRefused."""
    try:
        return await method(message, metadata=bearer(credential), timeout=timeout_s)
    except grpc.aio.AioRpcError as error:
        raise refusal(error) from None


async def stream(
    method: Any, message: Any, credential: str, timeout_s: float
) -> AsyncIterator[Any]:
    """The messages of a stream; closing the iterator cancels the call. Raises CallRefused."""
    call = method(message, metadata=bearer(credential), timeout=timeout_s)
    try:
        async for one in call:
            yield one
    except grpc.aio.AioRpcError as error:
        raise refusal(error) from None
    finally:
        call.cancel()


def bearer(credential: str) -> tuple[tuple[str, str], ...]:
    """The metadata that carries a credential."""
    return (("authorization", f"Bearer {credential}"),) if credential else ()


def refusal(error: grpc.aio.AioRpcError) -> CallRefused:
    """Without the server's sentence, which is written for programs."""
    call: Any = error
    try:
        status = rpc_status.from_call(call)
    except ValueError:  # details that contradict the status
        status = None
    for detail in status.details if status else ():
        information = error_details_pb2.ErrorInfo()
        if detail.Unpack(information):
            return CallRefused(error.code(), str(information.reason), dict(information.metadata))
    return CallRefused(error.code())
