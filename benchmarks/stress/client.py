"""One gRPC service as its clients call it."""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf import field_mask_pb2

from assistant.v1 import assistant_pb2, assistant_pb2_grpc, devices_pb2, devices_pb2_grpc
from benchmarks.stress.earmark import PAGE
from benchmarks.stress.subject import Found, Holder
from training_loop.errors import AccountGone
from training_loop.rights import CONSENT_TEXT_VERSION
from training_loop.v1 import privacy_pb2, privacy_pb2_grpc, training_pb2, training_pb2_grpc

_WITHIN_S = 10.0
_ERASED_WITHIN_S = 30.0
_SWITCHES = ("keep_history", "improve_models", "human_review")


class Service:
    """Every method raises AioRpcError. Stubs are untyped: grpc's have no types."""

    def __init__(self, channel: grpc.aio.Channel, operator: str) -> None:
        self._operator = operator
        self._assistant: Any = assistant_pb2_grpc.AssistantStub(channel)
        self._accounts: Any = devices_pb2_grpc.AccountsStub(channel)
        self._devices: Any = devices_pb2_grpc.DevicesStub(channel)
        self._privacy: Any = privacy_pb2_grpc.PrivacyStub(channel)
        self._erasures: Any = privacy_pb2_grpc.ErasuresStub(channel)
        self._training: Any = training_pb2_grpc.TrainingStub(channel)

    async def create(self) -> Holder:
        made = await self._accounts.CreateAccount(
            devices_pb2.CreateAccountRequest(), **_as(self._operator)
        )
        known = await self._privacy.GetAccount(
            privacy_pb2.GetAccountRequest(), **_as(made.account_token)
        )
        return Holder(account=made.account, credential=made.account_token, erasure=known.erasure)

    async def switch(self, credential: str, request: str, *, on: bool) -> int:
        """All three switches; returns the epoch."""
        wanted = privacy_pb2.UpdatePrivacySettingsRequest(
            settings=privacy_pb2.PrivacySettings(
                keep_history=on, improve_models=on, human_review=on
            ),
            update_mask=field_mask_pb2.FieldMask(paths=_SWITCHES),
            consent_text_version=CONSENT_TEXT_VERSION,
            request_id=request,
        )
        settings = await self._privacy.UpdatePrivacySettings(wanted, **_as(credential))
        return int(settings.epoch)

    async def delete(self, credential: str, account: str) -> None:
        """Returns when all of it is done."""
        report = await self._privacy.DeleteAccount(
            privacy_pb2.DeleteAccountRequest(account=account),
            **_as(credential, within_s=_ERASED_WITHIN_S),
        )
        assert report.receipt, "an erasure without a receipt"

    async def start_erasure(self, credential: str, account: str) -> None:
        await self._erasures.StartAccountErasure(
            privacy_pb2.StartAccountErasureRequest(account=account), **_as(credential)
        )

    async def erasure(self, erasure: str) -> bool:
        """Whether it is done; returns when it is, or could not go on."""
        asked = privacy_pb2.GetErasureRequest(erasure=erasure)
        done = False
        async for progress in self._erasures.WatchErasure(asked, timeout=_ERASED_WITHIN_S):
            done = progress.step == privacy_pb2.ERASURE_STEP_DONE
            assert progress.receipt or not done, "an erasure without a receipt"
        return done

    async def pair(self, credential: str) -> str:
        """A device's credential. Raises AccountGone when an erasure came in between."""
        code = await self._devices.CreatePairingCode(
            devices_pb2.CreatePairingCodeRequest(), **_as(credential)
        )
        wanted = devices_pb2.PairDeviceRequest(code=code.code, display_name="kitchen")
        try:
            paired = await self._devices.PairDevice(wanted, timeout=_WITHIN_S)
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.INVALID_ARGUMENT:
                raise AccountGone("the code went with its account") from error
            raise
        return str(paired.device_token)

    async def say(self, device: str, said: str) -> str:
        """The item that the queue acknowledged, or empty."""
        typed = assistant_pb2.InterpretRequest(text=said, text_only=True)
        item = ""
        async for event in self._assistant.Interpret(typed, **_as(device)):
            if event.WhichOneof("event") == "report" and event.report.fate.queued:
                item = event.report.utterance_id
        return item

    async def history(self, account: str, credential: str) -> list[Found]:
        page = await self._privacy.ListUtterances(
            privacy_pb2.ListUtterancesRequest(page_size=PAGE), **_as(credential)
        )
        return [
            Found(account=account, item=one.utterance_id, said=one.heard, served=True)
            for one in page.utterances
        ]

    async def oversee(self) -> None:
        await self._training.GetQueueStatistics(
            training_pb2.GetQueueStatisticsRequest(), **_as(self._operator)
        )
        await self._training.ListQueueItems(
            training_pb2.ListQueueItemsRequest(), **_as(self._operator)
        )


def _as(token: str, within_s: float = _WITHIN_S) -> dict[str, Any]:
    return {"metadata": (("authorization", f"Bearer {token}"),), "timeout": within_s}
