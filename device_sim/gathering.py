"""Gathers the events of one stream into a turn. Free of I/O and clocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from assistant.v1 import assistant_pb2
from device_sim import convert
from device_sim.turn import Speech, Timing, Turn
from device_sim.wake import WakeDetection

MAX_PARTIALS: Final = 1000
MAX_SPEECH_BYTES: Final = 32 << 20

_VALUES: Final[dict[str, Callable[[Any], object]]] = {
    "wake_verdict": convert.wake_verdict,
    "stop_capture": convert.stop_reason,
    "transcript": convert.transcript,
    "interpretation": convert.interpretation,
    "answer": convert.answer,
    "report": convert.report,
}


class Gathering:
    """Takes events in order, each with the time it came at (seconds of any steady clock)."""

    def __init__(self, *, session_id: str, wake: WakeDetection | None, opened_at: float) -> None:
        self._session_id = session_id
        self._wake = wake
        self._opened_at = opened_at
        self._first_at: dict[str, float] = {}
        self._values: dict[str, Any] = {}
        self._partials: list[str] = []
        self._speech = bytearray()
        self._speech_rate_hz = 0

    @property
    def capture_ended(self) -> bool:
        """Whether the device may close its microphone."""
        return "stop_capture" in self._values

    def take(self, event: assistant_pb2.ConverseResponse, at: float) -> str:
        """Returns the event's name in the contract; empty for one of a newer contract."""
        name = event.WhichOneof("event") or ""
        self._first_at.setdefault(name, at)
        if name in _VALUES:
            self._values[name] = _VALUES[name](getattr(event, name))
        elif name == "partial" and len(self._partials) < MAX_PARTIALS:
            self._partials.append(event.partial.text)
        elif name == "speech":
            self._hear(event.speech)
        return name

    def turn(self, *, ended_at: float, speech_ended_at: float, sent_ms: int) -> Turn:
        """The turn so far; `speech_ended_at` is where the answer's latency counts from."""
        return Turn(
            session_id=self._session_id,
            wake=self._wake,
            verdict=self._values.get("wake_verdict"),
            partials=tuple(self._partials),
            stop_reason=self._values.get("stop_capture", ""),
            transcript=self._values.get("transcript"),
            interpretation=self._values.get("interpretation"),
            answer=self._values.get("answer"),
            speech=self._spoken(),
            report=self._values.get("report"),
            timing=Timing(
                answer_ms=self._ms_since("answer", speech_ended_at),
                first_speech_ms=self._ms_since("speech", speech_ended_at),
                first_partial_ms=self._ms_since("partial", self._opened_at),
                total_ms=(ended_at - self._opened_at) * 1000,
            ),
            sent_ms=sent_ms,
        )

    def _hear(self, speech: assistant_pb2.Speech) -> None:
        if len(self._speech) + len(speech.audio) <= MAX_SPEECH_BYTES:
            self._speech += speech.audio
            self._speech_rate_hz = speech.sample_rate_hz

    def _spoken(self) -> Speech | None:
        if not self._speech:
            return None
        return Speech(pcm=bytes(self._speech), sample_rate_hz=self._speech_rate_hz)

    def _ms_since(self, name: str, start: float) -> float | None:
        at = self._first_at.get(name)
        return None if at is None else max(0.0, at - start) * 1000
