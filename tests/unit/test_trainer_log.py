"""A trainer's log is bounded, private, and has no way in for what anybody said."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from training_loop.training.code_places import told
from training_loop.training.errors import OverLimit, TrainingFailed
from training_loop.training.trainer_log import KEPT, MAX_BYTES, TrainerLog, following, tell

SAID = "zip your lips robot"


def test_a_log_is_its_owners_alone_and_only_the_newest_are_kept(tmp_path: Path) -> None:
    directory = tmp_path / "logs"
    directory.mkdir()
    for number in range(KEPT + 10):
        (directory / f"20200101T0000{number:02}Z-nlu-abcdef.log").touch()
    logs = [TrainerLog.begin(directory, "nlu", seed=7) for _ in range(2)]
    kept = sorted(directory.iterdir())
    assert len(kept) == KEPT
    assert kept[-2:] == sorted(log.path for log in logs), "the oldest went"
    assert stat.S_IMODE(logs[0].path.stat().st_mode) == 0o600
    text = logs[0].path.read_text()
    assert "seed=7" in text
    assert "earmark " in text
    assert "numpy " in text


def test_a_log_stays_small_and_still_tells_how_it_ended(tmp_path: Path) -> None:
    log = TrainerLog.begin(tmp_path, "nlu")
    with pytest.raises(OverLimit), following(log):
        for _ in range(2 * MAX_BYTES // 100):
            tell("training" * 12)
        raise OverLimit("The trainer took longer than 7 s.")
    assert log.path.stat().st_size <= MAX_BYTES
    assert log.path.read_text().endswith(
        "failed: TRAINING_OVER_LIMIT The trainer took longer than 7 s.\n"
    )


def test_a_failure_is_told_by_kinds_and_places_and_never_by_its_message(tmp_path: Path) -> None:
    def quote() -> None:
        try:
            int(SAID)
        except ValueError as fault:
            raise TrainingFailed(f"It was {SAID}.") from fault

    log = TrainerLog.begin(tmp_path, "nlu")
    with pytest.raises(TrainingFailed), following(log):
        quote()
    text = log.path.read_text()
    cause, _, failure = text.partition("ValueError, passed through")[2].partition("TrainingFailed")
    assert "tests/unit/test_trainer_log.py:" in cause
    assert " in quote" in cause
    assert " in quote" in failure
    assert text.endswith("failed: TRAINING_FAILED\n")
    assert "lips" not in text
    assert "int(" not in text


def test_only_places_in_installed_software_are_told() -> None:
    real = "training_loop/training/trainer_log.py"
    assert list(told([[real, 12, "begin"]])) == [f"{real}:12 in begin"]
    assert (
        list(told([[real, 12, "lips"], ["zip/your/lips.py", 1, "begin"], [SAID, 1, "begin"]])) == []
    )
    assert list(told([["../training_loop/loop.py", 1, "open_loop"], [real, SAID, "begin"]])) == []


def test_what_is_no_name_is_left_out_of_a_log(tmp_path: Path) -> None:
    log = TrainerLog.begin(tmp_path, "nlu")
    log.tell("prepared", gold=3, stage="training", said=SAID)
    assert "prepared gold=3 stage=training\n" in log.path.read_text()


def test_a_log_that_cannot_be_written_stops_no_training(tmp_path: Path) -> None:
    (tmp_path / "logs").touch()
    with following(TrainerLog.begin(tmp_path / "logs", "nlu")):
        tell("training")
