"""What is told when a clip is settled, or a hidden check was answered: who was right, and how far
people agree. It ends in counts; nothing of the clip is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from training_loop.review.task import Opinion, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """What a member of staff said about a clip."""

    staff: str
    opinion: Opinion = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """A clip that two reviewers have seen, or an adjudicator after them.

    Told twice for a clip that goes to adjudication: with DISAGREED and no adjudicator, then with
    the adjudicator's voice and the final verdict.
    """

    settlement: str
    """Random, made for this clip when it was offered, in no other place of the store. With the
    verdict's outcome it makes telling it again harmless."""
    reviewers: Sequence[Voice] = field(repr=False)
    verdict: Verdict
    adjudicator: Voice | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredCheck:
    """A hidden check: a clip whose truth was settled before, by one who has not seen it."""

    check: str
    """Random, and new for each time the clip is lent as a check."""
    voice: Voice = field(repr=False)
    truth: Opinion | None = field(repr=False)
    """None where the clip was set aside as unusable."""


class ReviewObserver(Protocol):
    """Counts what reviews came to. Both may be told any number of times; it counts once.

    Raises StoreUnavailable; then tell it again.
    """

    async def settled(self, settlement: Settlement) -> None: ...

    async def checked(self, answered: AnsweredCheck) -> None: ...
