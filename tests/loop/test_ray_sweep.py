"""Settings are tried on the test split alone, here or by Ray Tune, with the same figures."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fixtures.ray_cluster import RayCluster
from tests.loop.test_trainers_nlu import LEARNED, each
from tests.loop.test_trainers_nlu import gold as gold_of
from training_loop.datasets.split import Split
from training_loop.errors import InvalidArgument
from training_loop.training.engine import LOCAL_ENGINE, engine_for
from training_loop.training.errors import NothingToLearn
from training_loop.training.nlu_data import prepare_nlu
from training_loop.training.nlu_trainer import nothing
from training_loop.training.project import NluProject
from training_loop.training.sweep.result import Tried, kept_settings, ranked
from training_loop.training.sweep.room import SweepRoom, furnish
from training_loop.training.sweep.space import draw, language_model_settings
from training_loop.training.sweep.sweep import sweep
from training_loop.training.sweep.trial import Figures, Trial
from training_loop.training.trainer import ModelKind

ASKED = (
    ("zip your lips now", "stop"),
    ("run a clock of [five minutes](duration)", "set_timer"),
    ("the hour", "ask_time"),
)


async def room_of(project: NluProject, root: Path) -> SweepRoom:
    training = [
        gold_of(text, intent, item=f"{number}", heard=heard)
        for number, (text, intent, heard) in enumerate(LEARNED)
    ]
    test = [
        replace(gold_of(text, intent, item=f"t{number}"), split=Split.TEST)
        for number, (text, intent) in enumerate(ASKED)
    ]
    return await furnish(root, training=each(training), test=each(test), project=project)


async def test_a_cluster_finds_what_this_machine_finds_and_keeps_nothing(
    ray_cluster: RayCluster, lap_project: NluProject, tmp_path: Path
) -> None:
    drawn = [{}, {"max_iterations": 1, "c1": 5.0, "regularisation": 1e-6}]
    trials = [
        Trial(kind=ModelKind.NLU, number=number, settings=settings, seed=7)
        for number, settings in enumerate(drawn)
    ]
    found = []
    for name, engine in (("here", LOCAL_ENGINE), ("there", engine_for("ray", ray_cluster.address))):
        done: list[int] = []
        (tmp_path / name).mkdir(mode=0o700)
        room = await room_of(lap_project, tmp_path / name)
        found.append(await sweep(trials, room, engine, done.append))
        assert done[-1] == 2
        assert not list(room.root.glob("trial*"))
    here, there = found
    assert here == there
    assert not any(one.figures.failed for one in here)
    assert len({one.figures.score for one in here}) > 1, "settings make a difference"
    assert ray_cluster.left() == []

    result = ranked(ModelKind.NLU, "ds-x", here)
    kept = tmp_path / "sweeps" / "nlu.json"
    await result.write(kept)
    assert kept_settings(kept) == (ModelKind.NLU, result.best)
    assert "lips" not in kept.read_text()


async def test_nothing_is_tried_without_a_test_split_and_the_hold_out_of_the_project_is_left_out(
    lap_project: NluProject, tmp_path: Path
) -> None:
    (tmp_path / "room").mkdir()
    room = await room_of(lap_project, tmp_path / "room")
    assert list(lap_project.hold_out.iterdir())
    assert list(room.project.hold_out.iterdir()) == []
    (tmp_path / "empty").mkdir()
    with pytest.raises(NothingToLearn, match="no test split"):
        await furnish(tmp_path / "empty", training=nothing(), test=nothing(), project=lap_project)


def test_settings_reach_the_understanding_and_change_what_the_model_is_of(
    lap_project: NluProject, tmp_path: Path
) -> None:
    prepared = []
    for name, settings in (("a", None), ("b", {"regularisation": 2.0})):
        (tmp_path / name).mkdir()
        prepared.append(prepare_nlu(lap_project, [], tmp_path / name, seed=1, settings=settings))
    assert "regularisation: 2.0" in (tmp_path / "b" / "config.yml").read_text()
    assert prepared[0].data_sha256 != prepared[1].data_sha256


def test_draws_repeat_begin_with_what_is_now_and_grow() -> None:
    for kind in (ModelKind.NLU, ModelKind.LANGUAGE_MODEL):
        few, many = draw(kind, 4, seed=3), draw(kind, 20, seed=3)
        assert many[:4] == few
        assert many[0] == {}
        assert len({json.dumps(one, sort_keys=True) for one in many}) == 20
        assert draw(kind, 20, seed=4) != many
    settings = language_model_settings(draw(ModelKind.LANGUAGE_MODEL, 2, seed=3)[1])
    assert isinstance(settings.order, int)
    with pytest.raises(InvalidArgument):
        draw(ModelKind.THRESHOLDS, 2, seed=1)


def test_what_is_now_has_to_be_beaten_and_a_failed_trial_comes_last() -> None:
    def tried(number: int, score: float, failed: str = "") -> Tried:
        trial = Trial(kind=ModelKind.NLU, number=number, settings={}, seed=1)
        return Tried(trial=trial, figures=Figures(score=score, shown={}, failed=failed))

    result = ranked(
        ModelKind.NLU, "ds-x", [tried(2, 0.0, "DISK_FULL"), tried(1, 0.5), tried(0, 0.5)]
    )
    assert [one.trial.number for one in result.tried] == [0, 1, 2]
    assert result.worked


@pytest.mark.parametrize(
    "content", ["", "[]", '{"kind": "nlu"}', '{"kind": "nlu", "settings": {"shell": 1}}']
)
def test_a_file_that_is_no_sweep_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "sweep.json").write_text(content)
    with pytest.raises(InvalidArgument):
        kept_settings(tmp_path / "sweep.json")
