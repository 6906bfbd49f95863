"""Every place that holds personal data, so that none is forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterator

from training_loop.erasure.personal_store import ConversationMemory, PersonalStore

_NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")


class PersonalStores:
    """The registered stores; each kind of key has one owner."""

    def __init__(self) -> None:
        self._stores: list[PersonalStore] = []

    def __iter__(self) -> Iterator[PersonalStore]:
        return iter(tuple(self._stores))

    def register(self, store: PersonalStore) -> None:
        """Raises ValueError when its name or one of its kinds of key is taken, or when the name is
        no stable word, as receipts need it: a-z, 0-9 and _."""
        if not _NAME.fullmatch(store.name):
            raise ValueError(f"a store cannot be named {store.name!r}")
        if any(store.name == other.name for other in self._stores):
            raise ValueError(f"a store named {store.name!r} is registered already")
        taken = store.key_kinds & self.key_kinds
        if taken:
            raise ValueError(f"kinds of key with two owners: {sorted(taken)}")
        self._stores.append(store)

    def forget_said(self, account: str) -> None:
        """What the conversations of this process remember of an account."""
        for store in self._stores:
            if isinstance(store, ConversationMemory):
                store.forget_said(account)

    @property
    def key_kinds(self) -> frozenset[str]:
        return frozenset().union(*(store.key_kinds for store in self._stores))
