"""What child processes may know of this one."""

from __future__ import annotations

import os
from collections.abc import Mapping

_SECRET = frozenset({"EARMARK_MASTER_KEY", "EARMARK_STORE_URL"})
_SECRET_BEGINNINGS = ("AWS_", "RAY_")
"""A Ray cluster lets whoever has its token run anything."""


def environment_of_children(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without the keys and passwords that only it needs."""
    environment = os.environ if environment is None else environment
    return {
        name: value
        for name, value in environment.items()
        if name not in _SECRET and not name.startswith(_SECRET_BEGINNINGS)
    }
