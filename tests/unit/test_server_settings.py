"""The server and the commands beside it read one environment alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.settings import from_environment
from training_loop.settings import LoopSettings


def test_the_server_reads_every_setting_of_the_learning_loop(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whichever process notes first that a model must be replaced sets the time, so a setting that
    only commands read would be none."""
    given = {
        "EARMARK_STATE": str(tmp_path),
        "EARMARK_STORE_URL": "redis://store.example:6379",
        "EARMARK_KEY_PROVIDER": "environment",
        "EARMARK_MASTER_KEY": "ab" * 32,
        "EARMARK_BLOBS_URL": "s3://bucket/prefix",
        "EARMARK_WEB_ORIGIN": "https://voice.example",
        "EARMARK_SMTP_URL": "smtp://mail.example",
        "EARMARK_MAIL_FROM": "voice@mail.example",
        "EARMARK_REPLACE_WITHIN_DAYS": "3",
        "EARMARK_MLFLOW_URL": "https://tracking.example",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    assert from_environment().loop() == LoopSettings.from_environment()
    assert from_environment().loop().registry.replace_within_s == 3 * 86_400
