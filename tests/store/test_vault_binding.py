"""Everything sealed opens at its own place alone: each kind, moved or swapped, fails loudly."""

from __future__ import annotations

import pytest

from tests.fixtures.store import a_review, consenting_account, say
from training_loop.loop import Loop
from training_loop.store import keys
from training_loop.store.script_runner import text
from training_loop.vault.errors import Corrupted


async def _two_said(loop: Loop) -> tuple[str, str, str]:
    account = await consenting_account(loop)
    one, other = await say(loop, account), await say(loop, account)
    return account, one.utterance_id, other.utterance_id


async def _swap(loop: Loop, one: tuple[str, str], other: tuple[str, str]) -> None:
    """Two fields, each of a hash."""
    first, second = await loop.store.hget(*one), await loop.store.hget(*other)
    assert first is not None
    assert second is not None
    await loop.store.hset(*one, second)
    await loop.store.hset(*other, first)


async def _read_all(loop: Loop) -> None:
    for _ in range(2):
        lease = await loop.queue.lease("reviewer")
        assert lease
        await loop.queue.read(lease)


@pytest.mark.parametrize("purpose", ["history", "learning"])
async def test_audio_swapped_between_two_utterances(loop: Loop, purpose: str) -> None:
    account, one, _ = await _two_said(loop)
    container = await loop.store.hget(keys.account(account), f"{purpose}_container")
    assert container is not None
    first, second = (loop.settings.blobs / text(container)).iterdir()
    content = first.read_bytes(), second.read_bytes()
    first.write_bytes(content[1])
    second.write_bytes(content[0])
    with pytest.raises(Corrupted):
        if purpose == "history":
            await loop.rights.explain(account, one, with_audio=True)
        else:
            await _read_all(loop)


async def test_a_history_record_swapped_with_another(loop: Loop) -> None:
    account, one, other = await _two_said(loop)
    items = keys.history_items(account, 1)
    await _swap(loop, (items, one), (items, other))
    with pytest.raises(Corrupted):
        await loop.rights.history(account, 10)


async def test_a_learning_record_swapped_with_another(loop: Loop) -> None:
    account, one, other = await _two_said(loop)
    items = keys.learning_items(account, 1)
    await _swap(loop, (items, one), (items, other))
    with pytest.raises(Corrupted):
        await _read_all(loop)


async def test_a_record_moved_from_the_history_to_the_queue(loop: Loop) -> None:
    account, one, _ = await _two_said(loop)
    history, learning = keys.history_items(account, 1), keys.learning_items(account, 1)
    await _swap(loop, (history, one), (learning, one))
    with pytest.raises(Corrupted):
        await _read_all(loop)


async def test_a_review_swapped_with_another(loop: Loop) -> None:
    account, one, other = await _two_said(loop)
    for _ in range(2):
        lease = await loop.queue.lease("reviewer")
        assert lease
        await loop.queue.ack(lease, a_review())
    reviews = keys.reviewed(account, 1)
    await _swap(loop, (reviews, one), (reviews, other))
    with pytest.raises(Corrupted):
        [item async for item in loop.queue.reviewed()]


async def test_a_wrapped_key_used_for_another_purpose(loop: Loop) -> None:
    account, _, _ = await _two_said(loop)
    record = keys.account(account)
    await _swap(loop, (record, "history_key"), (record, "learning_key"))
    with pytest.raises(Corrupted):
        await loop.rights.history(account, 10)
    with pytest.raises(Corrupted):
        await _read_all(loop)


@pytest.mark.parametrize("name", ["data_key", "history_key", "learning_key"])
async def test_a_wrapped_key_of_another_account(loop: Loop, name: str) -> None:
    mine, _, _ = await _two_said(loop)
    other = await consenting_account(loop)
    await _swap(loop, (keys.account(mine), name), (keys.account(other), name))
    with pytest.raises(Corrupted):
        match name:
            case "data_key":
                await loop.sealer.seal(mine, b"milk", context="lists/shopping")
            case "history_key":
                await loop.rights.history(mine, 10)
            case _:
                await _read_all(loop)


async def test_a_key_that_does_not_fit_stops_a_rotation_before_anything_is_destroyed(
    loop: Loop,
) -> None:
    mine, _, _ = await _two_said(loop)
    other = await consenting_account(loop)
    await _swap(loop, (keys.account(mine), "data_key"), (keys.account(other), "data_key"))
    before = loop.settings.master_key.read_text()
    with pytest.raises(Corrupted):
        await loop.rotation.run()
    assert before.strip() in loop.settings.master_key.read_text()
    await _swap(loop, (keys.account(mine), "data_key"), (keys.account(other), "data_key"))
    assert (await loop.rotation.run()).resumed
    assert len((await loop.rights.history(mine, 10)).entries) == 2
