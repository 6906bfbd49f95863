"""What a data set is made of, written once and named by its own hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from training_loop.datasets.item_ref import ItemRef
from training_loop.datasets.split import Shares, Split, Stratification

VERSION = 1
BEGINNING = "ds-"
_LETTERS = {Split.TRAIN: "r", Split.TEST: "t", Split.HOLD_OUT: "h"}
_SPLITS = {letter: split for split, letter in _LETTERS.items()}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class DatasetItem:
    ref: ItemRef
    split: Split = field(compare=False)
    label: str
    """HMAC of what reviewers agreed on, under the key that seals it: whoever changes the review
    is found out, and once that key is destroyed it says nothing to anybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldOut:
    """Since when the hold-out is what it is, and why it was made anew then."""

    generation: int
    since_s: float
    reason: str
    """ "first", "age", "erasures", "growth" or "share"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingReport:
    """How the items came to be chosen. Counts alone."""

    reviewed: int
    """All that could be read when it was made."""
    accounts: int
    accounts_by_split: Mapping[str, int]
    most_of_one_account: int
    per_account: int
    """The cap."""
    left_out: Mapping[str, int]
    """By reason: "hidden_words", "other_domain", "over_cap", "contradicting",
    "waiting_for_refresh"."""
    contradictions: int
    """Texts that reviewers gave more than one intent."""
    filled: int
    """Items whose hidden words were put back."""
    stratification: Stratification


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetManifest:
    """Names no account. Equal items, splits and labels have equal `content_sha256`."""

    created_at_s: float
    """Unix time."""
    seed: int
    shares: Shares
    items: tuple[DatasetItem, ...]
    """In the order of their refs."""
    hold_out: HoldOut
    report: SamplingReport

    @property
    def name(self) -> str:
        return BEGINNING + hashlib.sha256(self.to_bytes()).hexdigest()[:20]

    @property
    def content_sha256(self) -> str:
        return content_hash(self.items)

    @property
    def intents(self) -> Mapping[str, int]:
        """Items by intent."""
        found: dict[str, int] = {}
        for of in self.report.stratification.counts.values():
            for intent, number in of.items():
                found[intent] = found.get(intent, 0) + number
        return dict(sorted(found.items()))

    def refs(self, *splits: Split) -> frozenset[ItemRef]:
        """Of some splits; of all where none is named."""
        chosen = splits or tuple(Split)
        return frozenset(item.ref for item in self.items if item.split in chosen)

    def to_bytes(self) -> bytes:
        """Canonical JSON: equal manifests have equal bytes."""
        content = {
            "version": VERSION,
            "created_at_s": self.created_at_s,
            "seed": self.seed,
            "shares": asdict(self.shares),
            "content_sha256": self.content_sha256,
            "hold_out": asdict(self.hold_out),
            "report": asdict(self.report),
            "items": [
                [item.ref.item, item.ref.epoch, _LETTERS[item.split], item.label]
                for item in self.items
            ],
        }
        return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()

    @staticmethod
    def from_bytes(written: bytes) -> DatasetManifest:
        """Raises ValueError, KeyError or TypeError for bytes that are no manifest."""
        content: Mapping[str, Any] = json.loads(written)
        if content["version"] != VERSION:
            raise ValueError("unknown version of a manifest")
        report = dict(content["report"])
        strata = dict(report.pop("stratification"))
        strata["missing"] = {split: tuple(of) for split, of in strata["missing"].items()}
        manifest = DatasetManifest(
            created_at_s=content["created_at_s"],
            seed=content["seed"],
            shares=Shares(**content["shares"]),
            hold_out=HoldOut(**content["hold_out"]),
            report=SamplingReport(**report, stratification=Stratification(**strata)),
            items=tuple(
                DatasetItem(ref=ItemRef(item=item, epoch=epoch), split=_SPLITS[letter], label=label)
                for item, epoch, letter, label in content["items"]
            ),
        )
        if manifest.content_sha256 != content["content_sha256"]:
            raise ValueError("the items are not those of the content hash")
        return manifest


def content_hash(items: Iterable[DatasetItem]) -> str:
    """SHA-256 over each item's id, epoch, split and label, in their order."""
    found = hashlib.sha256()
    for item in items:
        line = f"{item.ref.item} {item.ref.epoch} {item.split.value} {item.label}\n"
        found.update(line.encode())
    return found.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What has changed from one data set to another."""

    added: tuple[ItemRef, ...]
    removed: tuple[ItemRef, ...]
    relabelled: tuple[ItemRef, ...]
    moved: tuple[ItemRef, ...]
    """To another split."""
    same: int
    intents: Mapping[str, tuple[int, int]]
    """Before and after, of the intents whose number changed."""


def difference(before: DatasetManifest, after: DatasetManifest) -> Difference:
    old = {item.ref: item for item in before.items}
    new = {item.ref: item for item in after.items}
    both = sorted(old.keys() & new.keys())
    relabelled = tuple(ref for ref in both if old[ref].label != new[ref].label)
    moved = tuple(ref for ref in both if old[ref].split is not new[ref].split)
    counts = {
        intent: (before.intents.get(intent, 0), after.intents.get(intent, 0))
        for intent in sorted({*before.intents, *after.intents})
    }
    return Difference(
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        relabelled=relabelled,
        moved=moved,
        same=len(set(both) - set(relabelled) - set(moved)),
        intents={intent: pair for intent, pair in counts.items() if pair[0] != pair[1]},
    )
