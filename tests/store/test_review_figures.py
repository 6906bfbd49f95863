"""What an instance publishes about itself is counted, and names nobody."""

from __future__ import annotations

import pytest

from assistant.conversation.report import Latency, Outcome, Report
from assistant.false_wakes import FalseWakeCount
from tests.fixtures.store import back, consenting_account
from training_loop.errors import StoreUnavailable
from training_loop.loop import Loop
from training_loop.review.figures import STEPS_PER_E, Figure, PublishedFigures, median_of_steps
from training_loop.store.supervisor import EmbeddedStore


def _ended(outcome: Outcome) -> Report:
    return Report(outcome=outcome, latency=Latency())


async def test_false_wakes_that_were_dropped_are_counted_and_nothing_else(loop: Loop) -> None:
    figures = PublishedFigures(loop.store)
    count = FalseWakeCount(figures)
    for outcome in (Outcome.FALSE_WAKE, Outcome.ANSWERED, Outcome.FALSE_WAKE):
        count.observe(_ended(outcome))
    await count.tell()
    await count.tell()
    assert (await figures.counted())[Figure.FALSE_WAKES_DROPPED] == 2


async def test_a_count_waits_for_a_store_that_is_away(
    own_loop: Loop, own_store: EmbeddedStore
) -> None:
    figures = PublishedFigures(own_loop.store)
    count = FalseWakeCount(figures)
    count.observe(_ended(Outcome.FALSE_WAKE))
    await own_store.stop()
    with pytest.raises(StoreUnavailable):
        await count.tell()
    await own_store.start()
    await back(own_loop)
    await count.tell()
    assert (await figures.counted())[Figure.FALSE_WAKES_DROPPED] == 1


async def test_the_median_erasure_stands_when_the_accounts_are_gone(loop: Loop) -> None:
    figures = PublishedFigures(loop.store)
    assert await figures.erasures() == (0, None)
    for _ in range(3):
        await loop.rights.delete_account(await consenting_account(loop))
    count, median_s = await figures.erasures()
    assert count == 3
    assert median_s is not None
    assert 0 < median_s < 60


def test_a_median_is_good_to_five_percent() -> None:
    assert median_of_steps([]) is None
    two_seconds = int(STEPS_PER_E * 7.6009)  # the logarithm of 2,000 ms
    assert median_of_steps([0, two_seconds, 400]) == pytest.approx(2.0, rel=0.05)


async def test_since_is_when_it_was_first_asked_for(loop: Loop) -> None:
    figures = PublishedFigures(loop.store)
    first = await figures.since_s()
    assert first > 1.7e9
    assert await figures.since_s() == first
