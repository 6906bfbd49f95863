"""Whose consent the models in service are made of, by the registry's own lineage."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from benchmarks.learning.people import Standing
from training_loop.loop import Loop
from training_loop.registry.shelf import Shelf


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """Over all models that were registered, whether released or not."""

    models: int
    items: int
    """Different utterances that any of them learned from."""
    of_opted_out: int
    """Of those, of accounts that consent to nothing when it was trained. Must be 0."""
    of_unknown: int
    """Of those, that nobody said. Must be 0."""
    accounts_named: int
    """Opted-out accounts with whom the store notes a use in a model. Must be 0."""
    teachers: int
    """Accounts that the models learned from."""

    @property
    def clean(self) -> bool:
        return not (self.of_opted_out or self.of_unknown or self.accounts_named)


async def trace(
    loop: Loop,
    shelf: Shelf,
    owners: Mapping[str, tuple[str, Standing]],
    opted_out: Collection[str],
) -> Lineage:
    """`owners`: the account of each utterance by its id, and how it stands to the loop;
    `opted_out`: accounts that consent to nothing now."""
    manifests = [shelf.manifest(name) for name in shelf.names()]
    items = {ref.item for manifest in manifests for ref in manifest.items}
    known = {item: owners[item] for item in items if item in owners}
    named = [
        account for account in opted_out if (await loop.rights.counts(account)).get("models", 0)
    ]
    return Lineage(
        models=len(manifests),
        items=len(items),
        of_opted_out=sum(standing is not Standing.TEACHES for _, standing in known.values()),
        of_unknown=len(items) - len(known),
        accounts_named=len(named),
        teachers=len({account for account, _ in known.values()}),
    )
