"""The Privacy service: the rights of the account that calls."""

from __future__ import annotations

import uuid
from typing import Any

from training_loop.access import principal
from training_loop.rights import ConsentShown, PrivacyRights
from training_loop.services import convert_privacy as convert
from training_loop.services.fields import (
    InvalidField,
    identifier,
    page_size,
    page_token,
    unix_time_s,
)
from training_loop.v1 import privacy_pb2, privacy_pb2_grpc

_DEFAULT_PAGE = 50
_LARGEST_PAGE = 200

Context = Any


class PrivacyService(privacy_pb2_grpc.PrivacyServicer):
    """Acts on the account of the credential alone: no request names another."""

    def __init__(self, rights: PrivacyRights) -> None:
        self._rights = rights

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
        request_id = identifier("request_id", request.request_id or uuid.uuid4().hex)
        settings = await self._rights.change(
            principal().account,
            change,
            ConsentShown(text_version=shown, channel="api"),
            request_id,
        )
        return convert.settings_message(settings)

    async def ListUtterances(  # noqa: N802
        self, request: privacy_pb2.ListUtterancesRequest, context: Context
    ) -> privacy_pb2.ListUtterancesResponse:
        page = await self._rights.history(
            principal().account,
            page_size(request.page_size, default=_DEFAULT_PAGE, most=_LARGEST_PAGE),
            page_token(request.page_token),
        )
        return convert.history_message(page)

    async def DeleteUtterance(  # noqa: N802
        self, request: privacy_pb2.DeleteUtteranceRequest, context: Context
    ) -> privacy_pb2.DeletionReport:
        utterance_id = identifier("utterance_id", request.utterance_id)
        report = await self._rights.delete_utterance(principal().account, utterance_id)
        return convert.deletion_message(report)

    async def DeleteUtterances(  # noqa: N802
        self, request: privacy_pb2.DeleteUtterancesRequest, context: Context
    ) -> privacy_pb2.DeletionReport:
        since_s = max(0.0, unix_time_s(request.since)) if request.HasField("since") else 0.0
        report = await self._rights.delete_since(principal().account, since_s)
        return convert.deletion_message(report)

    async def DeleteAccount(  # noqa: N802
        self, request: privacy_pb2.DeleteAccountRequest, context: Context
    ) -> privacy_pb2.DeletionReport:
        account = principal().account
        if request.account != account:
            raise InvalidField("account", "must repeat the id of the account that calls")
        return convert.deletion_message(await self._rights.delete_account(account))
