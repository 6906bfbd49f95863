"""What is held out of how many accounts."""

from __future__ import annotations

from training_loop.datasets.split import Shares
from training_loop.lap.plan import LEAST_ACCOUNTS, shares_for


def test_of_a_few_accounts_none_is_held_out() -> None:
    assert shares_for(LEAST_ACCOUNTS - 1) == Shares(test=0.0, hold_out=0.0)
    assert shares_for(LEAST_ACCOUNTS) == Shares()


def test_what_was_held_out_stays_so_when_accounts_leave() -> None:
    before = Shares(test=0.2, hold_out=0.3)
    assert shares_for(1, before) == before
    assert shares_for(1, Shares(test=0.0, hold_out=0.0)) == Shares(test=0.0, hold_out=0.0)
    assert shares_for(100, Shares(test=0.0, hold_out=0.0)) == Shares()
