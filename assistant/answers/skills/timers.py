"""Timers: several at once, named, paused, extended. They ring on the device that set them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from assistant.answers.agenda_entry import AgendaEntry
from assistant.answers.choosing import Kind, choose, shared_words
from assistant.answers.ports import SkillPorts
from assistant.answers.scheduling import schedule
from assistant.answers.skill import Answer, Question, Request, RingKind
from assistant.answers.spoken.durations import parse_duration, say_duration
from assistant.answers.spoken.phrases import say_list, sentence
from assistant.answers.spoken.spans import longest_span
from assistant.answers.understood import NOT_FOR_GUESTS, duration_of, verbatim

LONGEST_S: Final = 7 * 86_400


class Timers:
    name = "timers"
    intents = frozenset(
        {
            "set_timer",
            "cancel_timer",
            "ask_timer",
            "extend_timer",
            "pause_timer",
            "resume_timer",
        }
    )
    examples = ("set a pasta timer for ten minutes", "how long is left on the timer")

    def __init__(self, ports: SkillPorts) -> None:
        self._agenda = ports.agenda

    async def answer(self, request: Request) -> Answer:
        if request.guest:
            return NOT_FOR_GUESTS
        intent = request.slots.get("intent", request.interpretation.intent)
        if intent == "set_timer":
            return await self._set(request)
        if intent == "ask_timer":
            return await self._ask(request)
        chosen = await self._chosen(request, intent)
        if isinstance(chosen, Answer):
            return chosen
        match intent:
            case "cancel_timer":
                return await self._cancel(request, chosen)
            case "extend_timer":
                return await self._extend(request, chosen[0])
            case "pause_timer":
                return await self._pause(request, chosen)
            case _:
                return await self._resume(request, chosen)

    async def _timers(self, request: Request) -> list[AgendaEntry]:
        entries = await self._agenda.entries(request.account)
        return [e for e in entries if e.kind is RingKind.TIMER and e.device == request.device]

    async def _chosen(self, request: Request, intent: str) -> tuple[AgendaEntry, ...] | Answer:
        timers = await self._timers(request)
        known = request.slots.get("timer")
        if known:
            still_there = tuple(timer for timer in timers if timer.entry_id == known)
            return still_there or Answer(text="That timer is over.")
        return choose(request, timers, _KIND, _slots(request, intent))

    async def _set(self, request: Request) -> Answer:
        label = request.slots.get("label") or verbatim(request, "timer_name")
        seconds = duration_of(request)
        if seconds is None:
            return _ask_for("For how long?", {"intent": "set_timer", "label": label})
        if not 1 <= seconds <= LONGEST_S:
            return Answer(text="A timer can run for a second up to a week.")
        refused = await schedule(
            self._agenda,
            request,
            RingKind.TIMER,
            due_at_s=request.now.timestamp() + seconds,
            label=label,
            length_s=seconds,
        )
        if refused:
            return refused
        length = say_duration(seconds)
        if label:
            return Answer(text=sentence(f"{label} timer set for {length}"))
        return Answer(text=sentence(f"{length}, starting now"))

    async def _ask(self, request: Request) -> Answer:
        timers = await self._timers(request)
        named = [timer for timer in timers if _matches(timer, request)] or timers
        if not named:
            return Answer(text="You have no timers.")
        if len(named) == 1:
            return Answer(text=sentence(f"{_left(named[0], request)} on {_describe(named[0])}"))
        each = [f"{_left(timer, request)} on {_describe(timer)}" for timer in named]
        return Answer(text=sentence(say_list(each)))

    async def _cancel(self, request: Request, timers: tuple[AgendaEntry, ...]) -> Answer:
        await self._agenda.remove(request.account, *(timer.entry_id for timer in timers))
        if len(timers) > 1:
            return Answer(text="All your timers are cancelled.")
        return Answer(text=sentence(f"{_describe(timers[0])} is cancelled"))

    async def _extend(self, request: Request, timer: AgendaEntry) -> Answer:
        seconds = _added(request, timer)
        if seconds is None:
            slots = {"intent": "extend_timer", "timer": timer.entry_id}
            return _ask_for("By how much?", slots)
        now_s = request.now.timestamp()
        if timer.paused_left_s is None and timer.due_at_s + seconds > now_s + LONGEST_S:
            return Answer(text="A timer can run for up to a week.")

        def longer(entry: AgendaEntry) -> AgendaEntry:
            if entry.paused_left_s is not None:
                return replace(entry, paused_left_s=entry.paused_left_s + seconds)
            return replace(entry, due_at_s=max(entry.due_at_s, now_s) + seconds)

        changed = await self._agenda.change(request.account, timer.entry_id, longer)
        if changed is None:
            return Answer(text="That timer is over.")
        return Answer(text=sentence(f"okay, {_left(changed, request)} on {_describe(changed)}"))

    async def _pause(self, request: Request, timers: tuple[AgendaEntry, ...]) -> Answer:
        now_s = request.now.timestamp()

        def paused(entry: AgendaEntry) -> AgendaEntry:
            if entry.paused_left_s is not None or entry.due_at_s <= now_s:
                return entry
            return replace(entry, paused_left_s=entry.due_at_s - now_s)

        for timer in timers:
            await self._agenda.change(request.account, timer.entry_id, paused)
        return Answer(text=sentence(f"{_these(timers)} paused"))

    async def _resume(self, request: Request, timers: tuple[AgendaEntry, ...]) -> Answer:
        now_s = request.now.timestamp()

        def resumed(entry: AgendaEntry) -> AgendaEntry:
            if entry.paused_left_s is None:
                return entry
            return replace(entry, due_at_s=now_s + entry.paused_left_s, paused_left_s=None)

        for timer in timers:
            await self._agenda.change(request.account, timer.entry_id, resumed)
        return Answer(text=sentence(f"{_these(timers)} running"))


def _ask_for(text: str, slots: dict[str, str]) -> Answer:
    accepts = frozenset({slots["intent"], "extend_timer", "set_timer"})
    return Answer(text=text, question=Question(slot="duration", slots=slots, accepts=accepts))


def _slots(request: Request, intent: str) -> dict[str, str]:
    """An amount that was said before "which one?" must not get lost."""
    seconds = request.slots.get("seconds") or (_spoken_addition(request) or "")
    return {"intent": intent, "seconds": str(seconds)}


def _spoken_addition(request: Request) -> int | None:
    added = request.interpretation.entity("duration", "added")
    if added is not None:
        return parse_duration(added.value) or parse_duration(added.text)
    return None


def _added(request: Request, timer: AgendaEntry) -> int | None:
    if request.slots.get("seconds"):
        return int(request.slots["seconds"])
    spoken = _spoken_addition(request)
    if spoken is not None or request.expecting == "which":
        return spoken
    length = request.interpretation.entity("duration", "total")
    text = request.interpretation.text
    if length is not None and parse_duration(length.value) == timer.length_s:
        text = text.replace(length.text, " ")
    return longest_span(text, parse_duration)


def _describe(timer: AgendaEntry) -> str:
    if timer.label:
        return f"the {timer.label} timer"
    return f"the timer for {say_duration(timer.length_s)}"


def _these(timers: tuple[AgendaEntry, ...]) -> str:
    return f"{_describe(timers[0])} is" if len(timers) == 1 else "all your timers are"


def _left(timer: AgendaEntry, request: Request) -> str:
    if timer.paused_left_s is not None:
        return f"{say_duration(timer.paused_left_s)} left, paused,"
    return f"{say_duration(timer.due_at_s - request.now.timestamp())} left"


def _matches(timer: AgendaEntry, request: Request) -> bool:
    text = request.interpretation.text
    if timer.label:
        return shared_words(text, timer.label)
    total = request.interpretation.entity("duration", "total")
    said_length = parse_duration(total.value) if total else longest_span(text, parse_duration)
    return said_length == timer.length_s


_KIND: Final = Kind(noun="timer", describe=_describe, matches=_matches)
