"""How long to wait before trying again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Exponential with full jitter, so that a fleet does not come back all at once.

    Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    """

    first_s: float = 0.2
    factor: float = 2.0
    longest_s: float = 15.0

    def delays(self, chance: random.Random) -> Iterator[float]:
        """Endless; each is between a tenth of the step and the step."""
        step = self.first_s
        while True:
            yield step * chance.uniform(0.1, 1.0)
            step = min(self.longest_s, step * self.factor)
