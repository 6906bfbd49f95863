"""What a sweep says of its best does not flatter it, and what is worth nothing is not kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from training_loop.commands.sweep import worth
from training_loop.training.sweep.honest import LEAST_ACCOUNTS, HonestScore, honest
from training_loop.training.sweep.result import Tried, ranked
from training_loop.training.sweep.trial import Figures, Trial
from training_loop.training.trainer import ModelKind

ACCOUNTS, EACH, TRIALS = 12, 10, 12


def figures(right: Sequence[float]) -> Figures:
    """So many of `EACH` right for each account."""
    pairs = tuple((float(one), float(EACH)) for one in right)
    return Figures(score=sum(right) / (EACH * len(right)), shown={}, by_account=pairs)


def equally_good(seed: int) -> list[Figures]:
    """Settings that differ by chance alone."""
    chance = np.random.default_rng(seed)
    return [figures(chance.binomial(EACH, 0.8, ACCOUNTS).tolist()) for _ in range(TRIALS)]


def swept(found: Sequence[Figures]) -> list[Tried]:
    return [
        Tried(
            trial=Trial(
                kind=ModelKind.NLU,
                number=number,
                settings={"c1": number / 10} if number else {},
                seed=1,
            ),
            figures=one,
        )
        for number, one in enumerate(found)
    ]


def test_the_best_of_equals_looks_better_than_it_is_and_the_honest_score_does_not() -> None:
    flattering, told = [], []
    for seed in range(40):
        found = equally_good(seed)
        score = honest(found)
        assert score is not None
        flattering.append(max(one.score for one in found))
        told.append(score.best)
    assert np.mean(flattering) > 0.84
    assert np.mean(told) == pytest.approx(0.8, abs=0.015)


def test_settings_that_are_better_for_everybody_keep_their_score() -> None:
    found = [figures([6] * ACCOUNTS), figures([9] * ACCOUNTS)]
    assert honest(found) == HonestScore(best=0.9, present=0.6, accounts=ACCOUNTS)
    assert ranked(ModelKind.NLU, "ds-x", swept(found)).best == {"c1": 0.1}


def test_settings_that_only_chance_prefers_are_not_kept() -> None:
    kept = [bool(ranked(ModelKind.NLU, "ds-x", swept(equally_good(n))).best) for n in range(40)]
    assert sum(kept) < 30
    one_loud_account = [figures([8] * ACCOUNTS), figures([10, *[7.9] * (ACCOUNTS - 1)])]
    result = ranked(ModelKind.NLU, "ds-x", swept(one_loud_account))
    assert result.tried[0].trial.number == 1, "it looks best"
    assert result.best == {}
    assert "Choosing is worth nothing" in worth(result)


def test_of_too_few_accounts_or_a_failed_beginning_nothing_is_claimed() -> None:
    few = [figures([6] * (LEAST_ACCOUNTS - 1)), figures([9] * (LEAST_ACCOUNTS - 1))]
    lost = Figures(shown={}, failed="TRAINER_KILLED")
    for found in (few, [lost, figures([9] * ACCOUNTS)], [lost]):
        assert honest(found) is None
        assert "nobody can tell" in worth(ranked(ModelKind.NLU, "ds-x", swept(found)))
    assert honest([figures([6] * ACCOUNTS), lost]) is not None


async def test_figures_come_back_through_json_and_accounts_are_not_kept(tmp_path: Path) -> None:
    one = figures([6] * ACCOUNTS)
    assert Figures(**json.loads(json.dumps(asdict(one)))) == one
    result = ranked(ModelKind.NLU, "ds-x", swept([one, figures([9] * ACCOUNTS)]))
    await result.write(tmp_path / "kept.json")
    content = json.loads((tmp_path / "kept.json").read_text())
    assert content["honest"] == {"best": 0.9, "present": 0.6, "accounts": ACCOUNTS}
    assert "by_account" not in json.dumps(content)
