"""What a request to delete utterances says, the same for each way to ask."""

from __future__ import annotations

from dataclasses import dataclass

from training_loop.services.fields import InvalidField, identifier, unix_time_s
from training_loop.v1 import privacy_pb2


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """Which utterances."""

    since_s: float
    until_s: float | None
    device: str

    @staticmethod
    def of(
        request: privacy_pb2.DeleteUtterancesRequest | privacy_pb2.StartUtterancesErasureRequest,
    ) -> Matching:
        """Raises InvalidField."""
        since_s = max(0.0, unix_time_s(request.since)) if request.HasField("since") else 0.0
        until_s = unix_time_s(request.until) if request.HasField("until") else None
        if until_s is not None and until_s <= since_s:
            raise InvalidField("until", "must be after since")
        device = identifier("device", request.device) if request.device else ""
        return Matching(since_s=since_s, until_s=until_s, device=device)

    @property
    def everything(self) -> bool:
        return not self.since_s and self.until_s is None and not self.device


def request_id(
    request: privacy_pb2.DeleteUtteranceRequest
    | privacy_pb2.DeleteUtterancesRequest
    | privacy_pb2.DeleteAccountRequest
    | privacy_pb2.StartUtterancesErasureRequest,
) -> str:
    """Empty where none was given. Raises InvalidField."""
    return identifier("request_id", request.request_id) if request.request_id else ""
