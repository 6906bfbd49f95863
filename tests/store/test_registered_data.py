"""Every key and file is known: owned by a registered personal store, or personal to nobody."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.fixtures.staff import staff_token
from tests.fixtures.store import a_review, an_utterance, consenting_account, opt_out, say
from tests.store.clips_in_review import every_state_of_review
from training_loop.access import Kind
from training_loop.loop import Loop
from training_loop.store import keys
from training_loop.store.script_runner import text

_KNOWN_PLACES = {
    "backups",
    "blobs",
    "keys",
    "operator.token",
    "registry",
    "store",
    "tombstones",
    "tracking",
    "reports",  # of laps: counts and scores
    "cache",  # what language models learn from a public dictionary
    "sweeps",  # settings and scores
    "logs",  # of trainings: stages, figures, places in software
    "transparency",
}


async def _use_everything(loop: Loop) -> None:
    accounts = [await consenting_account(loop) for _ in range(3)]
    for account in accounts * 2:
        said = await say(loop, account)
    lease = await loop.queue.lease("reviewer", oldest=True)
    assert lease
    await loop.queue.read(lease)
    await loop.queue.ack(lease, a_review())
    await loop.queue.record_model_use("model", [one async for one in loop.queue.reviewed()])
    assert await loop.queue.lease("reviewer", oldest=True)
    await loop.rights.history(accounts[0], 10)
    await loop.rights.delete_utterance(said.account, said.utterance_id)
    await opt_out(loop, accounts[2])
    await say(loop, accounts[0], an_utterance(accounts[0], pcm=b""))
    await staff_token(loop, Kind.REVIEWER)
    await every_state_of_review(loop, accounts[0])


async def test_every_key_has_an_owner_or_holds_nothing_of_a_person(own_loop: Loop) -> None:
    await _use_everything(own_loop)
    found = {text(key) for key in await own_loop.store.keys("*")}
    kinds = {keys.kind_of(key) for key in found if keys.kind_of(key)}
    owned = own_loop.personal_stores.key_kinds
    of_staff = keys.STAFF_KINDS | keys.REVIEWER_KINDS
    assert kinds - owned - keys.NON_PERSONAL_KINDS - of_staff == set()
    assert {"k", "kt", "kr", "ka", "kc", "kw", "kd", "kh", "kf", "kl", "kqr", "kqa", "kqc"} <= kinds
    assert {key for key in found if not keys.kind_of(key)} <= keys.NON_PERSONAL_KEYS
    assert {"a", "c", "h", "hx", "i", "ix", "v", "r", "t", "q", "ql", "w", "m", "x"} <= kinds
    assert owned.isdisjoint(keys.NON_PERSONAL_KINDS | of_staff)
    staff = [key for key in found if keys.kind_of(key) in of_staff]
    assert staff
    assert all(key.startswith(f"{keys.STAFF_SHARD}:") for key in staff)


async def test_keys_that_hold_nothing_of_a_person_name_no_account(own_loop: Loop) -> None:
    await _use_everything(own_loop)
    for shard in keys.all_shards():
        for member in await own_loop.store.zrange(keys.blob_intents(shard), 0, -1):
            assert b"acc_" not in bytes(member)  # type: ignore[arg-type]


async def test_every_file_of_the_state_directory_is_in_a_known_place(own_loop: Loop) -> None:
    await _use_everything(own_loop)
    assert {path.name for path in own_loop.settings.state.iterdir()} <= _KNOWN_PLACES
    assert {path.name for path in own_loop.settings.store_directory.iterdir()} == {
        *("appendonlydir", "lock", "server.log", "store.sock"),
    }


class _Stranger:
    name = "stranger"

    def __init__(self, kind: str, name: str = "stranger") -> None:
        self.key_kinds = frozenset({kind})
        self.name = name

    async def export(self, account: str) -> Mapping[str, object]:
        return {}

    async def erase(self, account: str) -> int:
        return 0


def test_no_two_stores_own_the_same_keys_or_name(loop: Loop) -> None:
    with pytest.raises(ValueError, match="two owners"):
        loop.personal_stores.register(_Stranger("h"))
    with pytest.raises(ValueError, match="registered already"):
        loop.personal_stores.register(_Stranger("zz", name="utterances"))
