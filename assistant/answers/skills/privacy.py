"""The privacy requests by voice: see, delete, switch, pause, and who listened."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, time

from assistant.answers.ports import SkillPorts
from assistant.answers.skill import CONFIRMATION, Answer, Question, Request
from assistant.answers.skills.last_answer import LastAnswer
from assistant.answers.spoken.clock_times import say_clock
from assistant.answers.spoken.days import say_date
from assistant.answers.spoken.durations import say_duration
from assistant.answers.spoken.phrases import counted, sentence
from assistant.answers.understood import duration_of, local
from training_loop.rights import (
    CONSENT_TEXT_VERSION,
    PAUSE_S,
    ConsentShown,
    PrivacySettings,
    SettingsChange,
)

_BY_VOICE = ConsentShown(text_version=CONSENT_TEXT_VERSION, channel="voice")
_SURE_OF_YES = 0.6
"""A yes below this confidence is no consent."""
_EXPLANATION = (
    "If you agree, recordings of your requests are kept, encrypted, and used to teach the "
    "assistant to understand people better. Nobody listens to them unless you allow that as well. "
    "You can stop at any time, and then they are deleted. Shall I start learning from you?"
)
_EVERYTHING = (
    "That deletes everything you ever said to me, here and where I learn from it, and nobody can "
    "bring it back. Your lists, timers and devices stay. Shall I delete everything?"
)
_AN_HOUR_S = 3600


class Privacy:
    name = "privacy"
    examples = ("what do you keep about me", "delete what I just said", "stop learning from me")

    def __init__(self, ports: SkillPorts) -> None:
        self._rights = ports.rights
        last_answer = LastAnswer(ports.rights)
        self._answers: Mapping[str, Callable[[Request], Awaitable[Answer]]] = {
            "ask_what_is_kept": self._what_is_kept,
            "ask_who_listened": self._who_listened,
            "correct_last": last_answer.correct,
            "delete_everything": self._delete_everything,
            "delete_last": self._delete_last,
            "delete_today": self._delete_today,
            "explain_answer": last_answer.explain,
            "pause_learning": self._pause_learning,
            "start_learning": self._start_learning,
            "stop_learning": self._stop_learning,
        }

    @property
    def intents(self) -> frozenset[str]:
        return frozenset(self._answers)

    async def answer(self, request: Request) -> Answer:
        if request.guest:
            return Answer(text="As a guest, nothing you say is kept or learned from.")
        intent = request.slots.get("intent", request.interpretation.intent)
        return await self._answers[intent](request)

    async def _what_is_kept(self, request: Request) -> Answer:
        settings = await self._rights.settings(request.account)
        counts = await self._rights.counts(request.account)
        parts = [_history(settings, counts.get("history", 0))]
        parts.append(_learning(settings, counts.get("queue", 0)))
        parts += _held_back(settings, request.now)
        learned = counts.get("models", 0)
        if learned:
            parts.append(sentence(f"models learned from {counted(learned, 'of them', 'of them')}"))
        return Answer(text=" ".join(parts))

    async def _delete_last(self, request: Request) -> Answer:
        """This request itself leaves nothing either."""
        if not request.previous_utterance_ids:
            return Answer(text="Nothing of it was kept.", forget=True)
        await self._rights.delete_utterance(request.account, request.previous_utterance_ids[0])
        return Answer(text="Done. What you just said is deleted.", forget=True)

    async def _delete_today(self, request: Request) -> Answer:
        """From midnight in the account's own time zone."""
        midnight = datetime.combine(request.now.date(), time.min, tzinfo=request.now.tzinfo)
        await self._rights.delete_since(request.account, midnight.timestamp())
        return Answer(text="Done. Everything you said today is deleted.", forget=True)

    async def _delete_everything(self, request: Request) -> Answer:
        if request.expecting != CONFIRMATION:
            question = Question(slot=CONFIRMATION, slots={"intent": "delete_everything"})
            return Answer(text=_EVERYTHING, question=question)
        if not _said_yes(request):
            return Answer(text="Okay, everything stays.")
        await self._rights.delete_since(request.account, 0)
        return Answer(text="Done. Everything you ever said is deleted.", forget=True)

    async def _pause_learning(self, request: Request) -> Answer:
        """Holds before the answer is given; an hour where no time was said."""
        settings = await self._rights.settings(request.account)
        if not settings.improve_models:
            return Answer(text="I don't learn from you, so there is nothing to pause.")
        wanted = duration_of(request) or _AN_HOUR_S
        seconds = min(max(wanted, PAUSE_S.start), PAUSE_S.stop - 1)
        request_id = f"voice-{secrets.token_hex(12)}"
        await self._rights.pause_learning(request.account, seconds, "voice", request_id)
        return Answer(text=f"Done. I won't learn from you for {say_duration(seconds)}.")

    async def _stop_learning(self, request: Request) -> Answer:
        """Holds before the answer is given."""
        await self._change(request, SettingsChange(improve_models=False))
        return Answer(text="Done. I no longer learn from you, and what waited for it is deleted.")

    async def _start_learning(self, request: Request) -> Answer:
        if request.expecting != CONFIRMATION:
            question = Question(slot=CONFIRMATION, slots={"intent": "start_learning"})
            return Answer(text=_EXPLANATION, question=question)
        if not _said_yes(request):
            return Answer(text="Okay, nothing changes.")
        await self._change(request, SettingsChange(improve_models=True))
        request_id = f"voice-{secrets.token_hex(12)}"
        await self._rights.pause_learning(request.account, 0, "voice", request_id)
        return Answer(text="Thank you. From now on I learn from you, until you say stop.")

    async def _change(self, request: Request, change: SettingsChange) -> None:
        request_id = f"voice-{secrets.token_hex(12)}"
        await self._rights.change(request.account, change, _BY_VOICE, request_id)

    async def _who_listened(self, request: Request) -> Answer:
        listens = await self._rights.listens(request.account)
        if not listens:
            return Answer(text="Nobody has listened to you.")
        people = len({listen.reviewer for listen in listens})
        last = local(max(listen.at_s for listen in listens), request.now)
        who = counted(people, "person", "people")
        verb = "has" if people == 1 else "have"
        times = counted(len(listens), "recording")
        said = (
            f"{who} {verb} listened to {times} of yours, most recently {_moment(last, request.now)}"
        )
        return Answer(text=sentence(said))


