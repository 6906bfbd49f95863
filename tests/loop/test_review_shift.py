"""A small simulated shift keeps the promises of reviewing, all at once."""

from __future__ import annotations

from benchmarks.review_floor import Sizes
from benchmarks.review_shift import simulate


async def test_a_shift_makes_gold_that_is_right_and_keeps_its_limits() -> None:
    figures = await simulate(
        Sizes(
            clips=60,
            accounts=20,
            reviewers=6,
            adjudicators=2,
            error=0.1,
            cap=40,
            opt_outs=4,
            players=2,
        )
    )
    assert figures["waiting at the end"] == 0
    assert figures["clips lent twice to one person"] == 0
    assert figures["clips with more than two reviewers"] == 0
    assert figures["most reviewers of one clip at once"] == 2
    assert figures["arrivals after an opt-out"] == 0
    assert int(figures["players stopped by an opt-out"] or 0) >= 2, "and perhaps a reviewer's own"
    assert int(figures["most reviews of one person"] or 0) <= 40
    assert int(figures["gold"] or 0) > 30
    assert float(figures["gold that is right"] or 0) >= 0.95
