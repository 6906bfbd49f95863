"""One turn of a conversation: heard or typed, understood, answered, and kept or not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from assistant.answers.skill import Answer, Previous, Request
from assistant.conversation.answered_turn import AnsweredTurn
from assistant.conversation.opening import Opening
from assistant.conversation.ports import Reply, TurnPorts
from assistant.conversation.report import Latency, Outcome, Report
from assistant.conversation.said import Said, previous_of, utterance_of
from assistant.conversation.session import OpenQuestion
from assistant.conversation.speculation import Speculation
from assistant.errors import InterpreterUnavailable
from assistant.hearing.events import (
    EndReason,
    Heard,
    HearingEvent,
    NothingHeard,
    PauseHeard,
    WakeVerified,
)
from assistant.nlu.interpreter import Interpretation
from assistant.speech.synthesizer import SpeechChunk
from training_loop.errors import EarmarkError
from training_loop.utterance import CaptureConsent, CaptureContext, Fate, Wake

_SORRY = Answer(text="Sorry, I can't answer that right now. Please try again in a moment.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreted:
    interpretation: Interpretation


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    reply: Reply


TurnEvent = HearingEvent | Interpreted | Answered | SpeechChunk | Report


class Turn:
    """Runs once: either `speech` or `text`. Its last event is always a `Report`."""

    def __init__(self, opening: Opening, ports: TurnPorts) -> None:
        self._opening = opening
        self._ports = ports
        self._latency = Latency()
        understanding = ports.understanding
        self._speculation = Speculation(
            understanding.interpreter(opening) if understanding else ports.interpreter
        )
        self._keeping: asyncio.Task[Fate] | None = None
        self._utterance_id = ""
        self._times_forgotten = ports.sessions.times_forgotten(opening.account)
        self._wake = Wake.UNVERIFIED if opening.woken else Wake.PUSHED

    async def speech(self, heard: AsyncIterator[HearingEvent]) -> AsyncIterator[TurnEvent]:
        """Answers what a listener hears. A stream that ends early is a cancelled turn."""
        captured_at_s = time.time()
        consent = await self._consent()
        try:
            async for event in heard:
                match event:
                    case WakeVerified():
                        self._wake = Wake.VERIFIED if event.accepted else Wake.REFUSED
                        self._latency.wake_ms = event.took_ms
                        yield event
                    case PauseHeard():
                        self._speculation.consider(event.text)
                    case NothingHeard():
                        yield self._nothing(event.reason)
                        return
                    case Heard():
                        yield event
                        self._latency.recognition_ms = event.recognition_ms
                        said = Said(
                            text=event.transcript.text,
                            captured_at_s=captured_at_s,
                            ended_at=event.detected_at,
                            heard=event,
                        )
                        async for answer in self._respond(said, consent):
                            yield answer
                        return
                    case _:
                        yield event
            yield self.cancelled()
        finally:
            self._speculation.close()

    async def text(self, typed: str) -> AsyncIterator[TurnEvent]:
        """Answers a typed request."""
        said = Said(text=typed, captured_at_s=time.time(), ended_at=time.perf_counter())
        try:
            async for event in self._respond(said, await self._consent()):
                yield event
        finally:
            self._speculation.close()

    async def _consent(self) -> CaptureConsent:
        """As it stands when the turn begins. Whether the wake word was said is not known yet; who
        speaks never is, since nothing enrols a voice."""
        opening = self._opening
        return await self._ports.sink.begin(
            CaptureContext(
                account=opening.account,
                device=opening.device,
                guest=opening.guest,
                no_training=opening.no_training,
                wake=None if opening.woken else Wake.PUSHED,
                speaker=None,
            )
        )

    async def _respond(self, said: Said, consent: CaptureConsent) -> AsyncIterator[TurnEvent]:
        interpretation = await self._understand(said.text)
        if interpretation is not None:
            yield Interpreted(interpretation=interpretation)
        reply, outcome = await self._reply(said.text, interpretation)
        self._latency.end_of_speech_to_answer_ms = _since(said.ended_at)
        yield Answered(reply=reply)
        if not self._opening.text_only:
            async for chunk in self._speak(reply.answer.text):
                yield chunk
        utterance_id, fate = await self._keep(said, interpretation, reply, consent)
        self._tell(said, interpretation, outcome, fate)
        previous = previous_of(said, interpretation, reply, utterance_id, fate)
        self._remember(reply, utterance_id, previous)
        yield self._report(outcome, fate, utterance_id)

    def _tell(
        self, said: Said, interpretation: Interpretation | None, outcome: Outcome, fate: Fate
    ) -> None:
        if self._ports.understanding is None:
            return
        opening = self._opening
        self._ports.understanding.answered(
            AnsweredTurn(
                opening=opening,
                text=said.text,
                heard=said.heard,
                interpretation=interpretation,
                previous=self._ports.sessions.recent(opening.account, opening.device).previous,
                outcome=outcome,
                fate=fate,
                latency=self._latency,
            )
        )

    async def _understand(self, text: str) -> Interpretation | None:
        """None when the interpreter is away."""
        began = time.perf_counter()
        try:
            return await self._speculation.result(text)
        except InterpreterUnavailable:
            return None
        finally:
            self._latency.interpretation_ms = _since(began)

    async def _reply(
        self, text: str, interpretation: Interpretation | None
    ) -> tuple[Reply, Outcome]:
        if interpretation is None:
            return Reply(answer=_SORRY, skill=""), Outcome.UNAVAILABLE
        began = time.perf_counter()
        try:
            reply = await self._ports.skills.reply(await self._request(interpretation))
        except EarmarkError:
            return Reply(answer=_SORRY, skill=""), Outcome.UNAVAILABLE
        finally:
            self._latency.skill_ms = _since(began)
        if reply.answer.question is not None:
            return reply, Outcome.ASKED
        return reply, Outcome.ANSWERED if reply.skill else Outcome.NOT_UNDERSTOOD

    async def _request(self, interpretation: Interpretation) -> Request:
        opening, sessions = self._opening, self._ports.sessions
        recent = sessions.recent(opening.account, opening.device)
        asked = (
            sessions.take_question(opening.account, opening.device, opening.session)
            if opening.session
            else None
        )
        return Request(
            account=opening.account,
            device=opening.device,
            interpretation=interpretation,
            now=await self._ports.local_time(opening.account),
            guest=opening.guest,
            previous_answer=recent.answer,
            previous_utterance_ids=recent.utterance_ids,
            previous=recent.previous,
            asked_by=asked.skill if asked else "",
            question=asked.question if asked else None,
        )

    async def _speak(self, text: str) -> AsyncIterator[SpeechChunk]:
        began = time.perf_counter()
        first = True
        async for chunk in self._ports.synthesizer.speak(text):
            if first:
                self._latency.speech_ms = _since(began)
                first = False
            yield chunk

    async def _keep(
        self,
        said: Said,
        interpretation: Interpretation | None,
        reply: Reply,
        consent: CaptureConsent,
    ) -> tuple[str, Fate]:
        """The id under which the utterance was kept, empty if it was not, and its fate."""
        if reply.answer.forget:
            return "", Fate(reason="forgotten")
        utterance = utterance_of(self._opening, said, interpretation, reply)
        consent = replace(consent, context=replace(consent.context, wake=self._wake))
        self._keeping = asyncio.create_task(self._ports.sink.keep(utterance, consent))
        self._utterance_id = utterance.utterance_id
        fate = await asyncio.shield(self._keeping)
        return (utterance.utterance_id if fate.kept or fate.queued else ""), fate

    async def forget(self) -> None:
        """Undoes what the turn stored, if it got that far. Call it after the events are closed."""
        if self._keeping is None:
            return
        fate = await self._keeping
        if fate.kept or fate.queued:
            await self._ports.withdraw(self._opening.account, self._utterance_id)

    def _remember(self, reply: Reply, utterance_id: str, previous: Previous | None) -> None:
        opening, sessions = self._opening, self._ports.sessions
        forgotten = sessions.times_forgotten(opening.account) != self._times_forgotten
        if forgotten and not reply.answer.forget:
            return  # what was said meanwhile was deleted
        sessions.remember(
            opening.account, opening.device, reply.answer.text, utterance_id, previous
        )
        if reply.answer.question is not None and opening.session:
            question = OpenQuestion(skill=reply.skill, question=reply.answer.question)
            sessions.ask(opening.account, opening.device, opening.session, question)

    def _nothing(self, reason: EndReason) -> Report:
        if reason is EndReason.FALSE_WAKE:
            return self._report(Outcome.FALSE_WAKE, Fate(reason="false_wake"))
        return self._report(Outcome.NOTHING_HEARD, Fate(reason="nothing_heard"))

    def cancelled(self) -> Report:
        """The report of a turn that the device gave up."""
        return self._report(Outcome.CANCELLED, Fate(reason="cancelled"))

    def _report(self, outcome: Outcome, fate: Fate, utterance_id: str = "") -> Report:
        return Report(outcome=outcome, fate=fate, utterance_id=utterance_id, latency=self._latency)


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000
