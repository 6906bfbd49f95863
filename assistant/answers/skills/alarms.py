"""Alarms, and snoozing whatever rings. They ring on the device that set them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from assistant.answers.agenda_entry import AgendaEntry
from assistant.answers.choosing import Kind, choose
from assistant.answers.ports import SkillPorts
from assistant.answers.scheduling import schedule
from assistant.answers.skill import Answer, Question, Request, RingKind, StopEverything
from assistant.answers.spoken.clock_times import parse_clock
from assistant.answers.spoken.durations import say_duration
from assistant.answers.spoken.phrases import counted, say_list, sentence
from assistant.answers.spoken.spans import longest_span
from assistant.answers.understood import (
    NOT_FOR_GUESTS,
    REPEATED,
    day_suffix,
    duration_of,
    local,
    on_day,
    said,
    say_moment,
    when_of,
)

SNOOZE_S: Final = 9 * 60


class Alarms:
    name = "alarms"
    intents = frozenset({"set_alarm", "cancel_alarm", "ask_alarm", "snooze"})
    examples = ("wake me tomorrow at half past six", "what alarms do I have")

    def __init__(self, ports: SkillPorts) -> None:
        self._agenda = ports.agenda

    async def answer(self, request: Request) -> Answer:
        if request.guest:
            return NOT_FOR_GUESTS
        match request.slots.get("intent", request.interpretation.intent):
            case "set_alarm":
                return await self._set(request)
            case "ask_alarm":
                return await self._ask(request)
            case "snooze":
                return await self._snooze(request)
            case _:
                return await self._cancel(request)

    async def _alarms(self, request: Request) -> list[AgendaEntry]:
        entries = await self._agenda.entries(request.account)
        return [e for e in entries if e.kind is RingKind.ALARM and e.device == request.device]

    async def _set(self, request: Request) -> Answer:
        day = said(request, "day") or request.slots.get("day", "")
        when = when_of(request, day_said=day)
        if when.passed:
            return Answer(text="That time has already passed.")
        if when.moment is None:
            slots = {"intent": "set_alarm", "day": day}
            question = Question(slot="time", slots=slots, accepts=frozenset({"set_alarm"}))
            return Answer(text="For what time?", question=question)
        due_at_s = when.moment.timestamp()
        refused = await schedule(self._agenda, request, RingKind.ALARM, due_at_s=due_at_s)
        if refused:
            return refused
        said_moment = say_moment(when.moment, request.now).removeprefix("on ")
        once = " I can't repeat it." if REPEATED.search(request.interpretation.text) else ""
        return Answer(text=f"Alarm set for {said_moment}.{once}")

    async def _ask(self, request: Request) -> Answer:
        alarms = on_day(await self._alarms(request), request)
        if not alarms:
            return Answer(text=f"You have no alarms{day_suffix(request)}.")
        times = [say_moment(local(a.due_at_s, request.now), request.now) for a in alarms]
        if len(times) == 1:
            return Answer(text=f"You have an alarm set for {times[0].removeprefix('on ')}.")
        return Answer(text=f"You have {counted(len(times), 'alarm')}: {say_list(times)}.")

    async def _cancel(self, request: Request) -> Answer:
        slots = {"intent": "cancel_alarm"}
        alarms = on_day(await self._alarms(request), request)
        chosen = choose(request, alarms, _kind(request.now), slots)
        if isinstance(chosen, Answer):
            return chosen
        await self._agenda.remove(request.account, *(alarm.entry_id for alarm in chosen))
        if len(chosen) > 1:
            return Answer(text="All your alarms are cancelled.")
        return Answer(text=sentence(f"{_describe(chosen[0], request.now)} is cancelled"))

    async def _snooze(self, request: Request) -> Answer:
        now_s = request.now.timestamp()
        ringing = await self._agenda.due(request.account, request.device, now_s)
        rang = (
            ringing[-1]
            if ringing
            else await self._agenda.rang_last(request.account, request.device)
        )
        if rang is None:
            return Answer(text="Nothing is ringing.")
        seconds = duration_of(request) or SNOOZE_S
        refused = await schedule(
            self._agenda, request, rang.kind, due_at_s=now_s + seconds, label=rang.label
        )
        if refused:
            return refused
        for entry in ringing:
            await self._agenda.acknowledge(request.account, request.device, entry.entry_id)
        return Answer(text=f"Okay, {say_duration(seconds)} more.", actions=(StopEverything(),))


def _describe(alarm: AgendaEntry, now: datetime) -> str:
    return f"the alarm for {say_moment(local(alarm.due_at_s, now), now).removeprefix('on ')}"


def _matches(alarm: AgendaEntry, request: Request) -> bool:
    clock = longest_span(request.interpretation.text, parse_clock)
    if clock is None:
        return False
    due = local(alarm.due_at_s, request.now)
    hour = due.hour if clock.certain else due.hour % 12
    return (hour, due.minute) == (clock.hour if clock.certain else clock.hour % 12, clock.minute)


def _kind(now: datetime) -> Kind:
    return Kind(noun="alarm", describe=lambda alarm: _describe(alarm, now), matches=_matches)
