"""The harness's judge: each breach is seen as what it is."""

from __future__ import annotations

import pytest

from benchmarks.stress.checker import Verdict, check
from benchmarks.stress.records import Event, Kind
from benchmarks.stress.subject import Left


def event(kind: Kind, at_ns: int, item: str = "", detail: str = "", began_ns: int = 0) -> Event:
    return Event(kind=kind, account="a", at_ns=at_ns, item=item, detail=detail, began_ns=began_ns)


SAID = (event(Kind.SAYING, 10, "said", "1"), event(Kind.QUEUED, 20, "one", "said"))
WITHDRAWN = event(Kind.WITHDRAWN, 50, detail="2")
GONE = Left(epoch=0)
THERE = Left(epoch=1, items=frozenset({"one"}))


def verdict(*events: Event, left: Left) -> Verdict:
    return check(events, {"a": left})


def test_nothing_is_wrong_with_a_read_before_the_ok() -> None:
    read = event(Kind.READ, 40, "one", "said", began_ns=30)
    assert verdict(*SAID, read, WITHDRAWN, left=GONE).violations == 0


@pytest.mark.parametrize("ended", [WITHDRAWN, event(Kind.ERASED, 50)])
def test_content_after_the_ok_is_seen(ended: Event) -> None:
    after = event(Kind.READ, 70, "one", "said", began_ns=60)
    late = event(Kind.READ, 70, "one", "said", began_ns=30)
    found = verdict(*SAID, ended, after, late, left=GONE)
    assert (found.returned_after_ok, found.late_answers) == (1, 1)


def test_what_is_said_under_a_later_consent_may_be_read() -> None:
    again = event(Kind.SAYING, 60, "said again", "3")
    read = event(Kind.READ, 80, "two", "said again", began_ns=70)
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


def test_content_after_the_ok_is_seen_although_its_acknowledgement_got_lost() -> None:
    after = event(Kind.READ, 70, "one", "said", began_ns=60)
    assert verdict(SAID[0], WITHDRAWN, after, left=GONE).returned_after_ok == 1


def test_content_of_another_account_is_seen() -> None:
    read = event(Kind.READ, 40, "one", "said by another", began_ns=30)
    assert verdict(*SAID, read, left=THERE).mixed_up == 1
    assert verdict(*SAID, left=THERE).mixed_up == 0


def test_what_services_answered_is_told_apart() -> None:
    served = [event(Kind.SERVED, 60, detail=what) for what in ("opt_out", "keep")]
    found = verdict(*SAID, WITHDRAWN, *served, left=GONE)
    assert (found.withdrawn_by_services, found.queued_by_services) == (1, 1)


def test_what_a_service_sent_to_the_holder_may_be_on_its_way_but_not_asked_for_later() -> None:
    late = event(Kind.SHOWN, 70, "one", "said", began_ns=30)
    after = event(Kind.SHOWN, 70, "one", "said", began_ns=60)
    found = verdict(*SAID, WITHDRAWN, late, after, left=GONE)
    assert (found.returned_after_ok, found.late_answers, found.shown_late) == (1, 0, 1)
