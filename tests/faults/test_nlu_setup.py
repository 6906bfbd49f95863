"""Set-up makes what is missing once, and an interruption or damage is repaired."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

import pytest
from rich.console import Console

from assistant.home import Home
from assistant.setup import is_complete, rasa_command, run_setup
from assistant.setup.environment import build_environment, environment_is_current
from assistant.setup.errors import PythonMissing, SetupFailed
from assistant.setup.letters import lend_letters
from assistant.setup.python311 import find_python311
from tests.fixtures.nlu import write_painting_project
from training_loop.training.language_model.pronunciation import Pronouncer

QUIET = Console(quiet=True)


@pytest.fixture
def fresh_home(home: Home, tmp_path: Path) -> Home:
    """Has Rasa's environment, knows how letters sound, and nothing else."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "rasa").symlink_to(home.rasa)
    (tmp_path / "home" / "pronunciations").symlink_to(home.pronunciations)
    return Home(root=tmp_path / "home")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_painting_project(tmp_path / "project")
    return tmp_path / "project"


def test_a_second_set_up_starts_nothing(
    fresh_home: Home, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the first one removes what an interrupted training left."""
    left = fresh_home.base_nlu_model.parent / ".training-interrupted"
    left.mkdir(parents=True)
    (left / "part").write_bytes(b"x")
    assert run_setup(fresh_home, QUIET, project=project)
    assert {path.name for path in left.parent.iterdir()} == {"base.tar.gz", "base.fingerprint"}
    made = fresh_home.base_nlu_model.stat()
    monkeypatch.setenv("EARMARK_RASA_COMMAND", "/nowhere/rasa")
    monkeypatch.setattr(subprocess, "run", _started)
    assert not run_setup(fresh_home, QUIET, project=project)
    assert fresh_home.base_nlu_model.stat() == made


def _started(*command: object, **_: object) -> None:
    raise AssertionError(f"{command} was started")


def test_a_changed_example_or_a_damaged_archive_makes_a_new_model(
    fresh_home: Home, project: Path
) -> None:
    run_setup(fresh_home, QUIET, project=project)
    trained = fresh_home.base_nlu_model.read_bytes()
    fresh_home.base_nlu_model.write_bytes(b"damaged")
    assert not is_complete(fresh_home, project=project)
    fresh_home.base_nlu_model.write_bytes(trained)
    assert is_complete(fresh_home, project=project)
    with (project / "nlu" / "all.yml").open("a") as examples:
        examples.write("- intent: sing\n  examples: |\n    - sing loudly\n")
    assert run_setup(fresh_home, QUIET, project=project)
    assert is_complete(fresh_home, project=project)


def test_what_set_up_learned_of_letters_is_lent_to_a_state_directory_once(
    fresh_home: Home, tmp_path: Path
) -> None:
    """So that no first lap has to learn it."""
    lend_letters(fresh_home, tmp_path / "cache")
    (lent,) = (tmp_path / "cache").iterdir()
    (learned,) = [path for path in fresh_home.pronunciations.iterdir() if path.name == lent.name]
    assert lent.read_bytes() == learned.read_bytes()
    assert Pronouncer(tmp_path / "cache").pronounce("zorblax")
    before = lent.stat()
    lend_letters(fresh_home, tmp_path / "cache")
    assert lent.stat() == before
    lend_letters(Home(root=tmp_path / "nowhere"), tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_of_two_set_ups_at_once_one_waits_and_finds_all_done(
    fresh_home: Home, project: Path
) -> None:
    made: list[bool] = []
    both = [
        threading.Thread(target=lambda: made.append(run_setup(fresh_home, QUIET, project=project)))
        for _ in range(2)
    ]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(made) == [False, True]


def test_a_project_that_does_not_train_leaves_the_model_in_place(
    fresh_home: Home, project: Path
) -> None:
    fresh_home.base_nlu_model.parent.mkdir(parents=True)
    fresh_home.base_nlu_model.write_bytes(b"an older model")
    (project / "nlu" / "all.yml").write_text('version: "3.1"\nnlu: []\n')
    with pytest.raises(SetupFailed) as failed:
        run_setup(fresh_home, QUIET, project=project)
    assert "NLU data" in str(failed.value)
    assert fresh_home.base_nlu_model.read_bytes() == b"an older model"
    assert not is_complete(fresh_home, project=project)


def test_an_interrupted_installation_is_begun_anew_and_its_rasa_runs(tmp_path: Path) -> None:
    home = Home(root=tmp_path)
    (tmp_path / "rasa.building" / "bin").mkdir(parents=True)
    (tmp_path / "rasa" / "bin").mkdir(parents=True)
    (tmp_path / "rasa" / "bin" / "python").write_text("half of an old environment")
    assert not environment_is_current(home)
    build_environment(home)
    assert environment_is_current(home)
    assert not (tmp_path / "rasa.building").exists()
    told = subprocess.run(
        [rasa_command(home), "--version"], capture_output=True, text=True, check=True, timeout=120
    )
    assert "3.6.21" in told.stdout


@pytest.mark.parametrize("arguments", [("--debug", "train", "nlu"), ("run", "--jwt-secret", "x")])
def test_debug_logs_and_missing_options_are_refused(home: Home, arguments: tuple[str, ...]) -> None:
    refused = subprocess.run(
        [rasa_command(home), *arguments], capture_output=True, text=True, check=False, timeout=60
    )
    assert refused.returncode != 0
    assert refused.stderr.startswith("rasa-lean:")
    assert len(refused.stderr.splitlines()) == 1


def test_without_any_python_the_error_names_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    with pytest.raises(PythonMissing) as missing:
        find_python311("/nonexistent/uv")
    assert "3.11" in missing.value.hint
