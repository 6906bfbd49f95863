"""One person at the console of a simulated shift."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from benchmarks.review_people import Clip, Listener
from benchmarks.review_records import Records
from training_loop.access import Kind
from training_loop.review.task import Opinion
from training_loop.v1 import review_pb2 as pb
from training_loop.v1 import review_pb2_grpc

_ASK_AGAIN_S = 0.5


@dataclass(slots=True, kw_only=True)
class Person:
    name: str
    role: Kind
    token: str = field(repr=False)
    channel: grpc.aio.Channel
    listener: Listener
    clips: Mapping[int, Clip]
    playing: Mapping[str, asyncio.Event]
    finished: asyncio.Event
    think_s: float = 0.0
    """From the sound to the submission."""

    async def work(self, records: Records) -> None:
        """Clip after clip until there are no more, or the cap of the shift is met."""
        async with self.channel:
            stub: Any = review_pb2_grpc.ReviewStub(self.channel)
            await self._call(stub.StartShift, pb.StartShiftRequest())
            while not self.finished.is_set():
                began = time.monotonic()
                answer = await self._call(stub.LeaseTask, pb.LeaseTaskRequest())
                match answer.outcome:
                    case pb.LeaseTaskResponse.LENT:
                        await self._review(stub, answer.task, began, records)
                    case pb.LeaseTaskResponse.NOTHING_WAITS:
                        with contextlib.suppress(TimeoutError):
                            async with asyncio.timeout(_ASK_AGAIN_S):
                                await self.finished.wait()
                    case outcome:
                        records.stopped_by[pb.LeaseTaskResponse.Outcome.Name(outcome)] += 1
                        return

    async def _review(self, stub: Any, task: Any, began: float, records: Records) -> None:
        clip = self.clips[int(task.readings[0].split()[-1])]
        adjudication = task.stage == pb.REVIEW_STAGE_ADJUDICATION
        records.lease_ms.append((time.monotonic() - began) * 1000)
        records.lent(clip, self.name, adjudication=adjudication)
        try:
            await self._play(stub, task.task, clip, began, records)
            await asyncio.sleep(self.think_s)
            content = _content(self.listener.opinion(clip))
            await self._call(
                stub.SubmitReview,
                pb.SubmitReviewRequest(
                    task=task.task, content=content, request_id=secrets.token_hex(8)
                ),
            )
            records.submitted[self.name] += 1
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.FAILED_PRECONDITION:
                raise
            records.withdrawn[_reason(error)] += 1
        finally:
            records.returned(clip, adjudication=adjudication)

    async def _play(self, stub: Any, task: str, clip: Clip, began: float, records: Records) -> None:
        heard = False
        request = pb.StreamClipRequest(task=task)
        try:
            async for _ in stub.StreamClip(request, metadata=self._credential):
                records.arrived(clip)
                if not heard:
                    heard = True
                    records.first_audio_ms.append((time.monotonic() - began) * 1000)
                    if clip.account in self.playing and clip.number == min(
                        one.number for one in self.clips.values() if one.account == clip.account
                    ):
                        self.playing[clip.account].set()
        except grpc.aio.AioRpcError:
            if heard:
                records.stopped_at[clip.account] = time.monotonic()
            raise

    async def _call(self, method: Any, request: Any) -> Any:
        return await method(request, metadata=self._credential)

    @property
    def _credential(self) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self.token}"),)


def _content(opinion: Opinion) -> pb.ReviewContent:
    return pb.ReviewContent(
        text=opinion.text,
        intent=opinion.intent,
        wake=opinion.wake,
        unusable=opinion.unusable,
        not_for_assistant=opinion.not_for_assistant,
        entities=[
            pb.MarkedEntity(
                name=entity.name,
                role=entity.role,
                value=entity.value,
                start=entity.start,
                end=entity.end,
            )
            for entity in opinion.entities
        ],
    )


def _reason(error: grpc.aio.AioRpcError) -> str:
    call: Any = error
    status = rpc_status.from_call(call)
    information = error_details_pb2.ErrorInfo()
    if status is None or not status.details or not status.details[0].Unpack(information):
        return error.code().name
    return str(information.reason)
