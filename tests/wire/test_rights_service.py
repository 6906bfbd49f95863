"""The rights of an account holder over the wire: found, explained, played, corrected, exported."""

from __future__ import annotations

import io
import time
import uuid
import wave
import zipfile
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp

from tests.fixtures.services import Desk, bearer, refusal, refused
from training_loop.consent.accounts import NewAccount
from training_loop.rights import CONSENT_TEXT_VERSION, LEARNING_DAYS
from training_loop.services.fields import timestamp
from training_loop.store import keys
from training_loop.utterance import CaptureContext, Reading, SpokenWord, Utterance
from training_loop.v1 import privacy_pb2 as pb

DEVICE = "dev_0000000000000000"


@pytest.fixture
async def account(desk: Desk) -> NewAccount:
    """Of somebody who allows everything."""
    created = await desk.accounts.create()
    await call(
        desk,
        created,
        "UpdatePrivacySettings",
        pb.UpdatePrivacySettingsRequest(
            settings=pb.PrivacySettings(keep_history=True, improve_models=True),
            update_mask=FieldMask(paths=["keep_history", "improve_models"]),
            consent_text_version=CONSENT_TEXT_VERSION,
        ),
    )
    return created


def call(desk: Desk, account: NewAccount, method: str, request: Any) -> Any:
    return getattr(desk.privacy, method)(request, metadata=bearer(account.token))


async def file(desk: Desk, account: NewAccount, method: str, request: Any) -> bytes:
    chunks = [one.data async for one in call(desk, account, method, request)]
    assert all(len(chunk) <= 256 * 1024 for chunk in chunks)
    return b"".join(chunks)


async def refused_stream(stream: Any) -> Any:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async for _ in stream:
            pass
    return refusal(caught.value)


async def say(desk: Desk, account: NewAccount, **changes: Any) -> Utterance:
    fields: dict[str, Any] = {
        "utterance_id": f"utt_{uuid.uuid4().hex}",
        "account": account.account,
        "device": DEVICE,
        "captured_at_s": time.time(),
        "pcm": bytes(range(256)) * 4000,
        "heard": "turn on the purple lamp",
        "confidence": 0.9,
        "words": (SpokenWord(text="turn", start_ms=10, end_ms=250, confidence=0.7),),
        "alternatives": (Reading(text="turn on the purple lamb", confidence=0.4),),
        "intent": "turn_on",
        "intent_confidence": 0.8,
        "answer": "All right.",
        "skill": "house",
    }
    utterance = Utterance(**fields | changes)
    context = CaptureContext(account=account.account, device=utterance.device)
    fate = await desk.loop.sink.keep(utterance, await desk.loop.sink.begin(context))
    assert fate.kept, fate.reason
    return utterance


async def test_settings_say_what_must_be_confirmed_and_shown(
    desk: Desk, account: NewAccount
) -> None:
    settings = await call(desk, account, "GetPrivacySettings", pb.GetPrivacySettingsRequest())
    assert list(settings.needs_confirmation) == []
    assert settings.current_text_version == CONSENT_TEXT_VERSION
    assert settings.learning_days == LEARNING_DAYS
    assert not settings.HasField("learning_paused_until")
    await desk.client.hset(keys.account(account.account), "history_text", "2020-01")
    settings = await call(desk, account, "GetPrivacySettings", pb.GetPrivacySettingsRequest())
    assert list(settings.needs_confirmation) == ["keep_history"]


async def test_each_choice_is_listed_with_what_was_shown(desk: Desk, account: NewAccount) -> None:
    await call(
        desk, account, "PauseLearning", pb.PauseLearningRequest(duration=Duration(seconds=600))
    )
    found = (await call(desk, account, "ListConsents", pb.ListConsentsRequest())).consents
    assert [one.channel for one in found] == ["api", "api"]
    assert found[0].pause.seconds == 600
    assert (found[1].keep_history, found[1].improve_models) == (True, True)
    assert not found[1].HasField("human_review")
    assert found[1].text_version == CONSENT_TEXT_VERSION
    first = await call(desk, account, "ListConsents", pb.ListConsentsRequest(page_size=1))
    rest = await call(
        desk,
        account,
        "ListConsents",
        pb.ListConsentsRequest(page_size=1, page_token=first.next_page_token),
    )
    assert [*first.consents, *rest.consents] == list(found)


