"""The page: everything on it is escaped, and it loads nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from training_loop.datasets.split import Split
from training_loop.lap.outcome import LapOutcome
from training_loop.lap.report import formats, words
from training_loop.lap.report.section import Section
from training_loop.registry.record import ModelSummary

_TEMPLATES = Path(__file__).parent / "templates"
_MOST_EARLIER = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRow:
    name: str
    accounts: int
    items: int
    lacks: tuple[str, ...]
    """Intents that only other splits have."""


def page(outcome: LapOutcome, *, earlier: Sequence[ModelSummary] = ()) -> str:
    """Equal outcomes give equal pages. Blocking: draws for some seconds."""
    report = outcome.data_set.report
    values: Mapping[str, object] = {
        "outcome": outcome,
        "headline": words.headline(outcome),
        "sections": tuple(Section(outcome, model) for model in outcome.models),
        "splits": splits_of(outcome),
        "epochs": epochs_of(outcome),
        "overdue": words.overdue(outcome),
        "withheld": words.withheld(report),
        "refreshed": words.REFRESHED.get(outcome.data_set.hold_out.reason, ""),
        "earlier": _earlier(outcome, earlier),
        "kinds": words.KINDS,
        "figures": words.FIGURES,
    }
    return _environment().get_template("report.html").render(values)


def splits_of(outcome: LapOutcome) -> tuple[SplitRow, ...]:
    report = outcome.data_set.report
    items = Counter(item.split for item in outcome.data_set.items)
    return tuple(
        SplitRow(
            name=words.SPLITS[split.value],
            accounts=report.accounts_by_split.get(split.value, 0),
            items=items[split],
            lacks=report.stratification.missing.get(split.value, ()),
        )
        for split in Split
    )


def epochs_of(outcome: LapOutcome) -> tuple[tuple[int, int], ...]:
    """Consent epochs of the training items, and how many items each allowed."""
    return tuple(sorted(Counter(ref.epoch for ref in outcome.data_set.refs(Split.TRAIN)).items()))


def _earlier(outcome: LapOutcome, earlier: Sequence[ModelSummary]) -> tuple[ModelSummary, ...]:
    """Models that were there before this lap, the newest first."""
    new = {model.model for model in outcome.models}
    kinds = {model.kind for model in outcome.models}
    found = [one for one in earlier if one.model not in new and one.kind in kinds]
    return tuple(sorted(found, key=lambda one: (-one.created_at_s, one.model))[:_MOST_EARLIER])


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for use in (
        *(formats.percent, formats.points, formats.number, formats.duration, formats.size),
        *(formats.moment, formats.day, formats.counted, formats.part_name),
    ):
        made.filters[use.__name__] = use
    return made
