"""A model can be judged for each kind and locale of a device, and no device told from another."""

from __future__ import annotations

import pytest

from assistant.conversation.turn import Turn
from assistant.services.convert import opening
from assistant.v1 import assistant_pb2 as pb
from tests.fixtures.datasets import agree, gold
from tests.fixtures.store import consenting_account
from tests.fixtures.turns import turn_ports
from training_loop.access import Kind, Principal
from training_loop.datasets.split import Shares, Split
from training_loop.loop import Loop

KINDS = {"speaker", "display", "phone", "wearable", "headset", "television", "car", "computer"}


def principal(account: str) -> Principal:
    return Principal(kind=Kind.DEVICE, account=account, device="dev_kitchen")


async def said(loop: Loop, account: str, kind: int = 0, locale: str = "") -> str:
    """A typed request of a device of that kind and locale; its id."""
    request = pb.InterpretRequest(
        text="what time is it",
        text_only=True,
        device_kind=kind,  # type: ignore[arg-type]
        locale=locale,
    )
    turn = Turn(opening(request, principal(account)), turn_ports(loop))
    report = [event async for event in turn.text(request.text)][-1]
    return str(report.utterance_id)  # type: ignore[union-attr]


async def test_trainers_get_the_kind_of_the_device_where_it_says_one(loop: Loop) -> None:
    account = await consenting_account(loop)
    kinds = (pb.DEVICE_KIND_CAR, pb.DEVICE_KIND_SPEAKER, pb.DEVICE_KIND_UNSPECIFIED, 4711)
    for kind in kinds:
        await agree(loop, account, await said(loop, account, kind), gold("what time is it"))
    name = (await loop.datasets.create(shares=Shares(test=0, hold_out=0))).name
    items = [item async for item in loop.datasets.read(name, Split.TRAIN)]
    assert sorted(item.group.device_kind for item in items) == [
        *("car", "speaker", "unknown", "unknown"),
    ]


async def test_trainers_get_the_locale_of_the_device_and_nothing_finer(loop: Loop) -> None:
    account = await consenting_account(loop)
    for locale in ("en-gb-x-rp", "en-IN", "en-IM", ""):
        item = await said(loop, account, locale=locale)
        await agree(loop, account, item, gold("what time is it"))
    name = (await loop.datasets.create(shares=Shares(test=0, hold_out=0))).name
    items = [item async for item in loop.datasets.read(name, Split.TRAIN)]
    assert sorted(item.group.locale for item in items) == ["en", "en-GB", "en-IN", "other"]


@pytest.mark.parametrize("request_of", [pb.Start, pb.InterpretRequest])
def test_a_device_can_say_no_more_than_one_of_these_words(
    request_of: type[pb.Start] | type[pb.InterpretRequest],
) -> None:
    told = {
        opening(request_of(device_kind=name), principal("acc")).device_kind
        for name in pb.DeviceKind.keys()  # noqa: SIM118 - no mapping
    }
    assert told == KINDS | {""}
