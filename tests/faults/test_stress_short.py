"""A short run of the stress harness; `python -m benchmarks.stress` is the long one."""

from __future__ import annotations

from benchmarks.stress.checker import Verdict
from benchmarks.stress.plan import Plan
from benchmarks.stress.run import Outcome, run


def test_one_store_keeps_every_promise_while_processes_services_and_store_are_killed() -> None:
    outcome = run(Plan(withdrawals=60, faults=3, pause_s=1, at_most_s=120))
    _assert_much_was_tried(outcome, withdrawals=60)
    assert {"service killed", "store killed", "worker killed"} <= outcome.faults.keys()
    assert _broken(outcome.verdict) == {}
    assert outcome.evidence
    assert outcome.evidence.violations(outcome.verdict.erasures) == 0, outcome.evidence


def test_a_cluster_keeps_every_promise_while_masters_are_killed_frozen_and_replaced() -> None:
    outcome = run(
        Plan(withdrawals=40, services=1, on_cluster=True, faults=2, pause_s=1, at_most_s=120)
    )
    _assert_much_was_tried(outcome, withdrawals=40)
    assert outcome.faults.total()
    assert _broken(outcome.verdict) == {}
    assert outcome.evidence
    assert outcome.evidence.violations(outcome.verdict.erasures) == 0, outcome.evidence


def test_the_harness_finds_a_naive_queue_out() -> None:
    outcome = run(Plan(withdrawals=150, subject="naive", services=0, pause_s=2, at_most_s=120))
    assert outcome.verdict.returned_after_ok > 0
    assert outcome.verdict.left_behind > 0


def _assert_much_was_tried(outcome: Outcome, *, withdrawals: int) -> None:
    verdict = outcome.verdict
    assert verdict.opt_outs + verdict.erasures >= withdrawals
    assert verdict.opt_outs
    assert verdict.erasures
    assert verdict.withdrawn_by_services
    assert verdict.queued
    assert verdict.queued_by_services
    assert verdict.reads
    assert verdict.acks


def _broken(verdict: Verdict) -> dict[str, int]:
    counts = {
        "returned_after_ok": verdict.returned_after_ok,
        "late_answers": verdict.late_answers,
        "lost_items": verdict.lost_items,
        "double_acks": verdict.double_acks,
        "left_behind": verdict.left_behind,
        "mixed_up": verdict.mixed_up,
    }
    return {name: count for name, count in counts.items() if count}
