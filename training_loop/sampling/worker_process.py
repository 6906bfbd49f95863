"""De-identification in a process of its own: slow, crashing or hanging, it harms one clip."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Self

from training_loop.children import environment_of_children
from training_loop.review.clip_record import clip_of
from training_loop.review.task import DeidentifiedClip
from training_loop.sampling.ports import NotDeidentified
from training_loop.sampling.wire import BrokenMessage, Message, receive, request_of
from training_loop.utterance import Utterance

CLIP_WITHIN_S = 60.0
_COMMAND = (sys.executable, "-m", "training_loop.sampling.worker")
_CLIPS_A_PROCESS = 1000
"""Then a fresh one takes over, whatever libraries may have left in its memory."""


class WorkerProcess:
    """A `Disguise`. The process is started with the first clip, and again after one that ended or
    hung it. One clip at a time."""

    def __init__(
        self, command: Sequence[str] = _COMMAND, *, within_s: float = CLIP_WITHIN_S
    ) -> None:
        self._command = command
        self.within_s = within_s
        self._process: asyncio.subprocess.Process | None = None
        self._done = 0
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._end()

    async def clip(
        self, utterance: Utterance, names: frozenset[str], known: frozenset[str]
    ) -> DeidentifiedClip:
        request = request_of(utterance, names, known)
        async with self._turn:
            try:
                async with asyncio.timeout(self.within_s):
                    answer = await self._ask(request)
            except (TimeoutError, OSError, EOFError, BrokenMessage) as error:
                await self._end()
                raise NotDeidentified("the worker did not answer") from error
            except BaseException:
                await self._end()  # an answer that nobody waits for would be taken for the next
                raise
        return _clip(answer)

    async def _ask(self, request: Message) -> Message:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=environment_of_children(),
            )
            self._done = 0
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(bytes(request))
        await stdin.drain()
        answer = await receive(stdout)
        self._done += 1
        if self._done >= _CLIPS_A_PROCESS:
            await self._end()
        return answer

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)  # it holds nothing that could be lost
        await process.wait()


def _clip(answer: Message) -> DeidentifiedClip:
    if failed := answer.content.get("failed"):
        raise NotDeidentified(f"de-identification failed ({failed})")
    try:
        record = clip_of(json.dumps(answer.content["clip"]).encode())
    except (KeyError, TypeError, ValueError) as error:
        raise NotDeidentified("the worker answered with no clip") from error
    return replace(record.clip, pcm=answer.pcm)
