"""The scripts that change agenda and lists, each in a file with its contract on top."""

from __future__ import annotations

from importlib import resources


def source(name: str) -> str:
    """The text of a script, for `register_script`."""
    return (resources.files(__package__) / f"{name}.lua").read_text(encoding="utf-8")
