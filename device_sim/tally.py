"""What a fleet has measured so far, as figures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import numpy as np

MAX_LATENCIES: Final = 1_000_000


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counters of one run. Latencies are milliseconds from the end of speech to the answer."""

    started: int = 0
    answered: int = 0
    not_sent: int = 0
    """Requests that were due while every device was busy."""
    open_streams: int = 0
    silent_streams: int = 0
    silent_streams_lost: int = 0
    audio_s: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    latencies_ms: list[float] = field(default_factory=list)
    server_latencies_ms: list[float] = field(default_factory=list)

    def answer(self, *, outcome: str, latency_ms: float, server_ms: float) -> None:
        self.answered += 1
        self.outcomes[outcome] += 1
        if len(self.latencies_ms) < MAX_LATENCIES:
            self.latencies_ms.append(latency_ms)
            self.server_latencies_ms.append(server_ms)

    def percentile_ms(self, percent: float) -> float:
        """0 where nothing was answered yet."""
        return float(np.percentile(self.latencies_ms, percent)) if self.latencies_ms else 0.0

    def figures(self, elapsed_s: float) -> dict[str, object]:
        """The summary, fit for JSON."""
        server = self.server_latencies_ms or [0.0]
        return {
            "elapsed_s": round(elapsed_s, 2),
            "requests": self.started,
            "answered": self.answered,
            "not_sent": self.not_sent,
            "requests_per_s": round(self.answered / elapsed_s, 2) if elapsed_s else 0.0,
            "audio_s": round(self.audio_s, 1),
            "errors": dict(self.errors),
            "outcomes": dict(self.outcomes),
            "p50_ms": round(self.percentile_ms(50), 1),
            "p95_ms": round(self.percentile_ms(95), 1),
            "p99_ms": round(self.percentile_ms(99), 1),
            "server_p50_ms": round(float(np.percentile(server, 50)), 1),
            "server_p95_ms": round(float(np.percentile(server, 95)), 1),
            "silent_streams": self.silent_streams,
            "silent_streams_lost": self.silent_streams_lost,
        }
