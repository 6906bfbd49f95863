"""From what waits to what may be picked: the words go, a few figures stay."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from training_loop.review.task import SourceItem
from training_loop.sampling.candidate import DAY_S, Candidate, with_rephrased
from training_loop.sampling.census import Census
from training_loop.sampling.k_anonymity import Withheld, before
from training_loop.sampling.ports import WaitingItem
from training_loop.sampling.settings import WINDOW_DAYS
from training_loop.utterance import Utterance

MOST_CANDIDATES = 100_000
"""Of more, a random part is looked at; all of them count as eligible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    candidates: tuple[Candidate, ...]
    sources: Mapping[tuple[str, str], SourceItem]
    eligible: int
    withheld: Counter[Withheld]
    never: tuple[SourceItem, ...]
    """Can never be offered."""
    accounts_of_intent: Mapping[str, int]


class Gathering:
    """One round's look at what waits."""

    def __init__(
        self,
        census: Census,
        seed: str,
        now_s: float,
        refused: Mapping[str, Withheld],
        *,
        most: int = MOST_CANDIDATES,
    ) -> None:
        """`refused`: items that an earlier round could not offer, and why."""
        self._census = census
        self._seed = seed.encode()[:64]
        self._since_s = now_s - WINDOW_DAYS * DAY_S
        self._refused = refused
        self._most = most
        self._kept: dict[tuple[str, str], tuple[bytes, Candidate, SourceItem]] = {}
        self._eligible = 0
        self._withheld: Counter[Withheld] = Counter()
        self._never: list[SourceItem] = []
        self._accounts: dict[str, set[str]] = defaultdict(set)

    def add(self, waiting: WaitingItem) -> None:
        source, utterance = waiting.source, waiting.utterance
        if utterance.captured_at_s < self._since_s:
            return
        reason = self._refused.get(source.item) or before(
            self._census.likeness(source.account, source.item)
        )
        if reason:
            self._withheld[reason] += 1
            if reason is Withheld.NOTHING_HEARD:
                self._never.append(source)
            return
        self._eligible += 1
        candidate = _candidate(source, utterance)
        self._accounts[candidate.intent].add(source.account)
        order = hashlib.blake2b(source.item.encode(), key=self._seed, digest_size=8).digest()
        self._kept[(source.account, source.item)] = (order, candidate, source)
        if len(self._kept) >= 2 * self._most:
            self._thin()

    def gathered(self) -> Gathered:
        self._thin()
        by_account: dict[str, list[Candidate]] = defaultdict(list)
        for _, candidate, _ in self._kept.values():
            by_account[candidate.account].append(candidate)
        marked: list[Candidate] = []
        for account, said in by_account.items():
            marked += with_rephrased(
                [(one, self._census.said_words(account, one.item)) for one in said]
            )
        return Gathered(
            candidates=tuple(marked),
            sources={place: source for place, (_, _, source) in self._kept.items()},
            eligible=self._eligible,
            withheld=self._withheld,
            never=tuple(self._never),
            accounts_of_intent={name: len(who) for name, who in self._accounts.items()},
        )

    def _thin(self) -> None:
        if len(self._kept) > self._most:
            first = sorted(self._kept.items(), key=lambda one: one[1][0])[: self._most]
            self._kept = dict(first)


def _candidate(source: SourceItem, utterance: Utterance) -> Candidate:
    return Candidate(
        account=source.account,
        item=source.item,
        intent=utterance.intent,
        confidence=utterance.confidence,
        intent_confidence=utterance.intent_confidence,
        answered=bool(utterance.skill),
        captured_at_s=utterance.captured_at_s,
        corrected=utterance.correction is not None,
    )
