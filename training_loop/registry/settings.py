"""How long a model may serve after a consent ended, how long it is watched after its release, and
where runs are recorded."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from training_loop.errors import InvalidArgument
from training_loop.registry.live_watch import MOST_WATCHED_DAYS, WatchRules

_DAY_S = 86_400.0
_MOST_DAYS = 365.0
_SCHEMES = ("http", "https", "sqlite", "postgresql", "mysql")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrySettings:
    """Raises InvalidArgument for a time that is none, or a kind of tracking URL nobody knows."""

    replace_within_s: float = 7 * _DAY_S
    """A model that learned from something withdrawn is replaced within it; after that the nearest
    earlier model that learned from nothing withdrawn serves."""
    watch: WatchRules = field(default_factory=WatchRules)
    """Of models that were released."""
    mlflow_url: str = field(default="", repr=False)
    """Empty: a database in the state directory. May hold a password."""

    def __post_init__(self) -> None:
        if not 0 < self.replace_within_s <= _MOST_DAYS * _DAY_S:
            raise InvalidArgument("EARMARK_REPLACE_WITHIN_DAYS is more than 0 and at most 365.")
        if self.mlflow_url and urlsplit(self.mlflow_url).scheme.split("+")[0] not in _SCHEMES:
            raise InvalidArgument(
                "EARMARK_MLFLOW_URL begins with http://, https://, sqlite:///, postgresql:// or"
                " mysql://."
            )

    @staticmethod
    def from_environment(environment: Mapping[str, str] = os.environ) -> RegistrySettings:
        """Reads EARMARK_REPLACE_WITHIN_DAYS, EARMARK_WATCH_DAYS, EARMARK_WATCH_TURNS and
        EARMARK_MLFLOW_URL."""
        return RegistrySettings(
            replace_within_s=_number(environment, "EARMARK_REPLACE_WITHIN_DAYS", "7") * _DAY_S,
            watch=_watch(environment),
            mlflow_url=environment.get("EARMARK_MLFLOW_URL", ""),
        )


def _watch(environment: Mapping[str, str]) -> WatchRules:
    days = _number(environment, "EARMARK_WATCH_DAYS", "7")
    turns = _number(environment, "EARMARK_WATCH_TURNS", "100")
    if not 0 <= days <= MOST_WATCHED_DAYS:
        raise InvalidArgument(f"EARMARK_WATCH_DAYS is 0 to {MOST_WATCHED_DAYS:.0f}.")
    if turns < 1 or not turns.is_integer():
        raise InvalidArgument("EARMARK_WATCH_TURNS is a whole number of at least 1.")
    return WatchRules(lasts_s=days * _DAY_S, least_turns=int(turns))


def _number(environment: Mapping[str, str], name: str, default: str) -> float:
    try:
        return float(environment.get(name, default))
    except ValueError as fault:
        raise InvalidArgument(f"{name} is a number.") from fault
