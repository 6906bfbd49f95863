"""What a model learns from: bounded repetition, private directories, a locatable project."""

from __future__ import annotations

import multiprocessing
import os
import stat
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from hypothesis import given as drawn
from hypothesis import strategies as st

from training_loop.training.dataset import (
    GOLD_SHARE,
    MAX_REPEATS,
    GoldExample,
    ItemRef,
    Snapshot,
    repeats,
    write_config,
    write_training_file,
)
from training_loop.training.project import NluProject, ProjectMissing
from training_loop.training.workspace import sweep, workspace


@drawn(st.integers(0, 100), st.integers(1, 500))
def test_repetition_never_outweighs_the_base_data(base: int, gold: int) -> None:
    times = repeats({"stop": base}, {"stop": gold})["stop"]
    assert 1 <= times <= MAX_REPEATS
    assert times == 1 or times * gold <= base * GOLD_SHARE


def test_every_copy_differs_since_rasa_drops_equal_examples(tmp_path: Path) -> None:
    example = GoldExample(ref=ItemRef(item="i1", epoch=3), text="hush: now", intent="stop")
    path = tmp_path / "reviewed.yml"
    write_training_file(Snapshot.of([example]), {"stop": 40}, path)
    written = yaml.safe_load(path.read_text())["nlu"]
    assert [entry["intent"] for entry in written] == ["stop"]
    rows = [(row["text"], str(row["metadata"])) for row in written[0]["examples"]]
    assert len(set(rows)) == len(rows) == MAX_REPEATS
    assert {text for text, _ in rows} == {"hush: now"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_order_of_the_queue_does_not_change_the_data(tmp_path: Path) -> None:
    examples = [
        GoldExample(ref=ItemRef(item=f"i{number}", epoch=1), text=f"hush {number}", intent="stop")
        for number in range(5)
    ]
    for name, order in (("one", examples), ("other", examples[::-1])):
        write_training_file(Snapshot.of(order), Counter(), tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_the_seed_reaches_every_random_state(tmp_path: Path) -> None:
    given = tmp_path / "given.yml"
    given.write_text("pipeline:\n- name: Tokenizer\n- name: Classifier\n  random_state: 42\n")
    write_config(given, 7, tmp_path / "config.yml")
    pipeline = yaml.safe_load((tmp_path / "config.yml").read_text())["pipeline"]
    assert [part["random_state"] for part in pipeline if "random_state" in part] == [7]


def test_runs_that_begin_at_once_leave_each_other_alone(tmp_path: Path) -> None:
    """A directory whose lock is not held yet is no dead run's."""

    def begun(number: int) -> bool:
        with workspace(tmp_path) as room:
            (room / "said").write_text("zip your lips")
            sweep(tmp_path)
            return (room / "said").exists()

    with ThreadPoolExecutor(8) as runs:
        assert all(runs.map(begun, range(400)))
    assert list(tmp_path.iterdir()) == []


def test_a_workspace_is_private_and_goes(tmp_path: Path) -> None:
    with workspace(tmp_path / "work") as directory:
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        (directory / "reviewed.yml").write_text("x")
        assert sweep(tmp_path / "work") == 0, "a live run is left alone"
    assert list((tmp_path / "work").iterdir()) == []


def _die_inside(root: Path) -> None:
    with workspace(root):
        os._exit(9)


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path) -> None:
    child = multiprocessing.get_context("spawn").Process(target=_die_inside, args=(tmp_path,))
    child.start()
    child.join()
    left = list(tmp_path.iterdir())
    assert len(left) == 1
    with workspace(tmp_path):
        assert not left[0].exists()


def test_the_project_comes_from_the_environment_or_the_assistant(
    lap_project: NluProject, tmp_path: Path
) -> None:
    configured = {"EARMARK_NLU_PROJECT": str(lap_project.root)}
    assert NluProject.locate(configured) == lap_project
    assert (NluProject.locate({}).root / "domain.yml").exists()
    with pytest.raises(ProjectMissing):
        NluProject.locate({"EARMARK_NLU_PROJECT": str(tmp_path)})


def test_base_examples_are_counted_by_intent(lap_project: NluProject) -> None:
    assert lap_project.examples_by_intent() == {"set_timer": 6, "ask_time": 6, "stop": 6}
