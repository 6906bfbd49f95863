"""Which utterances are offered to people. Pure: candidates, settings and a seed make a plan.

A plan has two parts. The uniform part draws accounts, not utterances: who talks a lot is heard no
more often than who talks little. The other part takes requests that went badly, evenly over
intents. Both prefer the intents that have been picked least, so that rare ones are there at all.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from training_loop.review.task import SampleReason
from training_loop.sampling.candidate import Candidate
from training_loop.sampling.settings import SamplingSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was offered before, of the days that candidates may come from."""

    offered: int = 0
    of_account_day: Mapping[tuple[str, int], int] = field(default_factory=dict, repr=False)
    """By account and day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    candidate: Candidate
    reason: SampleReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    seed: str
    eligible: int
    """Candidates, without what was offered before."""
    allowed: int
    """How many the rate left for this plan."""
    picks: tuple[Pick, ...]


def make_plan(
    candidates: Iterable[Candidate],
    settings: SamplingSettings,
    seed: str,
    heard: Heard | None = None,
    *,
    eligible: int | None = None,
) -> Plan:
    """The same for the same seed and the same candidates in any order.

    `eligible` is said where the candidates are a part of those that could be heard. Of these and
    of what was offered before, never more than `settings.rate` is offered; of what an account said
    in a day, never more than `settings.per_account_day`.
    """
    heard = heard or Heard()
    pool = sorted(candidates, key=lambda one: (one.account, one.item))
    eligible = len(pool) if eligible is None else eligible
    allowed = min(allowance(settings.rate, eligible, heard.offered), settings.most_a_round)
    draw = _Draw(pool, settings, heard, random.Random(seed))  # noqa: S311 - to be repeated
    unsure = int(allowed * settings.uncertain_share + draw.chance.random())
    draw.uncertain(min(unsure, allowed))
    draw.uniform(allowed - len(draw.picks))
    draw.uncertain(allowed - len(draw.picks))
    return Plan(seed=seed, eligible=eligible, allowed=allowed, picks=tuple(draw.picks))


def allowance(rate: float, eligible: int, offered: int) -> int:
    """How many more may be offered. Rounds down: a rate is a bound, not a goal."""
    return max(0, int(rate * (eligible + offered) + 1e-9) - offered)


class _Draw:
    """The picks so far, and what the caps still allow."""

    def __init__(
        self,
        pool: Sequence[Candidate],
        settings: SamplingSettings,
        heard: Heard,
        chance: random.Random,
    ) -> None:
        self._pool = pool
        self._settings = settings
        self.chance = chance
        self.picks: list[Pick] = []
        self._taken: set[tuple[str, str]] = set()
        self._of_day = Counter(dict(heard.of_account_day))
        self._of_intent: Counter[str] = Counter()

    def uniform(self, wanted: int) -> None:
        """One of each account in random order, then a second of each, and so on."""
        by_account: dict[str, list[Candidate]] = defaultdict(list)
        for candidate in self._pool:
            if self._open(candidate):
                by_account[candidate.account].append(candidate)
        accounts = sorted(by_account)
        while wanted > 0 and accounts:
            self.chance.shuffle(accounts)
            for account in accounts[:wanted]:
                left = [one for one in by_account[account] if self._open(one)]
                if left:
                    self._take(self._of_rarest_intent(left), SampleReason.RANDOM)
                    wanted -= 1
                by_account[account] = left
            accounts = [account for account in accounts if by_account[account]]

    def uncertain(self, wanted: int) -> None:
        """The intent that was picked least, a random account that has it, a random request."""
        by_intent: dict[str, dict[str, list[Candidate]]] = defaultdict(lambda: defaultdict(list))
        for candidate in self._pool:
            if self._open(candidate) and candidate.doubt(self._settings):
                by_intent[candidate.intent][candidate.account].append(candidate)
        strata = {intent: list(found.values()) for intent, found in by_intent.items()}
        waiting = [(self._of_intent[name], self.chance.random(), name) for name in sorted(strata)]
        heapq.heapify(waiting)
        while wanted > 0 and waiting:
            _, _, intent = heapq.heappop(waiting)
            found = self._of_random_account(strata[intent])
            if found is None:
                continue
            reason = found.doubt(self._settings)
            assert reason
            self._take(found, reason)
            wanted -= 1
            heapq.heappush(waiting, (self._of_intent[intent], self.chance.random(), intent))

    def _of_random_account(self, stratum: list[list[Candidate]]) -> Candidate | None:
        """`stratum` lists requests by account; accounts with nothing left to offer go from it."""
        while stratum:
            place = self.chance.randrange(len(stratum))
            left = [one for one in stratum[place] if self._open(one)]
            if left:
                return self.chance.choice(left)
            stratum[place] = stratum[-1]
            stratum.pop()
        return None

    def _of_rarest_intent(self, left: Sequence[Candidate]) -> Candidate:
        fewest = min(self._of_intent[one.intent] for one in left)
        rarest = sorted({one.intent for one in left if self._of_intent[one.intent] == fewest})
        intent = self.chance.choice(rarest)
        return self.chance.choice([one for one in left if one.intent == intent])

    def _open(self, candidate: Candidate) -> bool:
        if (candidate.account, candidate.item) in self._taken:
            return False
        offered = self._of_day[(candidate.account, candidate.day)]
        return offered < self._settings.per_account_day

    def _take(self, candidate: Candidate, reason: SampleReason) -> None:
        self.picks.append(Pick(candidate=candidate, reason=reason))
        self._taken.add((candidate.account, candidate.item))
        self._of_day[(candidate.account, candidate.day)] += 1
        self._of_intent[candidate.intent] += 1
