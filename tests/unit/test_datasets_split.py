"""Splits and selections, without a store."""

from __future__ import annotations

import hashlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training_loop.datasets.hold_out import OLDEST_S, refresh_reason
from training_loop.datasets.item_ref import ItemRef
from training_loop.datasets.manifest import DatasetManifest, HoldOut, difference
from training_loop.datasets.selection import Candidate, Gathered, select
from training_loop.datasets.split import Shares, Split, split_of, stratification
from training_loop.errors import InvalidArgument

SHARES = Shares(test=0.2, hold_out=0.1)


def _digest(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def _candidate(
    number: int,
    *,
    account: int = 0,
    split: Split = Split.TRAIN,
    intent: str = "stop",
    item: str = "",
) -> Candidate:
    return Candidate(
        ref=ItemRef(item=item or f"utt_{number:04d}", epoch=1),
        account=account,
        split=split,
        intent=intent,
        text_digest=str(number).encode(),
        content_digest=str(number).encode(),
        label="l",
    )


def _select(
    *candidates: Candidate,
    previous: DatasetManifest | None = None,
    seed: int = 1,
    per_account: int = 100,
    now_s: float = 1000.0,
) -> DatasetManifest:
    return select(
        Gathered(candidates=list(candidates)),
        previous=previous,
        shares=SHARES,
        seed=seed,
        per_account=per_account,
        now_s=now_s,
    )


def test_accounts_are_divided_as_the_shares_say() -> None:
    found = Counter(split_of(_digest(number), SHARES) for number in range(5000))
    assert found[Split.HOLD_OUT] / 5000 == pytest.approx(0.1, abs=0.02)
    assert found[Split.TEST] / 5000 == pytest.approx(0.2, abs=0.02)


@given(st.integers(), st.floats(0, 0.4), st.floats(0, 0.4))
def test_raising_the_hold_out_takes_none_out_of_it(number: int, share: float, more: float) -> None:
    before = split_of(_digest(number), Shares(test=0.1, hold_out=share))
    after = split_of(_digest(number), Shares(test=0.1, hold_out=share + more))
    assert before is not Split.HOLD_OUT or after is Split.HOLD_OUT


@pytest.mark.parametrize(("test", "hold_out"), [(0.5, 0.5), (-0.1, 0.1), (0.0, 1.0)])
def test_shares_under_which_nobody_trains_are_refused(test: float, hold_out: float) -> None:
    with pytest.raises(InvalidArgument):
        Shares(test=test, hold_out=hold_out)


def test_how_alike_the_splits_are_is_told() -> None:
    items = [(Split.TRAIN, "stop")] * 3 + [(Split.TRAIN, "go")] + [(Split.TEST, "stop")]
    found = stratification(items)
    assert found.counts["train"] == {"go": 1, "stop": 3}
    assert found.missing == {"test": ("go",), "train": ()}
    assert found.furthest == pytest.approx(0.2)
    assert stratification([]).furthest == 0


def test_one_account_trains_with_no_more_than_its_cap_and_the_seed_says_which() -> None:
    many = [_candidate(number) for number in range(50)]
    one, same, other = (_select(*many, per_account=10, seed=seed).refs() for seed in (1, 1, 2))
    assert len(one) == 10
    assert one == same != other
    assert _select(*many, per_account=10).report.left_out == {"over_cap": 40}


def test_what_was_said_and_not_its_id_decides_what_is_under_the_cap() -> None:
    """Else an installation without one account would draw other items of all others."""
    some = [_candidate(number) for number in range(50)]
    renamed = [_candidate(number, item=f"utt_{99 - number:04d}") for number in range(50)]
    drawn = [int(ref.item[4:]) for ref in _select(*some, per_account=10).refs()]
    others = [99 - int(ref.item[4:]) for ref in _select(*renamed, per_account=10).refs()]
    assert sorted(drawn) == sorted(others)


def test_the_hold_out_is_not_capped() -> None:
    many = [_candidate(number, split=Split.HOLD_OUT) for number in range(50)]
    assert len(_select(*many, per_account=10).items) == 50


def test_labels_of_the_hold_out_decide_nothing_about_what_trains() -> None:
    proving = [
        Candidate(
            ref=ItemRef(item=f"h{number}", epoch=1),
            account=1,
            split=Split.HOLD_OUT,
            intent="go",
            text_digest=b"same",
            content_digest=b"same",
            label="l",
        )
        for number in range(3)
    ]
    training = Candidate(
        ref=ItemRef(item="t", epoch=1),
        account=0,
        split=Split.TRAIN,
        intent="stop",
        text_digest=b"same",
        content_digest=b"same",
        label="l",
    )
    assert len(_select(training, *proving).items) == 4


def test_equal_items_have_equal_content_whatever_the_seed_and_the_day() -> None:
    one = _select(_candidate(1), _candidate(2), seed=1, now_s=1.0)
    two = _select(_candidate(2), _candidate(1), seed=2, now_s=2.0)
    assert one.content_sha256 == two.content_sha256
    assert one.name != two.name
    assert DatasetManifest.from_bytes(one.to_bytes()) == one
    assert difference(one, two).same == 2


def test_a_manifest_whose_items_are_others_is_none() -> None:
    written = _select(_candidate(1)).to_bytes()
    with pytest.raises(ValueError, match="content hash"):
        DatasetManifest.from_bytes(written.replace(b"utt_0001", b"utt_0002"))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, ""),
        ({"now_s": OLDEST_S + 1.0}, "age"),
        ({"left": 79}, "erasures"),
        ({"waiting": 101}, "growth"),
        ({"waiting": 100}, ""),
        ({"share_raised": True}, "share"),
    ],
)
def test_the_hold_out_is_made_anew_by_rule(change: dict[str, float], reason: str) -> None:
    before = HoldOut(generation=1, since_s=0.0, reason="first")
    facts = {"now_s": 1.0, "frozen": 100, "left": 100, "waiting": 0, "share_raised": False}
    assert refresh_reason(before, **(facts | change)) == reason  # type: ignore[arg-type]


def test_a_new_hold_out_item_waits_and_an_old_one_stays_in_its_place() -> None:
    first = _select(*(_candidate(number, split=Split.HOLD_OUT) for number in range(5)))
    again = [_candidate(number, split=Split.HOLD_OUT) for number in range(7)]
    same = _select(*again, previous=first, now_s=2000.0)
    assert same.refs() == first.refs()
    assert same.report.left_out == {"waiting_for_refresh": 2}
    assert same.hold_out == first.hold_out
