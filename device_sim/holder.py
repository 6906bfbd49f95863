"""What an operator and an account holder do before a device can speak."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any, Final

import grpc
from google.protobuf import field_mask_pb2

from assistant.v1 import devices_pb2, devices_pb2_grpc
from device_sim.connection import bearer, stub
from device_sim.device import pair
from device_sim.errors import call_failed
from device_sim.scenario import PrivacyChoices
from training_loop.v1 import privacy_pb2, privacy_pb2_grpc

_TIMEOUT_S: Final = 15.0
_SWITCHES: Final = ("keep_history", "retention_days", "improve_models", "human_review")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    account: str
    token: str = field(repr=False)


async def create_account(
    channel: grpc.aio.Channel, operator_token: str, *, child: bool = False, time_zone: str = ""
) -> Account:
    """Raises CallFailed."""
    made = await _call(
        stub(devices_pb2_grpc.AccountsStub, channel).CreateAccount,
        devices_pb2.CreateAccountRequest(child=child, time_zone=time_zone),
        operator_token,
    )
    return Account(account=made.account, token=made.account_token)


async def pair_device(channel: grpc.aio.Channel, holder: Account, display_name: str) -> str:
    """Asks for a code as the holder, pairs with it as the device. Returns the device's token.

    Raises CallFailed.
    """
    code = await _call(
        stub(devices_pb2_grpc.DevicesStub, channel).CreatePairingCode,
        devices_pb2.CreatePairingCodeRequest(),
        holder.token,
    )
    return (await pair(channel, code.code, display_name)).device_token


async def choose_privacy(
    channel: grpc.aio.Channel,
    holder: Account,
    choices: PrivacyChoices,
    *,
    consent_text_version: str,
) -> None:
    """Sets all switches of the account; `consent_text_version` is the text the person was shown.

    Raises CallFailed.
    """
    await _call(
        stub(privacy_pb2_grpc.PrivacyStub, channel).UpdatePrivacySettings,
        privacy_pb2.UpdatePrivacySettingsRequest(
            settings=privacy_pb2.PrivacySettings(
                keep_history=choices.keep_history,
                retention_days=choices.retention_days,
                improve_models=choices.improve_models,
                human_review=choices.human_review,
            ),
            update_mask=field_mask_pb2.FieldMask(paths=_SWITCHES),
            consent_text_version=consent_text_version,
            request_id=secrets.token_hex(16),
        ),
        holder.token,
    )


async def _call(method: Any, request: Any, token: str) -> Any:
    try:
        return await method(request, metadata=bearer(token), timeout=_TIMEOUT_S)
    except grpc.aio.AioRpcError as error:
        raise call_failed(error) from error
