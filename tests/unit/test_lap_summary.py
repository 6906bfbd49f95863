"""The summary of a lap in a terminal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rich.console import Console

from tests.fixtures import lap_outcome as made_up
from training_loop.lap.outcome import LapOutcome, Result
from training_loop.lap.report.page import page
from training_loop.lap.summary import summary
from training_loop.training.trainer import ModelKind


def printed(outcome: LapOutcome) -> str:
    console = Console(width=110, highlight=False)
    with console.capture() as said:
        console.print(summary(outcome))
    return said.get()


def test_says_what_came_of_each_model_of_consents_and_where_the_report_lies(
    lap_outcome: LapOutcome,
) -> None:
    said = printed(replace(lap_outcome, report=Path("/reports/lap.html")))
    for model in lap_outcome.models:
        assert model.model in said
        for before, after in model.figures.values():
            assert f"{before:.1%}" in said
            assert f"{after:.1%}" in said
    for part in (
        "Language understanding  Released",
        "Thresholds  Refused",
        "· ask_date is clearly worse",
        "1,241 reviewed utterances of 212 accounts (134 training, 18 test, 60 hold-out)",
        "3 of them meanwhile",
        "54: the account already gave as many as count",
        "1.6 min, 1.9 min of processor time",
        "/reports/lap.html",
    ):
        assert part in said, part


def test_deletions_that_recipients_owe_for_too_long_are_said(lap_outcome: LapOutcome) -> None:
    told = "2 deletions are overdue at recipients: training-loop dataset tombstones --overdue"
    late = replace(lap_outcome, overdue_deletions=2)
    assert told in printed(late)
    assert told in page(late)
    for said in (printed(lap_outcome), page(lap_outcome)):
        assert "overdue" not in said


def test_stays_short_however_many_reasons_and_intents_there_are(lap_outcome: LapOutcome) -> None:
    refused = lap_outcome.of(ModelKind.THRESHOLDS)
    assert refused
    first_and_listed = 1 + 4
    more = len(refused.reasons) - first_and_listed
    assert more > 0
    assert f"and {more} more, see the report" in printed(lap_outcome)
    assert len(printed(lap_outcome).splitlines()) < 80


def test_doubts_and_failures_are_shown_as_they_were_written() -> None:
    model = made_up.nlu()
    assert model.verdict
    doubtful = replace(model.verdict, doubts=("[bold]stop looks worse[/], nobody can tell.",))
    said = printed(
        made_up.outcome(replace(model, verdict=doubtful, result=Result.UNDECIDED), made_up.failed())
    )
    assert "[bold]stop looks worse[/]" in said
    assert "The trainer ended <early>. (TRAINING_FAILED)" in said
