"""When speech begins and ends, decided from speech probabilities alone: no clock, no audio."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpointing:
    """When listening ends. Times in milliseconds of audio, counted from where listening began."""

    start_timeout_ms: int = 5_000
    """Without speech by then, nothing was said."""
    trailing_silence_ms: int = 700
    """Silence after speech that ends the utterance."""
    speculate_after_ms: int = 250
    """Silence after speech at which the answer may be prepared."""
    maximum_ms: int = 15_000
    """Listening ends here, whatever is being said."""
    speech_threshold: float = 0.5
    """Probability of speech from which a frame begins speech."""
    silence_threshold: float = 0.35
    """Probability below which a frame counts as silence once there is speech."""
    minimum_speech_ms: int = 96
    """Shorter sounds are clicks."""

    def __post_init__(self) -> None:
        if not 0 < self.speculate_after_ms <= self.trailing_silence_ms < self.maximum_ms:
            raise ValueError(
                "Endpointing needs 0 < speculate_after_ms <= trailing_silence_ms < maximum_ms."
            )
        if not 0 < self.start_timeout_ms <= self.maximum_ms or self.minimum_speech_ms < 0:
            raise ValueError(
                "Endpointing needs 0 < start_timeout_ms <= maximum_ms and minimum_speech_ms >= 0."
            )
        if not 0.0 < self.silence_threshold <= self.speech_threshold < 1.0:
            raise ValueError("Endpointing needs 0 < silence_threshold <= speech_threshold < 1.")


class Turn(Enum):
    """What a frame changed."""

    NOTHING = auto()
    SPEECH_BEGAN = auto()
    PAUSED = auto()
    RESUMED = auto()
    SPEECH_ENDED = auto()
    START_TIMED_OUT = auto()
    MAXIMUM_REACHED = auto()


class Endpointer:
    """Told frame by frame how likely speech is, says what that means.

    After SPEECH_ENDED, START_TIMED_OUT or MAXIMUM_REACHED it has ended; `wait_again` is the way
    back from speech that turned out to be none.
    """

    def __init__(self, settings: Endpointing) -> None:
        self._settings = settings
        self._elapsed_ms = 0.0
        self._loud_ms = 0.0
        self._silent_ms = 0.0
        self._in_speech = False
        self._paused = False

    @property
    def in_speech(self) -> bool:
        """Speech has begun and not ended; pauses belong to it."""
        return self._in_speech

    @property
    def paused(self) -> bool:
        return self._paused

    @property
    def silence_runs(self) -> bool:
        """Speech has begun and the last frame was silent: the end may be near."""
        return self._in_speech and self._silent_ms > 0

    def frame(self, probability: float, duration_ms: float) -> Turn:
        """Takes the next frame; its probability of speech is 0 to 1."""
        self._elapsed_ms += duration_ms
        if self._elapsed_ms + duration_ms > self._settings.maximum_ms:
            return Turn.MAXIMUM_REACHED
        if self._in_speech:
            return self._during_speech(probability, duration_ms)
        return self._before_speech(probability, duration_ms)

    def wait_again(self) -> None:
        """What seemed to be speech was not. The start timeout keeps counting."""
        self._in_speech = self._paused = False
        self._loud_ms = self._silent_ms = 0.0

    def _before_speech(self, probability: float, duration_ms: float) -> Turn:
        loud = probability >= self._settings.speech_threshold
        self._loud_ms = self._loud_ms + duration_ms if loud else 0.0
        if loud and self._loud_ms >= self._settings.minimum_speech_ms:
            self._in_speech = True
            return Turn.SPEECH_BEGAN
        if not loud and self._elapsed_ms >= self._settings.start_timeout_ms:
            return Turn.START_TIMED_OUT
        return Turn.NOTHING

    def _during_speech(self, probability: float, duration_ms: float) -> Turn:
        if probability >= self._settings.silence_threshold:
            self._silent_ms = 0.0
            resumed, self._paused = self._paused, False
            return Turn.RESUMED if resumed else Turn.NOTHING
        self._silent_ms += duration_ms
        if self._silent_ms >= self._settings.trailing_silence_ms:
            return Turn.SPEECH_ENDED
        if not self._paused and self._silent_ms >= self._settings.speculate_after_ms:
            self._paused = True
            return Turn.PAUSED
        return Turn.NOTHING
