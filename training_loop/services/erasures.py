"""The Erasures service: progress and receipts, by an id that nobody can guess."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from training_loop.access import principal
from training_loop.erasure.account_deletion import AccountDeletion
from training_loop.erasure.erasures import Erasures
from training_loop.erasure.progress import Progress, Step
from training_loop.receipts.evidence import PendingKind
from training_loop.rights import PrivacyRights
from training_loop.services.deletions import Matching, request_id
from training_loop.services.fields import InvalidField, identifier, timestamp
from training_loop.v1 import privacy_pb2, privacy_pb2_grpc

Context = Any


class ErasuresService(privacy_pb2_grpc.ErasuresServicer):
    def __init__(
        self, erasures: Erasures, deletion: AccountDeletion, rights: PrivacyRights
    ) -> None:
        self._erasures = erasures
        self._deletion = deletion
        self._rights = rights

    async def StartAccountErasure(  # noqa: N802
        self, request: privacy_pb2.StartAccountErasureRequest, context: Context
    ) -> privacy_pb2.Erasure:
        account = principal().account
        if request.account != account:
            raise InvalidField("account", "must repeat the id of the account that calls")
        erasure = await self._deletion.start(account)
        return erasure_message(await self._erasures.progress(erasure))

    async def StartUtterancesErasure(  # noqa: N802
        self, request: privacy_pb2.StartUtterancesErasureRequest, context: Context
    ) -> privacy_pb2.Erasure:
        erasure = await self._start(principal().account, request)
        return erasure_message(await self._erasures.progress(erasure))

    async def GetErasure(  # noqa: N802
        self, request: privacy_pb2.GetErasureRequest, context: Context
    ) -> privacy_pb2.Erasure:
        erasure = identifier("erasure", request.erasure)
        return erasure_message(await self._erasures.progress(erasure))

    async def WatchErasure(  # noqa: N802
        self, request: privacy_pb2.GetErasureRequest, context: Context
    ) -> AsyncIterator[privacy_pb2.Erasure]:
        erasure = identifier("erasure", request.erasure)
        async for progress in self._erasures.watch(erasure):
            yield erasure_message(progress)

    async def _start(self, account: str, request: privacy_pb2.StartUtterancesErasureRequest) -> str:
        matching, asked = Matching.of(request), request_id(request)
        if not request.utterance_id:
            return await self._rights.start_deleting(
                account,
                since_s=matching.since_s,
                until_s=matching.until_s,
                device=matching.device,
                request_id=asked,
            )
        if not matching.everything:
            raise InvalidField("utterance_id", "goes without since, until and device")
        utterance_id = identifier("utterance_id", request.utterance_id)
        return await self._rights.start_deleting_utterance(account, utterance_id, asked)


def erasure_message(progress: Progress) -> privacy_pb2.Erasure:
    overdue = [one.overdue_since_s for one in progress.pending if one.overdue_since_s is not None]
    return privacy_pb2.Erasure(
        erasure=progress.erasure,
        kind=progress.kind.value,
        step=_STEPS[progress.step],
        waiting=progress.waiting,
        history_records=progress.history_records,
        queue_items=progress.queue_items,
        audio_blobs=progress.audio_blobs,
        request_time=timestamp(progress.requested_at_s),
        update_time=timestamp(progress.updated_at_s),
        receipt=progress.receipt,
        final_receipt=progress.final_receipt,
        pending=[pending_message(one.kind) for one in progress.pending],
        overdue_receipt=progress.overdue_receipt,
        overdue_since_time=timestamp(min(overdue)) if overdue else None,
    )


def pending_message(kind: PendingKind) -> Any:
    return _PENDING[kind]


_STEPS: Mapping[Step, Any] = {
    step: privacy_pb2.ErasureStep.Value(f"ERASURE_STEP_{step.name}") for step in Step
}
_PENDING: Mapping[PendingKind, Any] = {
    kind: privacy_pb2.PendingKind.Value(f"PENDING_KIND_{kind.name}") for kind in PendingKind
}
