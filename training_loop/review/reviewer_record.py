"""What is known of how well each reviewer works: counts by member, and the latest hidden checks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from redis.asyncio import Redis

from training_loop.review.agreement import agree, judgement
from training_loop.review.checks import WINDOW, CheckResults, is_right
from training_loop.review.reliability import PAIRS_KEPT, Pair, Tokens
from training_loop.review.settlement import AnsweredCheck, Settlement, Voice
from training_loop.review.task import Opinion, VerdictOutcome
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts, text

_TOLD_KNOWN_MS = 7 * 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewerRecord:
    """Counts of one member of staff."""

    staff: str
    reviews: int = 0
    compared: int = 0
    """Clips that two have settled, or an adjudicator after them."""
    agreed: int = 0
    """Of these, how often the member said what became of it."""
    checks: int = 0
    checks_right: int = 0
    latest: CheckResults = field(default_factory=CheckResults)

    @property
    def agreement(self) -> float | None:
        return self.agreed / self.compared if self.compared else None

    @property
    def check_accuracy(self) -> float | None:
        """Over all checks; `latest.accuracy` has the latest alone."""
        return self.checks_right / self.checks if self.checks else None

    @property
    def held(self) -> bool:
        return self.latest.held

    @staticmethod
    def read(staff: str, stored: Mapping[str, str]) -> ReviewerRecord:
        latest = stored.get("latest", "")
        return ReviewerRecord(
            staff=staff,
            **{
                name: max(0, int(stored.get(name, 0)))
                for name in ("reviews", "compared", "agreed", "checks", "checks_right")
            },
            latest=CheckResults(
                right=latest.count("1"),
                wrong=latest.count("0"),
                same_in_a_row=int(stored.get("same", 0)),
            ),
        )


class ReviewerRecords:
    """A ReviewObserver. Every method raises StoreUnavailable."""

    def __init__(self, store: Redis) -> None:
        self._store = store
        self._scripts = Scripts(store)
        self._tokens = Tokens()

    def said(self, opinion: Opinion) -> str:
        """A token of everything that an opinion says, for `Shifts.acted`; empty for one that sets
        the clip aside, of which there may honestly be many in a row."""
        said = judgement(opinion)
        if said.set_aside:
            return ""
        return self._tokens.of("opinion", said.text, said.meaning.intent, said.meaning.slots)

    async def settled(self, settlement: Settlement) -> None:
        """Two reviewers agree or don't: that is a pair. Whose word held is counted once it is
        known: at once where they agree, else with the adjudication."""
        voices = settlement.reviewers
        first = settlement.adjudicator is None
        pair = ""
        if first and len(voices) == 2:
            pair = self._tokens.pair(*(judgement(voice.opinion) for voice in voices)).written()
        outcome = settlement.verdict.outcome
        told = f"{settlement.settlement}:{'pair' if first else 'adjudicated'}"
        compared = () if outcome is VerdictOutcome.DISAGREED else voices
        await self._note(
            told, pair, ((voice, "1", str(int(_held(voice, settlement))), "") for voice in compared)
        )

    async def checked(self, answered: AnsweredCheck) -> None:
        right = is_right(answered.voice.opinion, answered.truth)
        voices = [(answered.voice, "0", "0", str(int(right)))]
        await self._note(f"check:{answered.check}", "", voices)

    async def of(self, staff: str) -> ReviewerRecord:
        with store_errors():
            stored = await self._store.hgetall(keys.reviewer_record(staff))
        return ReviewerRecord.read(staff, {text(k): text(v) for k, v in stored.items()})

    async def all(self) -> tuple[ReviewerRecord, ...]:
        """Of everybody who has reviewed, by their ids."""
        with store_errors():
            members = sorted(map(text, await self._store.smembers(keys.reviewers())))
        return tuple([await self.of(member) for member in members])

    async def release(self, staff: str) -> ReviewerRecord:
        """Somebody has looked into it: checks begin anew, what was counted stays."""
        with store_errors():
            await self._store.hdel(keys.reviewer_record(staff), "latest", "same", "said")
        return await self.of(staff)

    async def forget(self, staff: str) -> None:
        """For a member who has left: the record and the shift."""
        with store_errors():
            await self._store.srem(keys.reviewers(), staff)
            await self._store.unlink(keys.reviewer_record(staff), keys.review_shift(staff))

    async def pairs(self) -> tuple[Pair, ...]:
        """Of the latest clips that two people reviewed."""
        with store_errors():
            found = await self._store.lrange(keys.review_pairs(), 0, PAIRS_KEPT - 1)
        return tuple(Pair.read(text(one)) for one in found)

    async def _note(
        self, told: str, pair: str, voices: Iterable[tuple[Voice, str, str, str]]
    ) -> None:
        voices = tuple(voices)
        digest = hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
        records = [keys.reviewer_record(voice.staff) for voice, *_ in voices]
        counts = [part for voice, *parts in voices for part in (voice.staff, *parts)]
        await self._scripts.run(
            "review_note_outcome",
            [keys.review_told(digest), keys.reviewers(), keys.review_pairs(), *records],
            [_TOLD_KNOWN_MS, pair, PAIRS_KEPT, WINDOW, *counts],
        )


def _held(voice: Voice, settlement: Settlement) -> bool:
    """Whether a reviewer said what became of the clip: as the truth has it, as all others where
    it was set aside, as the adjudicator where no truth was found."""
    verdict, adjudicator = settlement.verdict, settlement.adjudicator
    if verdict.opinion is not None:
        return agree(voice.opinion, verdict.opinion)
    if adjudicator is not None:
        return agree(voice.opinion, adjudicator.opinion)
    return True
