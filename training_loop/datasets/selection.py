"""Which reviewed items a data set is made of, and why the others are not in it. Pure."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from training_loop.datasets.hold_out import refresh_reason
from training_loop.datasets.item_ref import ItemRef
from training_loop.datasets.manifest import DatasetItem, DatasetManifest, HoldOut, SamplingReport
from training_loop.datasets.split import Shares, Split, stratification
from training_loop.utterance import NamedEntity, Utterance

HIDDEN_WORDS = "hidden_words"
OTHER_DOMAIN = "other_domain"
OVER_CAP = "over_cap"
CONTRADICTING = "contradicting"
WAITING = "waiting_for_refresh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A reviewed item that could be in a data set, as far as choosing needs to know it."""

    ref: ItemRef
    account: int
    """A number for this selection alone."""
    split: Split
    intent: str = field(repr=False)
    text_digest: bytes = field(repr=False)
    content_digest: bytes = field(repr=False)
    label: str


@dataclass(slots=True, kw_only=True)
class Gathered:
    """What was read, before anything is chosen."""

    candidates: list[Candidate] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    filled: int = 0

    @property
    def reviewed(self) -> int:
        return len(self.candidates) + self.left_out.total()


def select(
    gathered: Gathered,
    *,
    previous: DatasetManifest | None,
    shares: Shares,
    seed: int,
    per_account: int,
    now_s: float,
) -> DatasetManifest:
    """The manifest of what was chosen; it may be empty.

    Text that reviewers gave several intents keeps those of the intent that more than half of its
    items have; without one, all of them are left out. The hold-out decides so for itself, when it
    is made anew.
    """
    left_out = Counter(gathered.left_out)
    candidates = _capped(gathered.candidates, seed, per_account, left_out)
    learning = [one for one in candidates if one.split is not Split.HOLD_OUT]
    proving = [one for one in candidates if one.split is Split.HOLD_OUT]
    learning, contradictions = _agreeing(learning, left_out)
    proving, hold_out, more = _held_out(proving, previous, shares, now_s, left_out)
    chosen = sorted([*learning, *proving], key=lambda one: one.ref)
    return DatasetManifest(
        created_at_s=now_s,
        seed=seed,
        shares=shares,
        items=tuple(DatasetItem(ref=one.ref, split=one.split, label=one.label) for one in chosen),
        hold_out=hold_out,
        report=_report(gathered, chosen, left_out, contradictions + more, per_account),
    )


def _capped(
    candidates: Sequence[Candidate], seed: int, most: int, left_out: Counter[str]
) -> list[Candidate]:
    """At most so many of each account, drawn by the seed; those of the hold-out all stay.

    What was said decides, and not what its item is called: the same people draw the same in every
    installation, whatever else came before or was erased.
    """
    by_account: dict[int, list[Candidate]] = defaultdict(list)
    for one in candidates:
        by_account[one.account].append(one)
    kept: list[Candidate] = []
    for own in by_account.values():
        if len(own) > most and own[0].split is not Split.HOLD_OUT:
            own = sorted(own, key=lambda one: (_draw(seed, one.content_digest), one.ref))
            left_out[OVER_CAP] += len(own) - most
        kept += own[:most] if own[0].split is not Split.HOLD_OUT else own
    return kept


def _draw(seed: int, content_digest: bytes) -> bytes:
    return hashlib.sha256(f"{seed} ".encode() + content_digest).digest()


def _agreeing(
    candidates: Sequence[Candidate], left_out: Counter[str]
) -> tuple[list[Candidate], int]:
    """Those that do not contradict the others, and how many texts had several intents."""
    intents: dict[bytes, Counter[str]] = defaultdict(Counter)
    for one in candidates:
        intents[one.text_digest][one.intent] += 1
    contradicted = {text: of for text, of in intents.items() if len(of) > 1}
    kept = [
        one
        for one in candidates
        if (of := contradicted.get(one.text_digest)) is None or 2 * of[one.intent] > of.total()
    ]
    if len(kept) < len(candidates):
        left_out[CONTRADICTING] += len(candidates) - len(kept)
    return kept, len(contradicted)


def _held_out(
    candidates: Sequence[Candidate],
    previous: DatasetManifest | None,
    shares: Shares,
    now_s: float,
    left_out: Counter[str],
) -> tuple[list[Candidate], HoldOut, int]:
    frozen = previous.refs(Split.HOLD_OUT) if previous else frozenset()
    left = [one for one in candidates if one.ref in frozen]
    reason = refresh_reason(
        previous.hold_out if previous else None,
        now_s=now_s,
        frozen=len(frozen),
        left=len(left),
        waiting=len(candidates) - len(left),
        share_raised=previous is not None and shares.hold_out > previous.shares.hold_out,
    )
    if reason or previous is None:
        generation = previous.hold_out.generation + 1 if previous else 1
        kept, contradictions = _agreeing(candidates, left_out)
        return kept, HoldOut(generation=generation, since_s=now_s, reason=reason), contradictions
    if len(left) < len(candidates):
        left_out[WAITING] += len(candidates) - len(left)
    return left, previous.hold_out, 0


def _report(
    gathered: Gathered,
    chosen: Sequence[Candidate],
    left_out: Counter[str],
    contradictions: int,
    per_account: int,
) -> SamplingReport:
    accounts = Counter(one.account for one in chosen)
    by_split = {one.account: one.split.value for one in chosen}
    return SamplingReport(
        reviewed=gathered.reviewed,
        accounts=len(accounts),
        accounts_by_split=dict(sorted(Counter(by_split.values()).items())),
        most_of_one_account=max(accounts.values(), default=0),
        per_account=per_account,
        left_out=dict(sorted(left_out.items())),
        contradictions=contradictions,
        filled=gathered.filled,
        stratification=stratification((one.split, one.intent) for one in chosen),
    )


def text_digest(key: bytes, text: str) -> bytes:
    """Finds equal texts, whatever their case and spacing; `key` lives as long as the selection."""
    return hmac.digest(key, " ".join(text.casefold().split()).encode(), "sha256")[:16]


def content_digest(
    text: str, intent: str, entities: Sequence[NamedEntity], said: Utterance
) -> bytes:
    """Of what trainers read of an item. Under no key, so that chance in two installations is the
    same: it is as personal as what it is made of, and is written nowhere."""
    marks = [(one.name, one.role, one.value, one.start, one.end) for one in entities]
    spoken = [(one.text, one.start_ms, one.end_ms) for one in said.words]
    read = [text, intent, marks, said.heard, spoken, said.wake_score]
    return hashlib.sha256(json.dumps(read).encode()).digest()
