"""One round: who said the like, what is picked, and its way to those who review.

    census -> what waits -> plan -> with sound -> names -> de-identified -> checked -> offered

Nothing is half done at any point: until the last step the item waits, after it the clip is offered.
A consent that ends between two steps ends the way of its item.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Container
from dataclasses import dataclass, field, replace

from training_loop.errors import AccountGone
from training_loop.queue.lease import LeaseLost
from training_loop.review.task import DeidentifiedClip, Level, SourceItem
from training_loop.sampling.candidate import DAY_S
from training_loop.sampling.census import Census
from training_loop.sampling.gathering import Gathered, Gathering
from training_loop.sampling.k_anonymity import Withheld, after
from training_loop.sampling.ledger import SampleLedger
from training_loop.sampling.ports import Disguise, NotDeidentified, Progress, ReviewSource
from training_loop.sampling.report import SamplingReport, Tally, by_intent
from training_loop.sampling.reports import SamplingReports
from training_loop.sampling.sampler import Heard, Pick, Plan, make_plan
from training_loop.sampling.settings import WINDOW_DAYS, SamplingSettings
from training_loop.sampling.words import Kind, words_of_each
from training_loop.utterance import Utterance
from training_loop.vault.errors import Corrupted

_log = logging.getLogger(__name__)
_BYTES_PER_S = 32_000
_MOST_REFUSED = 100_000
_FOR_GOOD = frozenset({Withheld.TOO_LONG, Withheld.BROKEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparerPorts:
    tasks: ReviewSource
    disguise: Disguise
    lexicon: Container[str] = field(repr=False)
    """Open words: they say nothing about who uses them."""
    ledger: SampleLedger
    reports: SamplingReports


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    seed: str
    plan: Plan
    gathered: Gathered
    heard: Heard
    tally: Tally


class Preparer:
    """Remembers between rounds how often which words were said, as digests, and nothing else."""

    def __init__(
        self,
        ports: PreparerPorts,
        settings: SamplingSettings,
        *,
        progress: Progress = lambda _step, _done, _of: None,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._ports = ports
        self._settings = settings
        self._progress = progress
        self._now_s = now_s
        self._census = Census(ports.lexicon, accounts_alike=settings.accounts_alike)
        self._refused: dict[str, Withheld] = {}

    async def once(self) -> SamplingReport:
        """One round. Raises StoreUnavailable and OSError; what was offered by then is offered, and
        the next round goes on from there."""
        began = time.monotonic()
        self._progress("counting", 0, 0)
        await self._census.update(self._ports.tasks.said())
        this = await self._planned()
        for number, pick in enumerate(this.plan.picks):
            self._progress("offering", number, len(this.plan.picks))
            await self._take(this, pick)
        self._progress("offering", len(this.plan.picks), len(this.plan.picks))
        report = self._report(this, time.monotonic() - began)
        await self._ports.reports.add(report)
        return report

    async def _planned(self) -> _Round:
        seed = self._settings.seed or secrets.token_hex(8)
        now_s = self._now_s()
        gathering = Gathering(self._census, seed, now_s, self._refused)
        async for waiting in self._ports.tasks.waiting():
            gathering.add(waiting)
        gathered = await asyncio.to_thread(gathering.gathered)
        for source in gathered.never:
            await self._ports.tasks.withhold(source)
        heard = await self._ports.ledger.heard(
            {candidate.account for candidate in gathered.candidates},
            int(now_s // DAY_S) - WINDOW_DAYS,
        )
        plan = await asyncio.to_thread(
            make_plan,
            *(gathered.candidates, self._settings, seed, heard),
            eligible=gathered.eligible,
        )
        tally = Tally(withheld=gathered.withheld.copy())
        return _Round(seed=seed, plan=plan, gathered=gathered, heard=heard, tally=tally)

    async def _take(self, this: _Round, pick: Pick) -> None:
        """Counted before it is offered, so that no crash makes the caps softer."""
        one = pick.candidate
        in_all = this.heard.offered + this.plan.allowed
        if not await self._ports.ledger.reserve(
            one.account, one.day, per_day=self._settings.per_account_day, in_all=in_all
        ):
            return  # somebody else samples beside us, or the account is gone
        source = this.gathered.sources[(one.account, one.item)]
        outcome = await self._offered(source, pick)
        if isinstance(outcome, DeidentifiedClip):
            this.tally.offered(pick.reason, one.intent, outcome.level)
            return
        await self._ports.ledger.give_back(one.account, one.day)
        if outcome is None:
            this.tally.withdrawn += 1
        else:
            this.tally.withheld[outcome] += 1
            await self._refuse(source, outcome)

    async def _offered(self, source: SourceItem, pick: Pick) -> DeidentifiedClip | Withheld | None:
        """The clip that is offered now, why it is not, or None when its consent has ended.

        What failed before it was offered is given back; where the store did not answer, it may
        have been offered, and goes on counting.
        """
        try:
            clip = await self._made(source)
            if isinstance(clip, Withheld):
                return clip
            taken = await self._ports.tasks.offer(source, clip, pick.reason)
        except (LeaseLost, AccountGone):
            return None
        except OSError:  # its sound could not be read or stored
            await self._ports.ledger.give_back(source.account, pick.candidate.day)
            raise
        return clip if taken else None

    async def _made(self, source: SourceItem) -> DeidentifiedClip | Withheld:
        try:
            utterance = await self._ports.tasks.with_audio(source)
        except Corrupted:
            return Withheld.BROKEN
        if len(utterance.pcm) > self._settings.longest_clip_s * _BYTES_PER_S:
            return Withheld.TOO_LONG
        if not self._settings.sound:
            utterance = replace(utterance, pcm=b"")
        names = await self._ports.tasks.names(source.account)
        try:
            clip = await self._ports.disguise.clip(utterance, names, self._known(utterance))
        except NotDeidentified as failure:
            _log.warning("a clip was not de-identified: %s", failure)
            return Withheld.BROKEN
        if not self._settings.sound and clip.level is not Level.TRANSCRIPT_ONLY:
            return Withheld.NOT_HIDDEN
        return after(clip, self._census.likeness(source.account, source.item), self._census)

    def _known(self, utterance: Utterance) -> frozenset[str]:
        """Those words of an utterance that enough accounts said; open ones are known anyway."""
        texts = [utterance.heard, *(reading.text for reading in utterance.alternatives)]
        texts += [word.text for word in utterance.words]
        return frozenset(
            word
            for kind, word in words_of_each(texts)
            if kind is Kind.PLAIN and self._census.said_by_enough(word)
        )

    async def _refuse(self, source: SourceItem, reason: Withheld) -> None:
        """It is not picked again: for good, or until this process ends."""
        if reason in _FOR_GOOD:
            await self._ports.tasks.withhold(source)
        else:
            while len(self._refused) >= _MOST_REFUSED:
                del self._refused[next(iter(self._refused))]
            self._refused[source.item] = reason

    def _report(self, this: _Round, took_s: float) -> SamplingReport:
        tally = this.tally
        return SamplingReport(
            round_at_s=self._now_s() // 60 * 60,
            seed=this.seed,
            rate=self._settings.rate,
            accounts_alike=self._settings.accounts_alike,
            eligible=this.plan.eligible,
            offered_before=this.heard.offered,
            picked=tally.reasons.total(),
            picked_by_reason={one.value: count for one, count in tally.reasons.items()},
            picked_by_intent=by_intent(
                tally.intents, this.gathered.accounts_of_intent, self._settings.accounts_alike
            ),
            withheld_by_reason={one.value: count for one, count in tally.withheld.items()},
            altered_voice=tally.levels[Level.ALTERED_VOICE],
            transcript_only=tally.levels[Level.TRANSCRIPT_ONLY],
            withdrawn=tally.withdrawn,
            took_s=round(took_s, 1),
        )
