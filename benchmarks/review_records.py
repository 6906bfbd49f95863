"""What happened in a simulated shift, as those who worked saw it, and what that comes to."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median, quantiles

from benchmarks.report import Value
from benchmarks.review_people import Clip
from training_loop.loop import Loop
from training_loop.review.agreement import judgement
from training_loop.review.task import Opinion

GRACE_S = 0.05
"""What the event loop of the benchmark itself may take to note an arrival."""


@dataclass(slots=True, kw_only=True)
class Records:
    """Times are of one monotonic clock."""

    clips: Mapping[int, Clip]
    first_audio_ms: list[float] = field(default_factory=list)
    lease_ms: list[float] = field(default_factory=list)
    submitted: Counter[str] = field(default_factory=Counter)
    """By person."""
    reviewers_of: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    at_once: Counter[int] = field(default_factory=Counter)
    adjudicated: Counter[int] = field(default_factory=Counter)
    most_at_once: Counter[int] = field(default_factory=Counter)
    withdrawn: Counter[str] = field(default_factory=Counter)
    """Tasks that ended for whom they were lent to, by the code."""
    gone_at: dict[str, float] = field(default_factory=dict)
    """When the opt-out of an account returned."""
    late_s: list[float] = field(default_factory=list)
    stopped_at: dict[str, float] = field(default_factory=dict)
    """When a player of an account's clip was stopped."""
    stopped_by: Counter[str] = field(default_factory=Counter)
    """People who were lent no more, by why."""
    _began: float = 0.0
    _ended: float = 0.0

    def began(self) -> None:
        self._began = time.monotonic()

    def ended(self) -> None:
        self._ended = time.monotonic()

    def lent(self, clip: Clip, person: str, *, adjudication: bool) -> None:
        self.arrived(clip)
        self.reviewers_of[clip.number][person] += 1
        if adjudication:
            self.adjudicated[clip.number] += 1
        else:
            self.at_once[clip.number] += 1
            self.most_at_once[clip.number] = max(
                self.most_at_once[clip.number], self.at_once[clip.number]
            )

    def returned(self, clip: Clip, *, adjudication: bool) -> None:
        if not adjudication:
            self.at_once[clip.number] -= 1

    def arrived(self, clip: Clip) -> None:
        """Anything of a clip came to somebody."""
        gone = self.gone_at.get(clip.account)
        if gone is not None and (late := time.monotonic() - gone) > GRACE_S:
            self.late_s.append(late)

    def figures(self, people: int, cap: int) -> dict[str, Value]:
        seconds = self._ended - self._began
        reviews = self.submitted.total()
        stopped = [
            max(0.0, at - self.gone_at[account]) * 1000
            for account, at in self.stopped_at.items()
            if account in self.gone_at
        ]
        return {
            "clips": len(self.clips),
            "people": people,
            "duration (s)": seconds,
            "reviews": reviews,
            "reviews/s": reviews / seconds,
            "lease p95 (ms)": _p95(self.lease_ms),
            "lease to first audio p50 (ms)": median(self.first_audio_ms),
            "lease to first audio p95 (ms)": _p95(self.first_audio_ms),
            "most reviews of one person": max(self.submitted.values()),
            "cap": cap,
            "people who met the cap": self.stopped_by["CAP_REACHED"],
            "people who were held": self.stopped_by["HELD"],
            "clips lent twice to one person": sum(
                count > 1 for seen in self.reviewers_of.values() for count in seen.values()
            ),
            "most reviewers of one clip at once": max(
                count for number, count in self.most_at_once.items() if not self.clips[number].check
            ),
            "clips with more than two reviewers": sum(
                len(self.reviewers_of[number]) > 2
                for number in self.most_at_once
                if not self.clips[number].check and not self.adjudicated[number]
            ),
            "opt-outs": len(self.gone_at),
            "tasks withdrawn": self.withdrawn["TASK_WITHDRAWN"],
            "arrivals after an opt-out": len(self.late_s),
            "players stopped by an opt-out": len(stopped),
            "longest until a player stopped (ms)": max(stopped, default=None),
        }

    async def precision(self, loop: Loop, items: Mapping[str, int]) -> dict[str, Value]:
        """Of what became gold, the share that is what was really said and meant."""
        right = wrong = 0
        async for found in loop.queue.reviewed(with_audio=False):
            review = found.review
            gold = Opinion(text=review.text, intent=review.intent, entities=review.entities)
            truth = self.clips[items[found.item]].truth
            right, wrong = (
                (right + 1, wrong) if judgement(gold) == judgement(truth) else (right, wrong + 1)
            )
        return {
            "gold": right + wrong,
            "gold that is right": right / (right + wrong) if right + wrong else None,
        }


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1]
