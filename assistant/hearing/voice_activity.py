"""How likely speech is, frame by frame."""

from __future__ import annotations

from assistant.hearing.silero_network import FRAME_SAMPLES, silero_network

FRAME_BYTES = 2 * FRAME_SAMPLES
FRAME_MS = 32.0


class VoiceActivityDetector:
    """Hears one stream: 1.3 kB of state over the shared network. Not thread-safe."""

    def __init__(self) -> None:
        self._network = silero_network()
        self._state = self._network.fresh_state()

    def probabilities(self, pcm: bytes) -> list[float]:
        """The probability of speech in each frame of 512 samples; `pcm` is whole frames."""
        if not pcm:
            return []
        values, self._state = self._network.probabilities(pcm, self._state)
        return values
