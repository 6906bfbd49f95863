"""Expected failures of the assistant, each with a stable code and a way forward."""

from __future__ import annotations

import grpc

from training_loop.errors import EarmarkError


class AssistantError(EarmarkError):
    """The root of what `assistant` raises."""


class BadRequest(AssistantError):
    """A request that breaks the contract; `code` names which part."""

    status = grpc.StatusCode.INVALID_ARGUMENT

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


class TooLong(AssistantError):
    """A stream or a text beyond its limit."""

    code = "LIMIT_EXCEEDED"
    status = grpc.StatusCode.RESOURCE_EXHAUSTED


class TooManyStreams(AssistantError):
    """More open streams than the server, or one device, may hold."""

    code = "TOO_MANY_STREAMS"
    status = grpc.StatusCode.RESOURCE_EXHAUSTED
    hint = "Close a stream first, or try again in a moment."


class InterpreterUnavailable(AssistantError):
    """The NLU worker is away or did not answer in time."""

    code = "INTERPRETER_UNAVAILABLE"
    status = grpc.StatusCode.UNAVAILABLE
    hint = "Try again in a moment; the worker is restarted by itself."


class SetupIncomplete(AssistantError):
    """Something that set-up provides is missing."""

    code = "SETUP_INCOMPLETE"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "Run `assistant setup`."
