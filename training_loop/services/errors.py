"""What callers see of failures: a status with a stable reason, and nothing that was said."""

from __future__ import annotations

import inspect
import logging
import secrets
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any, NoReturn

import grpc
import redis.exceptions
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from training_loop.access import Handler, Interceptor
from training_loop.errors import EarmarkError, StoreUnavailable

DOMAIN = "earmark"

_logger = logging.getLogger(__name__)

if TYPE_CHECKING:  # generic for the type checker alone
    Context = grpc.aio.ServicerContext[Any, Any]
else:
    Context = grpc.aio.ServicerContext


class UnknownMethod(EarmarkError):
    """A call of something that this server does not offer."""

    code = "UNKNOWN_METHOD"
    status = grpc.StatusCode.UNIMPLEMENTED
    hint = "Ask the server's reflection service what it offers."


class Unexpected(EarmarkError):
    """A fault of ours; the incident id finds it in the server's log."""

    def __init__(self, incident: str) -> None:
        super().__init__(f"something went wrong here; incident {incident}")
        self.hint = "Try again; if it stays, report the incident id to the operator."


def status_of(error: EarmarkError) -> status_pb2.Status:
    """The google.rpc.Status of an expected failure, with its ErrorInfo."""
    information = any_pb2.Any()
    information.Pack(
        error_details_pb2.ErrorInfo(
            reason=error.code,
            domain=DOMAIN,
            metadata={**error.details, **({"hint": error.hint} if error.hint else {})},
        )
    )
    number, _ = error.status.value
    return status_pb2.Status(code=number, message=str(error), details=[information])


class ErrorInterceptor(Interceptor):
    """Turns what a method or an inner interceptor raises into a status with ErrorInfo.

    Must be the outermost interceptor. Of an unexpected exception only the type and the stack are
    logged: its message might hold an utterance or a credential.
    """

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        method = handler_call_details.method
        try:
            handler = await continuation(handler_call_details)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must become a status
            return _refusing(expected(error, method))
        if handler is None:
            return _refusing(UnknownMethod("this server has no such method"))
        return _guarded(handler, method)


def expected(error: BaseException, method: str) -> EarmarkError:
    """The failure to report for an exception: itself, the first expected one of a group, or an
    incident, which is logged."""
    if isinstance(error, EarmarkError):
        return error
    if isinstance(error, redis.exceptions.ConnectionError | redis.exceptions.TimeoutError):
        return StoreUnavailable("the store is away")
    if isinstance(error, BaseExceptionGroup):
        known = error.subgroup((EarmarkError, redis.exceptions.ConnectionError))
        if known is not None:
            return expected(known.exceptions[0], method)
    incident = secrets.token_hex(8)
    _logger.error(
        "incident %s: %s in %s\n%s",
        incident,
        type(error).__name__,
        method,
        "".join(traceback.format_tb(error.__traceback__)),
    )
    return Unexpected(incident)


def _refusing(error: EarmarkError) -> Handler:
    """A handler of any cardinality: no message is read before it refuses."""

    async def refuse(requests: AsyncIterator[Any], context: Context) -> None:
        await _abort(context, error)

    return grpc.stream_stream_rpc_method_handler(refuse)


async def _abort(context: Context, error: EarmarkError) -> NoReturn:
    status: Any = rpc_status.to_status(status_of(error))
    await context.abort_with_status(status)  # type: ignore[attr-defined]
    raise AssertionError  # the line above always raises


async def _report(context: Context, error: Exception, method: str) -> NoReturn:
    if isinstance(error, grpc.aio.AbortError):
        raise error
    await _abort(context, expected(error, method))


def _guarded(handler: Handler, method: str) -> Handler:
    if handler.request_streaming:
        inner = handler.stream_stream if handler.response_streaming else handler.stream_unary
    else:
        inner = handler.unary_stream if handler.response_streaming else handler.unary_unary
    make = _FACTORIES[handler.request_streaming, handler.response_streaming]
    guard = _guard_generator if inspect.isasyncgenfunction(inner) else _guard_coroutine
    return make(  # type: ignore[no-any-return]
        guard(inner, method),
        request_deserializer=handler.request_deserializer,
        response_serializer=handler.response_serializer,
    )


def _guard_coroutine(inner: Any, method: str) -> Any:
    async def call(request: Any, context: Context) -> Any:
        try:
            return await inner(request, context)
        except Exception as error:  # noqa: BLE001 - becomes a status
            await _report(context, error, method)

    return call


def _guard_generator(inner: Any, method: str) -> Any:
    async def call(request: Any, context: Context) -> AsyncIterator[Any]:
        events = inner(request, context)
        try:
            async for event in events:
                yield event
        except Exception as error:  # noqa: BLE001 - becomes a status
            await _report(context, error, method)
        finally:
            await events.aclose()

    return call


_FACTORIES: dict[tuple[bool, bool], Any] = {
    (False, False): grpc.unary_unary_rpc_method_handler,
    (False, True): grpc.unary_stream_rpc_method_handler,
    (True, False): grpc.stream_unary_rpc_method_handler,
    (True, True): grpc.stream_stream_rpc_method_handler,
}
