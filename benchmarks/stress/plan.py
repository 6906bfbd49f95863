"""What one run of the harness does."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`withdrawals`: how many opt-outs and erasures together, at least. `services`: how many gRPC
    services take part. `pause_s`: between two faults."""

    withdrawals: int
    subject: str = "earmark"
    on_cluster: bool = False
    workers: int = 2
    services: int = 2
    faults: int = 1
    pause_s: float = 1.0
    at_most_s: float = 4 * 3600.0
    seed: int = 1
