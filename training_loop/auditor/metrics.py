"""What the auditor tells Prometheus. Labels are kinds and reasons, never names."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge

from training_loop.auditor.finding import Finding, RoundReport


class AuditorMetrics:
    """`registry` None keeps them to themselves, for tests and `once`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.mismatches = Counter(
            "earmark_auditor_mismatches",
            "Retained items that no live consent covers.",
            ("kind", "reason"),
            registry=registry,
        )
        self.checked = Counter(
            "earmark_auditor_items", "Items checked.", ("kind",), registry=registry
        )
        self.rounds = Counter("earmark_auditor_rounds", "Rounds that ended.", registry=registry)
        self.unsettled = Counter(
            "earmark_auditor_unsettled",
            "Keys that kept changing while looked at.",
            registry=registry,
        )
        self.stuck_erasures = Gauge(
            "earmark_auditor_stuck_erasures",
            "Erasures that were not done in time when the last round ended.",
            registry=registry,
        )
        self.unconfirmed_deletions = Gauge(
            "earmark_auditor_unconfirmed_deletions",
            "Deletions that recipients of exports had not confirmed in time when it ended.",
            registry=registry,
        )
        self.failures = Counter(
            "earmark_auditor_failures", "Rounds that a fault ended.", ("code",), registry=registry
        )
        self.ended_at = Gauge(
            "earmark_auditor_round_ended_timestamp_seconds",
            "Unix time at which the last round ended.",
            registry=registry,
        )
        self.took = Gauge(
            "earmark_auditor_round_seconds", "How long the last round took.", registry=registry
        )

    def alarm(self, finding: Finding) -> None:
        self.mismatches.labels(finding.kind, finding.reason.value).inc(finding.items)

    def ended(self, report: RoundReport) -> None:
        for kind, items in report.checked.items():
            self.checked.labels(kind).inc(items)
        self.unsettled.inc(report.unsettled)
        self.stuck_erasures.set(report.stuck_erasures)
        self.unconfirmed_deletions.set(report.unconfirmed_deletions)
        self.rounds.inc()
        self.took.set(report.took_s)
        self.ended_at.set_to_current_time()
