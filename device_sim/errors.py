"""What can go wrong at a device, each with a stable code and a way forward."""

from __future__ import annotations

from typing import Any, Final

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

_WAYS_FORWARD: Final = {
    "CREDENTIAL_REFUSED": "The device was unpaired or never paired here: pair it again.",
    "WRONG_KIND_OF_CREDENTIAL": "Use the credential that the command asks for.",
    "PAIRING_CODE_REFUSED": "Ask the account holder for a new pairing code; each works once.",
}
_BY_STATUS: Final = {
    grpc.StatusCode.UNAVAILABLE: "Check that the server runs and that --server is right.",
    grpc.StatusCode.UNAUTHENTICATED: "Pair the device again.",
    grpc.StatusCode.PERMISSION_DENIED: "Use the credential that the command asks for.",
    grpc.StatusCode.DEADLINE_EXCEEDED: "The server took too long: try again.",
    grpc.StatusCode.RESOURCE_EXHAUSTED: "A limit was reached: say it shorter, or try again later.",
    grpc.StatusCode.UNIMPLEMENTED: "This server does not offer that: check its version.",
}


class DeviceError(Exception):
    """The root of what `device_sim` raises: a message, a stable `code` and a `hint`."""

    code = "DEVICE_ERROR"
    hint = ""

    def __init__(self, message: str, *, code: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.code = code or type(self).code
        self.hint = hint or type(self).hint


class AudioUnreadable(DeviceError):
    """A sound file that is missing, broken or too long."""

    code = "AUDIO_UNREADABLE"
    hint = "Give a WAV, FLAC, Ogg or Opus file of at most ten minutes."


class SoundDeviceUnavailable(DeviceError):
    """No microphone or loudspeaker can be used here."""

    code = "SOUND_DEVICE_UNAVAILABLE"
    hint = "Install the extra: pip install 'earmark[microphone]' (and PortAudio on Linux)."


class VoiceUnavailable(DeviceError):
    """A voice that is not known, or whose engine is not installed."""

    code = "VOICE_UNAVAILABLE"
    hint = "`device-sim voices` lists the voices of this machine."


class CredentialsMissing(DeviceError):
    """There is no usable credentials file."""

    code = "CREDENTIALS_MISSING"
    hint = "Pair first: device-sim pair CODE --server HOST:PORT"


class ScenarioInvalid(DeviceError):
    """A scenario that breaks its format; the message names the place."""

    code = "SCENARIO_INVALID"
    hint = "docs/connect-a-device.md shows a scenario."


class CallFailed(DeviceError):
    """The server refused a call or could not be reached.

    `code` is the reason of the server's ErrorInfo, or the gRPC status where there is none.
    """

    def __init__(self, message: str, *, status: grpc.StatusCode, code: str, hint: str) -> None:
        super().__init__(message, code=code, hint=hint)
        self.status = status

    @property
    def is_passing(self) -> bool:
        """Whether the same call may succeed in a moment."""
        return self.status in (
            grpc.StatusCode.UNAVAILABLE,
            grpc.StatusCode.DEADLINE_EXCEEDED,
            grpc.StatusCode.ABORTED,
            grpc.StatusCode.INTERNAL,
            grpc.StatusCode.UNKNOWN,
        )


def call_failed(error: grpc.aio.AioRpcError) -> CallFailed:
    """What a failed call means to the person in front of the device."""
    status = error.code()
    reason, hint = _error_info(error)
    return CallFailed(
        error.details() or status.name,
        status=status,
        code=reason or status.name,
        hint=hint or _WAYS_FORWARD.get(reason) or _BY_STATUS.get(status, ""),
    )


def _error_info(error: grpc.aio.AioRpcError) -> tuple[str, str]:
    """The ErrorInfo's reason and the hint in its metadata; empty where there is none."""
    call: Any = error
    try:
        rich = rpc_status.from_call(call)
    except ValueError:
        return "", ""
    for detail in rich.details if rich is not None else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return info.reason, info.metadata.get("hint", "")
    return "", ""
