"""The data sets that hold utterances of an account, as its holder is told."""

from __future__ import annotations

from redis.asyncio import Redis

from training_loop.datasets.datasets import Datasets
from training_loop.datasets.errors import DatasetTampered, DatasetUnknown
from training_loop.datasets.item_ref import ItemRef
from training_loop.datasets.manifest import BEGINNING
from training_loop.datasets.uses import Uses
from training_loop.learned_from import DataSetUse
from training_loop.rights import LEARNING_DAYS

_DAY_S = 86_400.0


class AccountDataSets:
    """Implements `DataSetUses`."""

    def __init__(self, store: Redis, datasets: Datasets) -> None:
        self._uses = Uses(store)
        self._datasets = datasets

    async def of(self, account: str, kept: frozenset[ItemRef]) -> tuple[DataSetUse, ...]:
        """Those that hold any of `kept`, which may be learned from now. A data set refers to
        utterances and holds none: it ends for the account with the last one it refers to, within
        the longest time that an utterance is kept for learning."""
        found = []
        for name in await self._uses.of_account(account):
            if not name.startswith(BEGINNING):
                continue
            try:
                manifest = await self._datasets.manifest(name)
            except (DatasetTampered, DatasetUnknown):
                continue  # nobody can read it
            if mine := len(kept.intersection(manifest.refs())):
                found.append(
                    DataSetUse(
                        data_set=name,
                        created_at_s=manifest.created_at_s,
                        expires_at_s=manifest.created_at_s + LEARNING_DAYS * _DAY_S,
                        utterances=mine,
                    )
                )
        return tuple(found)
