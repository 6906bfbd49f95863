"""The harness's judge: each breach is seen as what it is."""

from __future__ import annotations

import pytest

from benchmarks.stress.checker import Verdict, check
from benchmarks.stress.records import Event, Kind
from benchmarks.stress.subject import Left


def event(kind: Kind, at_ns: int, item: str = "", detail: str = "", began_ns: int = 0) -> Event:
    return Event(kind=kind, account="a", at_ns=at_ns, item=item, detail=detail, began_ns=began_ns)


SAID = (event(Kind.SAYING, 10, "one", "1"), event(Kind.QUEUED, 20, "one"))
WITHDRAWN = event(Kind.WITHDRAWN, 50, detail="2")
GONE = Left(epoch=0)
THERE = Left(epoch=1, items=frozenset({"one"}))


def verdict(*events: Event, left: Left) -> Verdict:
    return check(events, {"a": left})


def test_nothing_is_wrong_with_a_read_before_the_ok() -> None:
    read = event(Kind.READ, 40, "one", began_ns=30)
    assert verdict(*SAID, read, WITHDRAWN, left=GONE).violations == 0


@pytest.mark.parametrize("ended", [WITHDRAWN, event(Kind.ERASED, 50)])
def test_content_after_the_ok_is_seen(ended: Event) -> None:
    after = event(Kind.READ, 70, "one", began_ns=60)
    late = event(Kind.READ, 70, "one", began_ns=30)
    found = verdict(*SAID, ended, after, late, left=GONE)
    assert (found.returned_after_ok, found.late_answers) == (1, 1)


def test_what_is_said_under_a_later_consent_may_be_read() -> None:
    again = event(Kind.SAYING, 60, "two", "3")
    read = event(Kind.READ, 80, "two", began_ns=70)
    assert verdict(WITHDRAWN, again, read, left=GONE).violations == 0


def test_a_lost_item_and_a_lost_review_are_seen() -> None:
    acked = event(Kind.ACKED, 30, "one", "token")
    assert verdict(*SAID, left=Left(epoch=1)).lost_items == 1
    assert verdict(*SAID, acked, left=THERE).lost_items == 1
    assert verdict(*SAID, left=THERE).violations == 0


def test_an_item_acknowledged_under_two_leases_is_seen() -> None:
    acks = [event(Kind.ACKED, at, "one", f"token-{at}") for at in (30, 40)]
    there = Left(epoch=1, items=frozenset({"one"}), reviewed=frozenset({"one"}))
    assert verdict(*SAID, *acks, left=there).double_acks == 1
    assert verdict(*SAID, acks[0], acks[0], left=there).double_acks == 0


def test_what_stays_behind_is_seen() -> None:
    later = Left(epoch=3, items=frozenset({"one"}))
    assert verdict(*SAID, WITHDRAWN, left=later).left_behind == 1
    container = Left(epoch=0, items=frozenset({"{s01}:i:a:1"}))
    assert verdict(*SAID, WITHDRAWN, left=container).left_behind == 1