async def test_learning_pauses_and_resumes(desk: Desk, account: NewAccount) -> None:
    request = pb.PauseLearningRequest(duration=Duration(seconds=3600), request_id="once")
    paused = await call(desk, account, "PauseLearning", request)
    assert abs(paused.learning_paused_until.seconds - time.time() - 3600) < 60
    assert await call(desk, account, "PauseLearning", request) == paused
    resumed = await call(desk, account, "ResumeLearning", pb.ResumeLearningRequest())
    assert not resumed.HasField("learning_paused_until")
    assert resumed.improve_models


@pytest.mark.parametrize(
    "request_",
    [
        pb.PauseLearningRequest(),
        pb.PauseLearningRequest(duration=Duration(seconds=-5)),
        pb.PauseLearningRequest(duration=Duration(seconds=59)),
        pb.PauseLearningRequest(duration=Duration(seconds=8 * 24 * 3600)),
        pb.PauseLearningRequest(duration=Duration(seconds=60, nanos=1)),
        pb.PauseLearningRequest(duration=Duration(seconds=60), request_id="x" * 65),
    ],
)
async def test_a_pause_outside_of_the_contract_is_refused(
    desk: Desk, account: NewAccount, request_: pb.PauseLearningRequest
) -> None:
    answer = await refused(call(desk, account, "PauseLearning", request_))
    assert answer.status == grpc.StatusCode.INVALID_ARGUMENT


async def test_utterances_are_found_by_time_device_intent_and_words(
    desk: Desk, account: NewAccount
) -> None:
    now = time.time()
    old = await say(desk, account, captured_at_s=now - 60, device="dev_bath", pcm=b"")
    new = await say(desk, account, captured_at_s=now, intent="joke", heard="Tell A Joke", pcm=b"")
    for fields, expected in (
        ({"since": timestamp(now - 30)}, [new]),
        ({"until": timestamp(now - 30)}, [old]),
        ({"device": "dev_bath"}, [old]),
        ({"intent": "joke"}, [new]),
        ({"contains": "a joke"}, [new]),
        ({}, [new, old]),
    ):
        filters: dict[str, Any] = fields
        page = await call(desk, account, "ListUtterances", pb.ListUtterancesRequest(**filters))
        found = [one.utterance_id for one in page.utterances]
        assert found == [one.utterance_id for one in expected], fields


@pytest.mark.parametrize(
    "fields",
    [{"device": "a b"}, {"intent": "*"}, {"contains": "x" * 201}, {"contains": "a\0b"}],
)
async def test_a_filter_that_cannot_be_is_refused(
    desk: Desk, account: NewAccount, fields: dict[str, Any]
) -> None:
    request = pb.ListUtterancesRequest(**fields)
    assert (await refused(call(desk, account, "ListUtterances", request))).reason == "INVALID_FIELD"


async def test_an_utterance_is_explained_and_played_to_its_holder_alone(
    desk: Desk, account: NewAccount
) -> None:
    said = await say(desk, account)
    explain = pb.ExplainUtteranceRequest(utterance_id=said.utterance_id)
    play = pb.PlayUtteranceRequest(utterance_id=said.utterance_id)
    explained = await call(desk, account, "ExplainUtterance", explain)
    assert (explained.heard.text, explained.skill) == (said.heard, "house")
    assert explained.heard.words[0].end.ToMilliseconds() == 250
    assert explained.heard.alternatives[0].text == "turn on the purple lamb"
    assert [one.purpose for one in explained.kept] == ["history", "learning"]
    assert all(one.consent.text_version == CONSENT_TEXT_VERSION for one in explained.kept)
    assert explained.kept[0].expire_time.seconds > time.time()
    with wave.open(io.BytesIO(await file(desk, account, "PlayUtterance", play))) as sound:
        assert sound.readframes(sound.getnframes()) == said.pcm
    other = await desk.accounts.create()
    assert (await refused(call(desk, other, "ExplainUtterance", explain)))[:2] == (
        grpc.StatusCode.NOT_FOUND,
        "UTTERANCE_NOT_FOUND",
    )
    answer = await refused_stream(call(desk, other, "PlayUtterance", play))
    assert answer.reason == "UTTERANCE_NOT_FOUND"


