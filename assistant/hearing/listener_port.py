"""The port between a conversation and its ears."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from assistant.hearing.events import HearingEvent


class Listener(Protocol):
    """Hears one utterance of one stream. Blocking and not thread-safe: one call at a time.

    After `Heard` or `NothingHeard` it has ended and ignores more audio.
    """

    def hear(self, audio: bytes) -> Sequence[HearingEvent]:
        """Takes a chunk as it came, in the stream's announced format.

        Raises BadRequest for an odd number of bytes, TooLong beyond the hard maximum of bytes.
        """
        ...

    def finish(self) -> Sequence[HearingEvent]:
        """The device sent its last audio; always ends with `Heard` or `NothingHeard`."""
        ...

    def close(self) -> None:
        """Gives borrowed recognisers back. Safe to call twice and in any state."""
        ...
