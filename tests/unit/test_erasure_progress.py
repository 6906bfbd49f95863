"""The state machine of an erasure, in memory: no step is left out, and done means searched."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training_loop.erasure.plan import Plan
from training_loop.erasure.progress import (
    ORDER,
    IllegalStep,
    Step,
    after_scan,
    check_advance,
    following,
)
from training_loop.receipts.evidence import ErasureKind

_PLACES = st.frozensets(st.sampled_from(["store", "append_only_file", "files"]))


@given(st.lists(_PLACES, max_size=12))
def test_no_way_leads_to_done_but_through_a_search_that_found_nothing(
    searches: list[frozenset[str]],
) -> None:
    step, steps, results = Step.REQUESTED, [Step.REQUESTED], iter([*searches, frozenset[str]()])
    while step is not Step.DONE:
        after = after_scan(next(results)) if step is Step.LOG_REWRITTEN else following(step)
        check_advance(step, after)
        step = after
        steps.append(step)
    last = len(steps) - 1 - steps[::-1].index(Step.LOG_REWRITTEN)
    assert steps[last:] == [*ORDER[ORDER.index(Step.LOG_REWRITTEN) :]]
    assert steps.count(Step.DONE) == 1


@pytest.mark.parametrize(("before", "after"), list(product(Step, Step)))
def test_only_the_next_step_or_a_failed_search_is_allowed(before: Step, after: Step) -> None:
    back = before is Step.LOG_REWRITTEN and after in (Step.KEYS_DESTROYED, Step.BLOBS_REMOVED)
    if back or (before is not Step.DONE and following(before) is after):
        check_advance(before, after)
    else:
        with pytest.raises(IllegalStep):
            check_advance(before, after)


def test_a_plan_is_the_same_after_it_was_written_and_shows_no_name() -> None:
    plan = Plan(
        kind=ErasureKind.ACCOUNT,
        account="acc_aaaaaaaaaaaaaaaaaaaaaaaa",
        utterances=("utt_000000000001", "short"),
        devices=("dev_0000000000000001",),
        key_tags=("00" * 16,),
        models=("nlu-1",),
    )
    assert Plan.from_bytes(plan.to_bytes()) == plan
    assert b"short" not in plan.needles(), "too short a name would be found by chance"
    assert {b"utt_000000000001", plan.account.encode(), bytes(16)} <= set(plan.needles())
    assert plan.account not in repr(plan)
    assert "utt_" not in repr(plan)
