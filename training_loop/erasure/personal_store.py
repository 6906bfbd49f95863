"""The port of every place that holds personal data: what is kept must be found to be erased."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable


class PersonalStore(Protocol):
    """One place that holds data of accounts. Erasing twice is harmless."""

    @property
    def name(self) -> str:
        """Stands in receipts, for example "lists"."""
        ...

    @property
    def key_kinds(self) -> frozenset[str]:
        """The second parts of the store keys it owns, for example {"l"} for `{s07}:l:<account>`."""
        ...

    async def export(self, account: str) -> Mapping[str, object]:
        """Everything it holds of the account, as JSON-ready values."""
        ...

    async def erase(self, account: str) -> int:
        """Removes everything of the account; returns how many records were removed."""
        ...


@runtime_checkable
class ConversationMemory(Protocol):
    """A personal store in the memory of this process whose content goes with any deletion of what
    was said, not with the account alone."""

    def forget_said(self, account: str) -> None:
        """Forgets what was said, answered and asked; nor does a turn that goes on add to it."""
        ...
