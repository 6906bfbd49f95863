"""The score of a wake word is kept with what was said after it, and goes where that goes."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace

from assistant.conversation.opening import Opening
from assistant.conversation.turn import Turn
from assistant.hearing.events import HearingEvent
from tests.fixtures.datasets import agree, gold
from tests.fixtures.store import an_utterance, consenting_account, opt_out
from tests.fixtures.turns import turn_ports
from tests.store.test_wake_verdict import HEARD, YES
from training_loop.datasets.split import Shares, Split
from training_loop.loop import Loop
from training_loop.queue.record import Place, open_utterance
from training_loop.vault.cipher import encrypt

ALL_TRAIN = Shares(test=0.0, hold_out=0.0)


async def said(loop: Loop, account: str, score: float | None) -> str:
    """A request that began with a wake word of that score, or a button; its id."""

    async def heard() -> AsyncIterator[HearingEvent]:
        if score is not None:
            yield YES
        yield replace(HEARD, wake_score=score)

    opening = Opening(
        account=account, device="dev_kitchen", text_only=True, woken=score is not None
    )
    report = [event async for event in Turn(opening, turn_ports(loop)).speech(heard())][-1]
    return str(report.utterance_id)  # type: ignore[union-attr]


async def test_a_trainer_gets_the_score_while_its_account_consents(loop: Loop) -> None:
    account = await consenting_account(loop)
    for score in (0.91, None):
        await agree(loop, account, await said(loop, account, score), gold("what time is it"))
    name = (await loop.datasets.create(shares=ALL_TRAIN)).name
    items = [item async for item in loop.datasets.read(name, Split.TRAIN)]
    assert {item.wake_score for item in items} == {0.91, None}
    await opt_out(loop, account)
    assert [item async for item in loop.datasets.read(name, Split.TRAIN)] == []


async def test_an_account_holder_is_given_the_score(loop: Loop) -> None:
    account = await consenting_account(loop)
    await said(loop, account, 0.91)
    async with loop.rights.export(account) as chunks:
        archive = zipfile.ZipFile(io.BytesIO(b"".join([chunk async for chunk in chunks])))
    (utterance,) = json.loads(archive.read("utterances.json"))["utterances"]
    assert utterance["wake_score"] == 0.91


def test_a_record_from_before_scores_were_kept_opens_without_one() -> None:
    key, place = bytes(32), Place(account="acc", purpose="learning", epoch=1, item="utt_1")
    fields = {
        "utterance_id": "utt_1",
        "account": "acc",
        "device": "dev",
        "captured_at_s": 1.0,
        "heard": "stop",
        "confidence": 1.0,
        "words": [],
        "alternatives": [],
        "entities": [],
    }
    written = encrypt(key, json.dumps(fields).encode(), place.of("record"))
    assert open_utterance(key, place, written).wake_score is None
    assert an_utterance("acc").wake_score is None
