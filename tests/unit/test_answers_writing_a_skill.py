"""The page that explains how to write a skill works as it stands."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
import uv
import yaml

from assistant.answers.ports import SkillPorts
from assistant.answers.registry import SkillRegistry
from tests.fixtures.answers import Talk

PAGE = Path(__file__).parents[2] / "docs" / "writing-a-skill.md"
NLU = "assistant/nlu/project/nlu/dice.yml"


def blocks() -> dict[str, str]:
    """The files on the page, by the name in their first line."""
    found = re.findall(r"```\w+\n# (\S+)\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    return dict(found)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory that the page tells to make."""
    directory = tmp_path / "earmark-dice"
    directory.mkdir()
    for name in ("earmark_dice.py", "pyproject.toml", "test_earmark_dice.py"):
        (directory / name).write_text(blocks()[name])
    monkeypatch.syspath_prepend(str(directory))
    return directory


@pytest.fixture
def installed(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package, built and installed where only this test sees it."""
    target = tmp_path / "installed"
    install = ["pip", "install", "--offline", "--no-deps", "--no-build-isolation", "--no-config"]
    where = ["--python", sys.executable, "--target", str(target), str(package)]
    subprocess.run([uv.find_uv_bin(), *install, *where], check=True, capture_output=True)
    monkeypatch.syspath_prepend(str(target))


@pytest.mark.usefixtures("installed")
async def test_the_skill_of_the_page_answers(talk: Talk, skill_ports: SkillPorts) -> None:
    talk.skills = SkillRegistry.load(skill_ports)
    assert "dice" in [skill.name for skill in talk.skills.skills]
    assert await talk.say("roll the dice", "roll_dice") == "How many dice?"
    assert (await talk.say("two", "inform", amount="two")).startswith("Two dice: ")
    assert (await talk.say("roll a die", "roll_dice", amount="one")).startswith("One die: ")


@pytest.mark.usefixtures("package")
async def test_the_test_of_the_page_passes() -> None:
    module = importlib.import_module("test_earmark_dice")
    await module.test_dice_are_rolled()


def test_the_examples_of_the_page_belong_to_its_skill() -> None:
    intents = [entry["intent"] for entry in yaml.safe_load(blocks()[NLU])["nlu"]]
    assert intents == ["roll_dice"]
    assert f'intents = frozenset({{"{intents[0]}"}})' in blocks()["earmark_dice.py"]
