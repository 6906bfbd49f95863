"""Expected failures, each with a stable code, a gRPC status and a way forward."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import grpc


class EarmarkError(Exception):
    """An expected failure that a caller can act on.

    `code` is stable and becomes the `reason` of the ErrorInfo; `status` the gRPC status; `hint`
    tells what to do. Neither the message nor the hint ever holds a secret or something said.
    """

    code = "INTERNAL"
    status = grpc.StatusCode.INTERNAL
    hint = ""
    details: Mapping[str, str] = MappingProxyType({})
    """Further words for programs, by name."""


class TrainingLoopError(EarmarkError):
    """The root of what `training_loop` raises."""


class InvalidArgument(TrainingLoopError):
    code = "INVALID_ARGUMENT"
    status = grpc.StatusCode.INVALID_ARGUMENT


class Unauthenticated(TrainingLoopError):
    code = "CREDENTIAL_REFUSED"
    status = grpc.StatusCode.UNAUTHENTICATED
    hint = "Send a valid credential as 'authorization: Bearer <token>'; pair the device again."


class PermissionDenied(TrainingLoopError):
    code = "WRONG_KIND_OF_CREDENTIAL"
    status = grpc.StatusCode.PERMISSION_DENIED


class TooManySignIns(TrainingLoopError):
    """Too many attempts to sign in: who waits `wait_s` seconds may try again."""

    code = "TOO_MANY_SIGN_INS"
    status = grpc.StatusCode.RESOURCE_EXHAUSTED

    def __init__(self, wait_s: float) -> None:
        super().__init__("too many attempts to sign in")
        self.wait_s = max(1, math.ceil(wait_s))
        self.hint = f"Wait {self.wait_s} s and try again."


class AccountGone(TrainingLoopError):
    code = "ACCOUNT_GONE"
    status = grpc.StatusCode.NOT_FOUND
    hint = "The account does not exist or was deleted."


class StoreUnavailable(TrainingLoopError):
    code = "STORE_UNAVAILABLE"
    status = grpc.StatusCode.UNAVAILABLE
    hint = "Try again in a moment."
