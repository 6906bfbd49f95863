"""An account's consent as it is stored, twice: in its hash, and in the log of what it said."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

FIELDS = (
    *("state", "child", "keep_history", "improve_models", "human_review", "epoch"),
    *("history_epoch", "learning_epoch", "review_epoch", "retention_days"),
    *("history_container", "learning_container"),
)
"""What rules may depend on. Nothing is put aside unless all of it still stands."""

SWITCHES = {"history": "keep_history", "learning": "improve_models", "review": "human_review"}
"""The switch of each purpose."""


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """The fields of an account's hash, '' for each that is absent."""

    stored: Mapping[str, str]

    @staticmethod
    def of(values: Sequence[bytes | None]) -> AccountFacts:
        """From the values of `FIELDS`, in that order."""
        return AccountFacts(
            {
                name: (value or b"").decode(errors="replace")
                for name, value in zip(FIELDS, values, strict=True)
            }
        )

    def __getitem__(self, name: str) -> str:
        return self.stored[name]

    @property
    def live(self) -> bool:
        return self["state"] == "live"

    def switched_on(self, purpose: str) -> bool:
        """Whether the switch of a purpose, and those it needs, are on."""
        needs = ("learning",) if purpose == "review" else ()
        return all(self[SWITCHES[name]] == "1" for name in (purpose, *needs))


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentLog:
    """What the log of consents says, for each purpose.

    `on`: what was chosen last; a purpose that was never chosen is absent. `opened`: the epochs at
    which it was chosen. `whole`: False where the log's oldest entries are not among those read.
    """

    on: Mapping[str, bool]
    opened: Mapping[str, frozenset[str]]
    whole: bool

    @staticmethod
    def read(newest_first: Iterable[bytes], *, whole: bool) -> ConsentLog:
        """Raises ValueError or KeyError for entries that are none."""
        on: dict[str, bool] = {}
        opened: dict[str, set[str]] = {purpose: set() for purpose in SWITCHES}
        for written in newest_first:
            entry = json.loads(written.partition(b" ")[2])
            change = dict(entry.get("change", {}))
            if change.get("improve_models") is False:
                change["human_review"] = False
            for purpose, switch in SWITCHES.items():
                if switch in change:
                    on.setdefault(purpose, bool(change[switch]))
                    if change[switch]:
                        opened[purpose].add(str(entry["epoch"]))
        return ConsentLog(
            on=on, opened={name: frozenset(epochs) for name, epochs in opened.items()}, whole=whole
        )

    def supports(self, purpose: str, epoch: str) -> bool:
        """Whether the person said yes to it last, and said so at that epoch."""
        said = self.on.get(purpose, not self.whole)
        return said and (epoch in self.opened[purpose] or not self.whole)
