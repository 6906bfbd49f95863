"""What a tracking server is told: numbers and stable words, never what anybody said."""

from __future__ import annotations

from typing import Any

import pytest

from training_loop.registry.tracking.run import NotRecordable, TrackedAlias, TrackedRun

_TIMES: dict[str, Any] = {"began_at_s": 1.0, "ended_at_s": 2.0}


def test_a_run_is_read_as_it_was_written() -> None:
    run = TrackedRun(
        kind="lm",
        model="lm-1",
        parameters={"order": 3, "smoothing": "kneser-ney"},
        metrics={"word_error_rate": 0.1},
        series={"curve": (1.0, 0.5)},
        artefacts={"report.json": b'{"words": [1, 2]}', "plot.png": b"\x89PNG\r\n\x1a\n."},
        **_TIMES,
    )
    assert TrackedRun.from_bytes(run.to_bytes()) == run


@pytest.mark.parametrize(
    "fields",
    [
        {"parameters": {"heard": "turn on the light"}},
        {"parameters": {"account": "acc_dfvbbwzqxgzvj6ybtpjztrx4"}},
        {"metrics": {"set a timer": 1.0}},
        {"metrics": {"accuracy": float("nan")}},
        {"artefacts": {"report.json": b'{"errors": ["turn on the light"]}'}},
        {"artefacts": {"report.json": b'{"turn on the light": 1}'}},
        {"artefacts": {"report.json": b'["utt_gold00000001"]'}},
        {"artefacts": {"report.html": b"<p>turn on the light</p>"}},
        {"artefacts": {"fake.png": b"turn on the light"}},
        {"artefacts": {"../report.json": b"{}"}},
        {"kind": "a kind"},
    ],
)
def test_nothing_that_was_said_and_nobody_fits_into_a_run(fields: dict[str, Any]) -> None:
    with pytest.raises(NotRecordable):
        TrackedRun(**{"kind": "nlu", **_TIMES, **fields})


def test_an_alias_is_a_stable_word() -> None:
    with pytest.raises(NotRecordable):
        TrackedAlias(kind="nlu", model="nlu-1", alias="turn on the light", at_s=1.0)