def _history(settings: PrivacySettings, count: int) -> str:
    if settings.keep_history:
        days = counted(settings.retention_days, "day")
        return f"I keep what you ask for {days}; {counted(count, 'request')} now."
    left = f" {sentence(counted(count, 'earlier request'))}" if count else ""
    return f"I keep no history of what you ask.{left}"


def _learning(settings: PrivacySettings, count: int) -> str:
    if not settings.improve_models:
        return "I don't learn from you."
    listening = "people may" if settings.human_review else "nobody may"
    return f"I learn from you; {counted(count, 'recording')} in line, and {listening} listen."


def _held_back(settings: PrivacySettings, now: datetime) -> list[str]:
    """Why less is kept than the switches say."""
    parts = []
    if settings.improve_models and settings.paused_until_s:
        ends = _moment(local(settings.paused_until_s, now), now)
        parts.append(f"Learning is paused; it goes on {ends}.")
    if settings.needs_confirmation:
        parts.append(
            "My explanation has changed, so nothing new is kept under your earlier yes until you "
            "agree again."
        )
    return parts


def _said_yes(request: Request) -> bool:
    said = request.interpretation
    return said.intent == "affirm" and said.confidence >= _SURE_OF_YES


def _moment(moment: datetime, now: datetime) -> str:
    day = "today" if moment.date() == now.date() else f"on {say_date(moment.date())}"
    return f"{day} at {say_clock(moment)}"
