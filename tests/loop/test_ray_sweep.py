"""Settings are tried on the test split alone, here or by Ray Tune, with the same figures."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.asr.models import EMBEDDED_MODEL
from tests.fixtures.hearing import request
from tests.fixtures.language_model import gold as spoken
from tests.fixtures.language_model import streamed
from tests.fixtures.ray_cluster import RayCluster, nobody, until
from tests.loop.test_trainers_nlu import LEARNED, each
from tests.loop.test_trainers_nlu import gold as gold_of
from training_loop.datasets.split import Split
from training_loop.errors import InvalidArgument
from training_loop.training.engine import LOCAL_ENGINE, engine_for
from training_loop.training.errors import NothingToLearn, TrainerKilled
from training_loop.training.nlu_data import prepare_nlu
from training_loop.training.nlu_trainer import nothing
from training_loop.training.project import NluProject
from training_loop.training.sweep.result import Tried, kept_settings, ranked
from training_loop.training.sweep.room import SweepRoom, furnish
from training_loop.training.sweep.space import Settings, draw, language_model_settings
from training_loop.training.sweep.sweep import sweep
from training_loop.training.sweep.trial import Figures, Trial
from training_loop.training.trainer import ModelKind

ASKED = (
    ("zip your lips now", "stop"),
    ("run a clock of [five minutes](duration)", "set_timer"),
    ("the hour", "ask_time"),
)


PHRASES = ("turn on the lights in the kitchen", "what time is it", "set a timer for ten minutes")

FOR_A_LOADED_MACHINE_S = 600


def trials_of(kind: ModelKind, *settings: Settings) -> list[Trial]:
    return [
        Trial(kind=kind, number=number, settings=one, seed=7) for number, one in enumerate(settings)
    ]


def untold(done: int) -> None:
    """Nobody listens."""


async def room_in(project: NluProject, root: Path) -> SweepRoom:
    training = [
        gold_of(text, intent, item=f"{number}", heard=heard)
        for number, (text, intent, heard) in enumerate(LEARNED)
    ]
    test = [
        replace(gold_of(text, intent, item=f"t{number}"), split=Split.TEST)
        for number, (text, intent) in enumerate(ASKED)
    ]
    return await furnish(root, training=each(training), test=each(test), project=project)


async def spoken_room_in(project: NluProject, root: Path) -> SweepRoom:
    phrases = [(text, "") for text in PHRASES]
    return await furnish(
        root,
        training=streamed(spoken(phrases)),
        test=streamed(spoken(phrases, pcm=[request(text) for text in PHRASES])),
        project=project,
        base=EMBEDDED_MODEL,
    )


@pytest.mark.timeout(FOR_A_LOADED_MACHINE_S)
async def test_a_killed_trial_is_told_and_the_others_are_those_of_this_machine(
    ray_cluster: RayCluster, lap_project: NluProject, tmp_path: Path
) -> None:
    """And nothing is left of either. Two nodes with a processor each try both at once."""
    trials = trials_of(ModelKind.NLU, {"max_iterations": 1, "c1": 5.0, "regularisation": 1e-6}, {})
    room, engine = await room_in(lap_project, tmp_path), engine_for("ray", ray_cluster.address)
    running = asyncio.create_task(sweep(trials, room, engine, untold))
    worker, *_ = await until(ray_cluster.trials, running)
    trainers = worker.children(recursive=True)
    guards = ray_cluster.guards()
    worker.kill()
    tried = await running
    (killed,) = [one for one in tried if one.figures.failed == TrainerKilled.code]
    (well,) = [one for one in tried if not one.figures.failed]
    await nobody([worker, *trainers, *guards], ray_cluster)
    assert {killed.trial.number, well.trial.number} == {0, 1}
    assert ranked(ModelKind.NLU, "ds-x", tried).best == well.trial.settings

    (tmp_path / "here").mkdir(mode=0o700)
    room = await room_in(lap_project, tmp_path / "here")
    assert await sweep([well.trial], room, LOCAL_ENGINE, untold) == (well,)
    assert not list(room.root.glob("trial*"))


@pytest.mark.timeout(FOR_A_LOADED_MACHINE_S)
async def test_language_models_are_tried_on_a_cluster_as_here(
    ray_cluster: RayCluster, spoken_project: NluProject, tmp_path: Path
) -> None:
    trials = trials_of(ModelKind.LANGUAGE_MODEL, {}, {"order": 2, "variations": 1})
    done: list[int] = []
    (tmp_path / "there").mkdir(mode=0o700)
    room = await spoken_room_in(spoken_project, tmp_path / "there")
    there = await sweep(trials, room, engine_for("ray", ray_cluster.address), done.append)
    assert done[-1] == len(trials)
    assert [one.figures.failed for one in there] == ["", ""]

    (tmp_path / "here").mkdir(mode=0o700)
    room = await spoken_room_in(spoken_project, tmp_path / "here")
    here = await sweep(trials[1:], room, LOCAL_ENGINE, untold)
    assert here == there[1:]
    assert here[0].figures.score > 0.5, "it hears"
    assert ray_cluster.left() == []


@pytest.mark.timeout(FOR_A_LOADED_MACHINE_S)
async def test_a_sweep_whose_leader_is_killed_fails_and_leaves_nothing(
    ray_cluster: RayCluster, lap_project: NluProject, tmp_path: Path
) -> None:
    room, engine = await room_in(lap_project, tmp_path), engine_for("ray", ray_cluster.address)
    trials = trials_of(ModelKind.NLU, {}, {"regularisation": 2.0})
    running = asyncio.create_task(sweep(trials, room, engine, untold))
    workers = await until(ray_cluster.trials, running)
    trainers = [child for worker in workers for child in worker.children(recursive=True)]
    (leader,) = ray_cluster.serving("_tuned")
    guards = ray_cluster.guards()
    leader.kill()
    with pytest.raises(TrainerKilled, match="led the sweep"):
        await running
    await nobody([leader, *workers, *trainers, *guards], ray_cluster)


async def test_the_best_settings_are_kept_and_nothing_that_was_said(tmp_path: Path) -> None:
    tried = [
        Tried(trial=trial, figures=Figures(score=trial.number / 2, shown={}))
        for trial in trials_of(ModelKind.NLU, {}, {"c1": 0.2})
    ]
    kept = tmp_path / "sweeps" / "nlu.json"
    await ranked(ModelKind.NLU, "ds-x", tried).write(kept)
    assert kept_settings(kept) == (ModelKind.NLU, {"c1": 0.2})


async def test_nothing_is_tried_without_a_test_split_and_the_hold_out_of_the_project_is_left_out(
    lap_project: NluProject, tmp_path: Path
) -> None:
    (tmp_path / "room").mkdir()
    room = await room_in(lap_project, tmp_path / "room")
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
