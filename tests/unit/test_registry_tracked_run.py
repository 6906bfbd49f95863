"""What a tracking server is told: numbers and stable words, never what anybody said."""

from __future__ import annotations

from typing import Any

import pytest

from training_loop.registry.tracking.run import NotRecordable, TrackedRun, TrackedStanding, is_page

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


@pytest.mark.parametrize("aliases", [{"turn_on": "nlu-1"}, {"serving": "turn on the light"}])
def test_an_alias_is_one_of_ours_and_a_model_a_stable_word(aliases: dict[str, str]) -> None:
    with pytest.raises(NotRecordable):
        TrackedStanding(kind="nlu", aliases=aliases, at_s=1.0)


@pytest.mark.parametrize(
    "part",
    [
        b"<script>1</script>",
        b'<img src="https://example.org/a.png">',
        b"<p>acc_" + b"a" * 24,
        b"utt_0123456789abcdef01234567",
        b"0" * 6_000_000,
    ],
    ids=["script", "image", "account", "utterance", "size"],
)
def test_a_page_that_loads_something_or_names_somebody_is_none(part: bytes) -> None:
    begun = b"<!doctype html>\n<p>intent acc_settings</p>"
    assert is_page(begun)
    assert not is_page(begun + part)
    assert not is_page(part)
    with pytest.raises(NotRecordable):
        TrackedRun(kind="nlu", **_TIMES, artefacts={"report.html": begun + part})
