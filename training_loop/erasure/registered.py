"""Every place that holds personal data, so that none is forgotten."""

from __future__ import annotations

from collections.abc import Iterator

from training_loop.erasure.personal_store import PersonalStore


class PersonalStores:
    """The registered stores; each kind of key has one owner."""

    def __init__(self) -> None:
        self._stores: list[PersonalStore] = []

    def __iter__(self) -> Iterator[PersonalStore]:
        return iter(tuple(self._stores))

    def register(self, store: PersonalStore) -> None:
        """Raises ValueError when its name or one of its kinds of key is taken."""
        if any(store.name == other.name for other in self._stores):
            raise ValueError(f"a store named {store.name!r} is registered already")
        taken = store.key_kinds & self.key_kinds
        if taken:
            raise ValueError(f"kinds of key with two owners: {sorted(taken)}")
        self._stores.append(store)

    @property
    def key_kinds(self) -> frozenset[str]:
        return frozenset().union(*(store.key_kinds for store in self._stores))
