"""The export for Rasa is what Rasa takes as training data."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import time
from pathlib import Path

from assistant.home import Home
from assistant.setup.environment import rasa_command
from tests.fixtures.datasets import gold, reviewed
from tests.fixtures.store import consenting_account
from training_loop.datasets.exports.exports import Order
from training_loop.datasets.exports.record import Format
from training_loop.datasets.split import Shares
from training_loop.loop import Loop
from training_loop.utterance import NamedEntity

CONFIG = """assistant_id: earmark
recipe: default.v1
language: en
pipeline:
- name: WhitespaceTokenizer
policies: []
"""


async def test_rasa_finds_nothing_wrong_with_an_export(loop: Loop, tmp_path: Path) -> None:
    account = await consenting_account(loop)
    where = NamedEntity(name="room", role="to", value="bath", text="bathroom", start=3, end=11)
    for intent, text in (("go", "go bathroom"), ("stop", 'stop: "now" & never'), ("go", "go on")):
        entities = (where,) if "bathroom" in text else ()
        await reviewed(loop, account, gold(text, intent, *entities))
        await reviewed(loop, account, gold(f"{text} please", intent, *entities))
    made = await loop.datasets.create(shares=Shares(test=0.0, hold_out=0.0))
    order = Order(
        data_set=made.name,
        format=Format.RASA,
        recipient="acme",
        purpose="tests",
        expires_at_s=time.time() + 3600,
        target=tmp_path / "rasa",
    )
    record = await loop.exports.deliver(order, by="operator")
    assert record.items == 6
    checked = await asyncio.to_thread(_validated, tmp_path)
    assert checked.returncode == 0, checked.stderr[-2000:]
    warnings = re.findall(r"UserWarning: .*", checked.stdout + checked.stderr)
    assert [w for w in warnings if "is not used in any story or rule" not in w] == []


def _validated(directory: Path) -> subprocess.CompletedProcess[str]:
    """By Rasa; that there are no stories is no fault."""
    config = directory / "config.yml"
    config.write_text(CONFIG)
    return subprocess.run(
        [
            *(rasa_command(Home.from_environment()), "data", "validate"),
            *("--config", config, "--domain", directory / "rasa" / "domain.yml"),
            *("--data", directory / "rasa" / "data"),
        ],
        cwd=directory,
        env=os.environ | {"RASA_TELEMETRY_ENABLED": "false"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
