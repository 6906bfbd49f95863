"""How many false wakes were dropped: a number that is published, and all that is left of them."""

from __future__ import annotations

from assistant.conversation.report import Outcome, Report
from assistant.telling import keep_telling
from training_loop.errors import StoreUnavailable
from training_loop.review.figures import Figure, PublishedFigures

_EVERY_S = 5.0


class FalseWakeCount:
    """Counts in memory and tells the store every few seconds; a crash loses those of the last."""

    def __init__(self, figures: PublishedFigures) -> None:
        self._figures = figures
        self._untold = 0

    def observe(self, report: Report) -> None:
        """Of every turn that ends."""
        if report.outcome is Outcome.FALSE_WAKE:
            self._untold += 1

    async def tell(self) -> None:
        """Raises StoreUnavailable; then it is told the next time."""
        telling, self._untold = self._untold, 0
        if not telling:
            return
        try:
            await self._figures.count(Figure.FALSE_WAKES_DROPPED, telling)
        except StoreUnavailable:
            self._untold += telling
            raise

    async def forever(self) -> None:
        """Tells until it is cancelled, and a last time then."""
        await keep_telling(self.tell, _EVERY_S, "the count of false wakes")
