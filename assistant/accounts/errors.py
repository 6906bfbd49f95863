"""What can go wrong with pairing and with devices."""

from __future__ import annotations

import math

import grpc

from assistant.errors import AssistantError, BadRequest


class PairingRefused(AssistantError):
    """A code that is wrong, used, or older than its validity: which one is not told."""

    code = "PAIRING_CODE_REFUSED"
    status = grpc.StatusCode.INVALID_ARGUMENT
    hint = "Let the account holder create a new code, and type it within ten minutes."


class TooManyAttempts(AssistantError):
    """Too many wrong codes came from here, or for the same part of the accounts."""

    code = "TOO_MANY_PAIRING_ATTEMPTS"
    status = grpc.StatusCode.RESOURCE_EXHAUSTED

    def __init__(self, wait_s: float) -> None:
        super().__init__("too many wrong pairing codes")
        self.hint = f"Wait {max(1, math.ceil(wait_s / 60))} min and try again."


class TooManyCodes(AssistantError):
    """More codes wait to be used than an account may have."""

    code = "TOO_MANY_PAIRING_CODES"
    status = grpc.StatusCode.RESOURCE_EXHAUSTED
    hint = "Use one of the codes that are shown, or wait ten minutes until they expire."


class TooManyDevices(AssistantError):
    """The account has as many devices as it may have."""

    code = "TOO_MANY_DEVICES"
    status = grpc.StatusCode.RESOURCE_EXHAUSTED
    hint = "Unpair a device that is no longer used."


class NoSuchDevice(AssistantError):
    """The account has no device of that id."""

    code = "NO_SUCH_DEVICE"
    status = grpc.StatusCode.NOT_FOUND
    hint = "List the devices of the account."


class DisplayNameRefused(BadRequest):
    """A name that the account holder's list could not show."""

    def __init__(self) -> None:
        super().__init__(
            "DISPLAY_NAME_REFUSED",
            "display_name must be 1 to 64 printable characters",
            "Choose a short name without control characters, for example 'kitchen'.",
        )
