"""The Privacy service: the rights of the account that calls."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import Any

from training_loop.access import principal
from training_loop.export.sound import wav
from training_loop.rights import ConsentShown, HistoryFilter, PrivacyRights
from training_loop.services import convert_privacy as convert
from training_loop.services.convert_explanation import explanation_message
from training_loop.services.convert_uses import uses_message
from training_loop.services.deletions import Matching, request_id
from training_loop.services.fields import (
    InvalidField,
    identifier,
    page_size,
    page_token,
    short_text,
    unix_time_s,
)
from training_loop.v1 import privacy_pb2, privacy_pb2_grpc

_DEFAULT_PAGE = 50
_LARGEST_PAGE = 200
_LONGEST_PART = 200
_LONGEST_CORRECTION = 500
_CHUNK_BYTES = 256 * 1024

Context = Any


class PrivacyService(privacy_pb2_grpc.PrivacyServicer):
    """Acts on the account of the credential alone: no request names another."""

    def __init__(self, rights: PrivacyRights) -> None:
        self._rights = rights

    async def GetAccount(  # noqa: N802
        self, request: privacy_pb2.GetAccountRequest, context: Context
    ) -> privacy_pb2.Account:
        account = principal().account
        return privacy_pb2.Account(account=account, erasure=await self._rights.erasure_of(account))

    async def GetPrivacySettings(  # noqa: N802
        self, request: privacy_pb2.GetPrivacySettingsRequest, context: Context
    ) -> privacy_pb2.PrivacySettings:
        return convert.settings_message(await self._rights.settings(principal().account))

    async def UpdatePrivacySettings(  # noqa: N802
        self, request: privacy_pb2.UpdatePrivacySettingsRequest, context: Context
    ) -> privacy_pb2.PrivacySettings:
        change = convert.settings_change(request.settings, request.update_mask)
        shown = request.consent_text_version
        if shown:
            identifier("consent_text_version", shown)
        settings = await self._rights.change(
            principal().account,
            change,
            ConsentShown(text_version=shown, channel=convert.channel(request.channel)),
            identifier("request_id", request.request_id or uuid.uuid4().hex),
        )
        return convert.settings_message(settings)

    async def PauseLearning(  # noqa: N802
        self, request: privacy_pb2.PauseLearningRequest, context: Context
    ) -> privacy_pb2.PrivacySettings:
        if request.duration.seconds < 1 or request.duration.nanos:
            raise InvalidField("duration", "must be whole seconds, one minute to seven days")
        return await self._pause(request.duration.seconds, request)

    async def ResumeLearning(  # noqa: N802
        self, request: privacy_pb2.ResumeLearningRequest, context: Context
    ) -> privacy_pb2.PrivacySettings:
        return await self._pause(0, request)

    async def ListConsents(  # noqa: N802
        self, request: privacy_pb2.ListConsentsRequest, context: Context
    ) -> privacy_pb2.ListConsentsResponse:
        page = await self._rights.consents(
            principal().account,
            page_size(request.page_size, default=_DEFAULT_PAGE, most=_LARGEST_PAGE),
            page_token(request.page_token),
        )
        return convert.consents_message(page)

    async def ListListens(  # noqa: N802
        self, request: privacy_pb2.ListListensRequest, context: Context
    ) -> privacy_pb2.ListListensResponse:
        return convert.listens_message(await self._rights.listens(principal().account))

    async def ListUses(  # noqa: N802
        self, request: privacy_pb2.ListUsesRequest, context: Context
    ) -> privacy_pb2.ListUsesResponse:
        return uses_message(await self._rights.uses(principal().account))

    async def ListUtterances(  # noqa: N802
        self, request: privacy_pb2.ListUtterancesRequest, context: Context
    ) -> privacy_pb2.ListUtterancesResponse:
        page = await self._rights.history(
            principal().account,
            page_size(request.page_size, default=_DEFAULT_PAGE, most=_LARGEST_PAGE),
            page_token(request.page_token),
            _filter(request),
        )
        return convert.history_message(page)

    async def ExplainUtterance(  # noqa: N802
        self, request: privacy_pb2.ExplainUtteranceRequest, context: Context
    ) -> privacy_pb2.UtteranceExplanation:
        utterance_id = identifier("utterance_id", request.utterance_id)
        return explanation_message(await self._rights.explain(principal().account, utterance_id))

    async def PlayUtterance(  # noqa: N802
        self, request: privacy_pb2.PlayUtteranceRequest, context: Context
    ) -> AsyncIterator[privacy_pb2.FileChunk]:
        """What was read before a deletion may still reach its holder."""
        utterance_id = identifier("utterance_id", request.utterance_id)
        found = await self._rights.explain(principal().account, utterance_id, with_audio=True)
        file = wav(found.utterance.pcm)
        for start in range(0, len(file), _CHUNK_BYTES):
            yield privacy_pb2.FileChunk(data=file[start : start + _CHUNK_BYTES])

    async def CorrectUtterance(  # noqa: N802
        self, request: privacy_pb2.CorrectUtteranceRequest, context: Context
    ) -> privacy_pb2.CorrectUtteranceResponse:
        corrected = await self._rights.correct(
            principal().account,
            identifier("utterance_id", request.utterance_id),
            text=short_text("text", request.text, most=_LONGEST_CORRECTION),
            intent=identifier("intent", request.intent) if request.intent else "",
        )
        return privacy_pb2.CorrectUtteranceResponse(in_learning_queue=corrected.in_learning_queue)

    async def ExportAccount(  # noqa: N802
        self, request: privacy_pb2.ExportAccountRequest, context: Context
    ) -> AsyncIterator[privacy_pb2.FileChunk]:
        async with self._rights.export(principal().account) as chunks:
            async for chunk in chunks:
                yield privacy_pb2.FileChunk(data=chunk)

    async def DeleteUtterance(  # noqa: N802
        self, request: privacy_pb2.DeleteUtteranceRequest, context: Context
    ) -> privacy_pb2.DeletionReport:
        utterance_id = identifier("utterance_id", request.utterance_id)
        report = await self._rights.delete_utterance(
            principal().account, utterance_id, request_id(request)
        )
        return convert.deletion_message(report)

    async def DeleteUtterances(  # noqa: N802
        self, request: privacy_pb2.DeleteUtterancesRequest, context: Context
    ) -> privacy_pb2.DeletionReport:
        matching = Matching.of(request)
        report = await self._rights.delete_matching(
            principal().account,
            since_s=matching.since_s,
            until_s=matching.until_s,
            device=matching.device,
            request_id=request_id(request),
        )
        return convert.deletion_message(report)

    async def DeleteAccount(  # noqa: N802
        self, request: privacy_pb2.DeleteAccountRequest, context: Context
    ) -> privacy_pb2.DeletionReport:
        account = principal().account
        if request.account != account:
            raise InvalidField("account", "must repeat the id of the account that calls")
        request_id(request)  # any: an account has one deletion
        return convert.deletion_message(await self._rights.delete_account(account))

    async def _pause(
        self,
        duration_s: int,
        request: privacy_pb2.PauseLearningRequest | privacy_pb2.ResumeLearningRequest,
    ) -> privacy_pb2.PrivacySettings:
        settings = await self._rights.pause_learning(
            principal().account,
            duration_s,
            convert.channel(request.channel),
            identifier("request_id", request.request_id or uuid.uuid4().hex),
        )
        return convert.settings_message(settings)


def _filter(request: privacy_pb2.ListUtterancesRequest) -> HistoryFilter:
    return HistoryFilter(
        since_s=unix_time_s(request.since) if request.HasField("since") else None,
        until_s=unix_time_s(request.until) if request.HasField("until") else None,
        device=identifier("device", request.device) if request.device else "",
        intent=identifier("intent", request.intent) if request.intent else "",
        contains=short_text("contains", request.contains, most=_LONGEST_PART),
    )
