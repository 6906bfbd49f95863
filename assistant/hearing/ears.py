"""What all listeners of a process share: one speech model, pools of everything else."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from assistant.asr.model_probe import probe
from assistant.asr.models import load_speech_model
from assistant.asr.recognizer_pool import RecognizerPool
from assistant.errors import BadRequest
from assistant.hearing.endpointer import Endpointing
from assistant.hearing.listener import StreamListener
from assistant.hearing.silero_network import silero_network
from assistant.hearing.wake_gate import WakeGate
from assistant.wake.verifier import WakeVerifier

PRE_ROLL_MS = range(200, 3_001)
_WARM_RECOGNIZERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class HearingSettings:
    """How to listen; the defaults suit a room and the embedded model."""

    speech_model: Path
    """A Vosk model's directory; see `assistant.asr.models.resolve_speech_model`."""
    endpointing: Endpointing = field(default_factory=Endpointing)
    most_recognizers: int = 64
    """How many people may be speaking at the same moment."""
    most_idle_recognizers: int = 8
    """How many recognisers are kept warm; each holds about 5 MB."""
    alternatives: int = 5
    """How many readings of an utterance are weighed, at least 1."""


class Ears:
    """Makes listeners. Thread-safe."""

    def __init__(
        self, *, settings: HearingSettings, recognizers: RecognizerPool, wake: WakeVerifier
    ) -> None:
        self._settings = settings
        self._endpointing = settings.endpointing
        self._recognizers = recognizers
        self._wake = wake
        self._lock = threading.Lock()

    @staticmethod
    def open(settings: HearingSettings) -> Ears:
        """Loads the speech model: blocking, 0.1 s for the embedded one.

        Raises SetupIncomplete when the model is missing or broken.
        """
        silero_network()
        recognizers = _recognizers(settings, settings.speech_model)
        return Ears(settings=settings, recognizers=recognizers, wake=WakeVerifier())

    @property
    def recognizers(self) -> RecognizerPool:
        """Those that new listeners use."""
        return self._recognizers

    def load(self, model: Path) -> RecognizerPool:
        """Warm recognisers of another speech model, beside those in use. Blocking.

        Raises SpeechModelUnusable for one that is missing or broken; it is tried in a process of
        its own first, since a damaged graph ends the process that loads it.
        """
        probe(model)
        loaded = _recognizers(self._settings, model)
        loaded.warm(_WARM_RECOGNIZERS)
        return loaded

    def swap(self, model: Path) -> None:
        """Listeners made from the return on use this speech model; open ones finish on the one
        they began with, which is freed with the last of them.

        Blocking; nobody's decoding waits for it. Raises SpeechModelUnusable, and then nothing
        changes.
        """
        fresh = self.load(model)
        with self._lock:
            before, self._recognizers = self._recognizers, fresh
        before.retire()

    def decide_by(self, endpointing: Endpointing, *, wake_accept_from: float) -> None:
        """Listeners made from the return on end speech and believe wake words by this; open ones
        go on as they began."""
        with self._lock:
            self._endpointing = endpointing
            self._wake.accept_from = wake_accept_from

    def listener(
        self,
        sample_rate_hz: int,
        wake_phrase: str | None,
        pre_roll_ms: int,
        *,
        recognizers: RecognizerPool | None = None,
    ) -> StreamListener:
        """Listens to one stream; without a wake phrase it is push-to-talk. `recognizers` are
        others than those in service.

        Raises BadRequest: UNSUPPORTED_SAMPLE_RATE, UNKNOWN_WAKE_PHRASE, BAD_PRE_ROLL.
        """
        gate = self._gate(wake_phrase, pre_roll_ms) if wake_phrase else None
        with self._lock:  # a swap comes before the listener attaches, or after
            return StreamListener(
                sample_rate_hz=sample_rate_hz,
                endpointing=self._endpointing,
                gate=gate,
                recognizers=recognizers or self._recognizers,
            )

    def _gate(self, phrase: str, pre_roll_ms: int) -> WakeGate:
        if pre_roll_ms not in PRE_ROLL_MS:
            raise BadRequest(
                "BAD_PRE_ROLL",
                f"A pre-roll of {pre_roll_ms} ms cannot be verified.",
                hint=f"Send {PRE_ROLL_MS.start} to {PRE_ROLL_MS.stop - 1} ms; 1000 ms is good.",
            )
        return WakeGate(self._wake, phrase, pre_roll_ms)

    def close(self) -> None:
        """Lets go of what is pooled; listeners still open keep what they borrowed."""
        self._recognizers.close()
        self._wake.close()


def _recognizers(settings: HearingSettings, model: Path) -> RecognizerPool:
    return RecognizerPool(
        load_speech_model(model),
        alternatives=settings.alternatives,
        most_lent=settings.most_recognizers,
        most_idle=settings.most_idle_recognizers,
    )
