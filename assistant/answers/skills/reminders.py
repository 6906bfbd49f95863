"""Reminders: they ring on the device that set them, and every device of the account knows them."""

from __future__ import annotations

import re
from datetime import datetime

from assistant.answers.agenda_entry import AgendaEntry
from assistant.answers.choosing import Kind, choose, shared_words
from assistant.answers.ports import SkillPorts
from assistant.answers.scheduling import schedule
from assistant.answers.skill import Answer, Question, Request, RingKind
from assistant.answers.spoken.phrases import counted, sentence, to_listener
from assistant.answers.understood import (
    MAX_LABEL,
    NOT_FOR_GUESTS,
    REPEATED,
    day_suffix,
    local,
    on_day,
    said,
    say_moment,
    verbatim,
    when_of,
)

_LEAD_IN = re.compile(r"^(?:please )?(?:remind me )?(?:to|that|about|of) ", re.IGNORECASE)
_SPOKEN_AT_ONCE = 5
_MORNING_FROM = 7
"""Nobody asks to be reminded at five in the morning without saying so."""


class Reminders:
    name = "reminders"
    intents = frozenset({"set_reminder", "ask_reminders", "cancel_reminder"})
    examples = ("remind me to call mom tomorrow at five", "what are my reminders")

    def __init__(self, ports: SkillPorts) -> None:
        self._agenda = ports.agenda

    async def answer(self, request: Request) -> Answer:
        if request.guest:
            return NOT_FOR_GUESTS
        match request.slots.get("intent", request.interpretation.intent):
            case "set_reminder":
                return await self._set(request)
            case "ask_reminders":
                return await self._ask(request)
            case _:
                return await self._cancel(request)

    async def _reminders(self, request: Request) -> list[AgendaEntry]:
        entries = await self._agenda.entries(request.account)
        return [entry for entry in entries if entry.kind is RingKind.REMINDER]

    async def _set(self, request: Request) -> Answer:
        task = _task(request)
        known = request.slots.get("due_at_s")
        day = said(request, "day") or request.slots.get("day", "")
        when = when_of(request, day_said=day, morning_from=_MORNING_FROM)
        if when.passed and not known:
            return Answer(text="That time has already passed.")
        moment = local(float(known), request.now) if known else when.moment
        slots = {
            "intent": "set_reminder",
            "task": task,
            "day": day,
            "due_at_s": repr(moment.timestamp()) if moment else "",
        }
        if not task:
            return _ask_for("task", "What should I remind you about?", slots)
        if moment is None:
            text = "At what time?" if day else "When should I remind you?"
            return _ask_for("time", text, slots)
        refused = await schedule(
            self._agenda, request, RingKind.REMINDER, due_at_s=moment.timestamp(), label=task
        )
        if refused:
            return refused
        when_said = say_moment(moment, request.now)
        at = when_said if when_said.startswith(("on ", "tomorrow")) else f"at {when_said}"
        once = " I can't repeat it." if REPEATED.search(request.interpretation.text) else ""
        return Answer(text=f"Okay, I'll remind you {at}: {to_listener(task)}.{once}")

    async def _ask(self, request: Request) -> Answer:
        reminders = on_day(await self._reminders(request), request)
        if verbatim(request, "task"):
            reminders = [entry for entry in reminders if _matches(entry, request)]
            if not reminders:
                return Answer(text="You have no reminder about that.")
        if not reminders:
            return Answer(text=f"You have no reminders{day_suffix(request)}.")
        each = [_said_in_full(entry, request.now) for entry in reminders[:_SPOKEN_AT_ONCE]]
        more = len(reminders) - len(each)
        if more:
            each.append(f"and {counted(more, 'more', 'more')}")
        head = f"You have {counted(len(reminders), 'reminder')}"
        return Answer(text=f"{head}: {'; '.join(each)}.")

    async def _cancel(self, request: Request) -> Answer:
        slots = {"intent": "cancel_reminder"}
        reminders = on_day(await self._reminders(request), request)
        chosen = choose(request, reminders, _KIND, slots)
        if isinstance(chosen, Answer):
            return chosen
        await self._agenda.remove(request.account, *(entry.entry_id for entry in chosen))
        if len(chosen) > 1:
            return Answer(text="All your reminders are cancelled.")
        return Answer(text=sentence(f"okay, I won't remind you: {to_listener(chosen[0].label)}"))


def _task(request: Request) -> str:
    """What to be reminded of; the whole reply when that was the question."""
    known = request.slots.get("task", "")
    if known:
        return known
    named = verbatim(request, "task")
    if named or request.expecting != "task":
        return named
    return _LEAD_IN.sub("", request.interpretation.text.strip())[:MAX_LABEL]


def _ask_for(slot: str, text: str, slots: dict[str, str]) -> Answer:
    accepts = frozenset({"set_reminder", "set_alarm"}) if slot == "time" else frozenset()
    return Answer(text=text, question=Question(slot=slot, slots=slots, accepts=accepts))


def _said_in_full(entry: AgendaEntry, now: datetime) -> str:
    return f"{to_listener(entry.label)}, {say_moment(local(entry.due_at_s, now), now)}"


def _describe(entry: AgendaEntry) -> str:
    return f"'{to_listener(entry.label)}'"


def _matches(entry: AgendaEntry, request: Request) -> bool:
    return shared_words(request.interpretation.text, entry.label)


_KIND = Kind(noun="reminder", describe=_describe, matches=_matches)
