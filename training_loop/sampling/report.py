"""What a round did, in figures that name nobody."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from training_loop.review.task import Level, SampleReason
from training_loop.sampling.k_anonymity import Withheld

OTHER = "other"
"""Stands for all intents that too few accounts have: their counts could be about one person."""
NONE = "none"
"""Stands for requests without an intent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingReport:
    """`GetSamplingReport` shows it; keys of the counts are values of `SampleReason` and
    `Withheld`, and names of intents."""

    round_at_s: float
    """Unix time, to the minute."""
    seed: str
    rate: float
    accounts_alike: int
    eligible: int
    """May be heard and waited when the round began."""
    offered_before: int
    """Of the days that the rate is held over, without this round."""
    picked: int
    """Offered in this round."""
    picked_by_reason: Mapping[str, int] = field(default_factory=dict)
    picked_by_intent: Mapping[str, int] = field(default_factory=dict)
    withheld_by_reason: Mapping[str, int] = field(default_factory=dict)
    altered_voice: int = 0
    transcript_only: int = 0
    withdrawn: int = 0
    """Were picked, and gone or forbidden before they were offered."""
    took_s: float = 0.0

    @property
    def share(self) -> float:
        """Of what may be heard, the share that is offered, this round included."""
        known = self.eligible + self.offered_before
        return (self.offered_before + self.picked) / known if known else 0.0

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @staticmethod
    def from_json(written: str | bytes) -> SamplingReport:
        found: dict[str, Any] = json.loads(written)
        return SamplingReport(**found)


@dataclass(slots=True, kw_only=True)
class Tally:
    """The counts of a round that is under way."""

    withheld: Counter[Withheld] = field(default_factory=Counter)
    reasons: Counter[SampleReason] = field(default_factory=Counter)
    intents: Counter[str] = field(default_factory=Counter)
    levels: Counter[Level] = field(default_factory=Counter)
    withdrawn: int = 0

    def offered(self, reason: SampleReason, intent: str, level: Level) -> None:
        self.reasons[reason] += 1
        self.intents[intent] += 1
        self.levels[level] += 1


def by_intent(
    picked: Mapping[str, int], accounts_of_intent: Mapping[str, int], accounts_alike: int
) -> dict[str, int]:
    """Intents that fewer than `accounts_alike` accounts have are one, so that no count is about
    few people."""
    merged: Counter[str] = Counter()
    for intent, count in picked.items():
        common = accounts_of_intent.get(intent, 0) >= accounts_alike
        merged[(intent or NONE) if common else OTHER] += count
    return dict(merged)
