"""The simulation that shows that the loop learns, in small: every part of it is the real one."""

from __future__ import annotations

from pathlib import Path

from benchmarks.learning.plan import QUICK
from benchmarks.learning.simulation import OPTED_OUT, UNSEEN, simulate

LEAST_LEARNED = 0.8
"""Of the requests that were not carried out before, at most so many are not afterwards."""


async def test_those_who_teach_nothing_profit_and_nothing_of_theirs_is_used(
    base_nlu_model: Path, tmp_path: Path
) -> None:
    """Accounts speak, reviewers err, somebody leaves, a lap runs: what nobody understood before
    is understood, from accounts whose words were never used as well."""
    outcome = await simulate(QUICK, tmp_path)

    (lap,) = outcome.laps
    assert lap.run.exit_code == 0, lap.run.output
    assert lap.queued == lap.spoken
    assert lap.gold > 0
    for group in (UNSEEN, OPTED_OUT):
        before, after = outcome.before[group], lap.after[group]
        assert after.wrong <= LEAST_LEARNED * before.wrong, group
    lineage = outcome.lineage
    assert lineage.of_opted_out == lineage.of_unknown == lineage.accounts_named == 0
    assert 0 < lineage.items <= lap.gold
    assert lap.withdrawn > 0, "nobody who left had been reviewed: nothing is proved"