async def test_a_typed_request_has_nothing_to_play(desk: Desk, account: NewAccount) -> None:
    said = await say(desk, account, pcm=b"")
    request = pb.PlayUtteranceRequest(utterance_id=said.utterance_id)
    answer = await refused_stream(call(desk, account, "PlayUtterance", request))
    assert answer[:2] == (grpc.StatusCode.FAILED_PRECONDITION, "NO_RECORDING")
    request = pb.PlayUtteranceRequest(utterance_id="a:b")
    answer = await refused_stream(call(desk, account, "PlayUtterance", request))
    assert answer.reason == "INVALID_FIELD"


async def test_a_correction_is_kept_and_reaches_the_queue(desk: Desk, account: NewAccount) -> None:
    said = await say(desk, account)
    request = pb.CorrectUtteranceRequest(
        utterance_id=said.utterance_id, text="turn on the purple lamp shade", intent="turn_on"
    )
    assert (await call(desk, account, "CorrectUtterance", request)).in_learning_queue
    page = await call(desk, account, "ListUtterances", pb.ListUtterancesRequest())
    assert page.utterances[0].corrected_text == "turn on the purple lamp shade"
    other = await desk.accounts.create()
    answer = await refused(call(desk, other, "CorrectUtterance", request))
    assert answer.reason == "UTTERANCE_NOT_FOUND"
    for wrong in ({}, {"text": "x" * 501}, {"intent": "no intent"}, {"text": "a\nb"}):
        request = pb.CorrectUtteranceRequest(utterance_id=said.utterance_id, **wrong)
        answer = await refused(call(desk, account, "CorrectUtterance", request))
        assert answer.status == grpc.StatusCode.INVALID_ARGUMENT


async def test_a_range_and_a_device_are_deleted(desk: Desk, account: NewAccount) -> None:
    now = time.time()
    for age, device in ((30, DEVICE), (20, "dev_bath"), (10, DEVICE)):
        await say(desk, account, captured_at_s=now - age, device=device, pcm=b"")

    async def delete(**fields: Any) -> int:
        report = await call(desk, account, "DeleteUtterances", pb.DeleteUtterancesRequest(**fields))
        return int(report.history_records)

    before: Timestamp = timestamp(now - 25)
    assert await delete(until=before) == 1
    assert await delete(device="dev_bath") == 1
    request = pb.DeleteUtterancesRequest(since=before, until=before)
    answer = await refused(call(desk, account, "DeleteUtterances", request))
    assert answer.reason == "INVALID_FIELD"
    assert await delete() == 1


async def test_everything_comes_in_one_archive(desk: Desk, account: NewAccount) -> None:
    said = await say(desk, account)
    await desk.new_device(account, "grandmothers kitchen")
    content = await file(desk, account, "ExportAccount", pb.ExportAccountRequest())
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert archive.testzip() is None
    names = set(archive.namelist())
    assert {"index.html", "account.json", "utterances.json"} <= names
    assert f"recordings/{said.utterance_id}.wav" in names
    assert "grandmothers kitchen" in archive.read("index.html").decode()


async def test_who_listened_is_listed(desk: Desk, account: NewAccount) -> None:
    found = await call(desk, account, "ListListens", pb.ListListensRequest())
    assert list(found.listens) == []
    listens = keys.listens(account.account)
    await desk.client.lpush(listens, "1700000000000 reviewer-0123456789")  # of Earmark 0.2
    await desk.client.lpush(listens, "1700000001000 reviewer-0123456789 0a1b - 0")
    await desk.client.lpush(listens, "1700000002000 reviewer-0123456789 0c2d utt_1 2350")
    found = await call(desk, account, "ListListens", pb.ListListensRequest())
    assert [
        (one.reviewer, one.listen_time.seconds, one.utterance_id, one.duration.ToMilliseconds())
        for one in found.listens
    ] == [
        ("reviewer-0123456789", 1_700_000_002, "utt_1", 2350),
        ("reviewer-0123456789", 1_700_000_001, "", 0),
        ("reviewer-0123456789", 1_700_000_000, "", 0),
    ]
