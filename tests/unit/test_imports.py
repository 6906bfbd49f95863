"""The borders between the packages, as docs/architecture.md draws them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

ALLOWED = {
    "training_loop": ("training_loop",),
    "assistant": ("assistant", "training_loop"),
    "training_loop/web": (
        *("training_loop.web", "training_loop.v1", "training_loop.errors", "assistant.v1"),
    ),  # the pages are a client like any other
    "device_sim": ("device_sim", "assistant.v1", "training_loop.v1", "assistant.speech.espeak"),
}
OURS = ("assistant", "training_loop", "device_sim", "tests", "benchmarks", "deploy")


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def border_of(path: Path) -> str:
    """The narrowest package with a border of its own."""
    name = path.relative_to(ROOT).as_posix()
    return max((one for one in ALLOWED if name.startswith(one + "/")), key=len)


def within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


@pytest.mark.parametrize("package", ALLOWED)
def test_a_package_imports_nothing_of_ours_beyond_its_border(package: str) -> None:
    trespassers = [
        f"{path.relative_to(ROOT)}: {module}"
        for path in sorted((ROOT / package).rglob("*.py"))
        if path.parent.name != "v1" and border_of(path) == package
        for module in imports_of(path)
        if within(module, OURS) and not within(module, ALLOWED[package])
    ]
    assert not trespassers
