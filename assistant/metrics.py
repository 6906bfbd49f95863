"""What a running assistant counts. Labels hold stable words only, never anything of a person."""

from __future__ import annotations

from dataclasses import fields

from prometheus_client import Counter, Gauge, Histogram

from assistant.conversation.report import Latency, Report

TURNS = Counter("earmark_turns", "Turns by how they ended", ["outcome"])
FATES = Counter("earmark_utterances", "Utterances by what became of them", ["fate"])
OPEN_STREAMS = Gauge("earmark_open_streams", "Converse streams that are open")
STREAMS_REFUSED = Counter("earmark_streams_refused", "Streams beyond a limit", ["limit"])
STAGE_SECONDS = Histogram(
    "earmark_stage_seconds",
    "Time by stage of a turn",
    ["stage"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)


def observe(report: Report) -> None:
    """Counts a finished turn."""
    TURNS.labels(report.outcome.value).inc()
    fate = report.fate
    FATES.labels("queued" if fate.queued else "kept" if fate.kept else "dropped").inc()
    for stage in fields(Latency):
        milliseconds: float = getattr(report.latency, stage.name)
        if milliseconds > 0:
            STAGE_SECONDS.labels(stage.name.removesuffix("_ms")).observe(milliseconds / 1000)
