"""Who knows the names that an account has given to something: found by entry point, since the
devices are not the loop's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib.metadata import entry_points

from redis.asyncio import Redis

from training_loop.errors import TrainingLoopError
from training_loop.vault.sealer import Sealer

GROUP = "earmark.account_names"

NameSource = Callable[[str], Awaitable[frozenset[str]]]


class NamesUnknown(TrainingLoopError):
    """Names could not be hidden: nothing is prepared."""

    code = "NAMES_UNKNOWN"
    hint = "Install Earmark again: its entry points are missing."


def name_sources(store: Redis, sealer: Sealer) -> list[NameSource]:
    """One of each installed package that keeps names. Raises NamesUnknown where none does."""
    found = [entry.load()(store, sealer) for entry in entry_points(group=GROUP)]
    if not found:
        raise NamesUnknown("No source of names is installed.")
    return found
