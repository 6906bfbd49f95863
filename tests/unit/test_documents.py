"""What the documents name is there: files, headings, commands, settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

import assistant.cli
import device_sim.cli
import training_loop.cli

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
GUIDES = [path for path in DOCUMENTS if "decisions" not in path.parts]
"""Decisions are of their day: what they name may be called otherwise since."""
PACKAGES = ("assistant", "training_loop", "device_sim")

_APPS = {
    "assistant": assistant.cli.app,
    "training-loop": training_loop.cli.app,
    "device-sim": device_sim.cli.app,
}
_LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:)(?P<target>[^)\s]*)\)")
_COMMAND = re.compile(
    rf"(?:^|(?<=[\s`/($]))(?P<app>{'|'.join(_APPS)})(?P<words>(?: [a-z][a-z-]*)+)"
)
_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
_SETTING = re.compile(r"EARMARK_[A-Z_]+[A-Z]")


def anchors(text: str) -> set[str]:
    """As hosts of repositories make them of headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def commands_of(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every command line in code, up to the first word that can be no command."""
    for code in _CODE.findall(text):
        for found in _COMMAND.finditer(code):
            yield found["app"], tuple(found["words"].split())


def unknown_word(app: str, words: tuple[str, ...]) -> str | None:
    """The first word that is no command where one has to be."""
    command = typer.main.get_command(_APPS[app])
    for word in words:
        children = getattr(command, "commands", None)
        if not children:
            return None
        if word not in children:
            return word
        command = children[word]
    return None


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_within_the_repository_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for found in _LINK.finditer(_CODE.sub("", text)):
        name, _, anchor = found["target"].partition("#")
        target = path.parent / name if name else path
        assert target.exists(), f"{path.name} links to {found['target']}"
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), found["target"]


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_that_documents_name_exist(path: Path) -> None:
    unknown = [
        f"{app} {' '.join(words)}"
        for app, words in commands_of(path.read_text(encoding="utf-8"))
        if unknown_word(app, words) is not None
    ]
    assert not unknown


def test_the_search_for_commands_finds_what_is_wrong() -> None:
    text = "Run `training-loop lap` or\n```\n$ training-loop datasets list\n```\n"
    found = list(commands_of(text))
    assert found == [("training-loop", ("lap",)), ("training-loop", ("datasets", "list"))]
    assert unknown_word(*found[0]) is None
    assert unknown_word(*found[1]) == "datasets"


def test_settings_that_documents_name_are_read_and_those_that_are_read_are_named() -> None:
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
    )
    told = {one for path in GUIDES for one in _SETTING.findall(path.read_text(encoding="utf-8"))}
    assert told ^ set(_SETTING.findall(source)) == NAMED_NOWHERE


NAMED_NOWHERE = {"EARMARK_TRACKING_TARGET", "EARMARK_OIDC"}
"""Given from one process of ours to another; the beginning of several names."""
