"""What a round needs of its surroundings."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from training_loop.errors import TrainingLoopError
from training_loop.review.task import DeidentifiedClip, SampleReason, SourceItem
from training_loop.utterance import Utterance

Progress = Callable[[str, int, int], None]
"""Is told the step, how much of it is done, and of how much; 0 where that is not known."""


class WaitingItem(Protocol):
    @property
    def source(self) -> SourceItem: ...

    @property
    def utterance(self) -> Utterance:
        """Without its sound."""
        ...


class ReviewSource(Protocol):
    """Where utterances wait, and where clips are offered: `ReviewTasks`.

    Every method raises StoreUnavailable; those with an item raise LeaseLost when the account took
    its consent back or deleted it.
    """

    def waiting(self) -> AsyncIterator[WaitingItem]: ...

    def said(self) -> AsyncIterator[tuple[str, str, str]]:
        """(account, item, heard)."""
        ...

    async def with_audio(self, source: SourceItem) -> Utterance: ...

    async def names(self, account: str) -> frozenset[str]: ...

    async def offer(
        self, source: SourceItem, clip: DeidentifiedClip, reason: SampleReason
    ) -> bool: ...

    async def withhold(self, source: SourceItem) -> None: ...


class Vocabulary(Protocol):
    def known(self, word: str) -> bool:
        """Whether a lower-case word may be shown."""
        ...


class Deidentifier(Protocol):
    """Makes the clip that staff may hear. Heavy on the processor."""

    def deidentify(
        self,
        utterance: Utterance,
        *,
        names: frozenset[str],
        vocabulary: Vocabulary,
        chance: random.Random,
    ) -> DeidentifiedClip: ...


class NotDeidentified(TrainingLoopError):
    """A clip could not be de-identified: damaged, or too much for the time it was given."""

    code = "NOT_DEIDENTIFIED"


class Disguise(Protocol):
    """De-identifies beside the event loop."""

    async def clip(
        self, utterance: Utterance, names: frozenset[str], known: frozenset[str]
    ) -> DeidentifiedClip:
        """`known`: those of its words that enough accounts said. Raises NotDeidentified."""
        ...
