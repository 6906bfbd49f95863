"""Putting something on the agenda on behalf of a request."""

from __future__ import annotations

from assistant.answers.agenda import Agenda, AgendaFull
from assistant.answers.agenda_entry import AgendaEntry
from assistant.answers.skill import Answer, Request, RingKind


async def schedule(
    agenda: Agenda,
    request: Request,
    kind: RingKind,
    *,
    due_at_s: float,
    label: str = "",
    length_s: float = 0.0,
) -> Answer | None:
    """Rings on the device of the request. The answer that says why not, or None when it worked."""
    entry = AgendaEntry(
        entry_id=AgendaEntry.new_id(request.device),
        kind=kind,
        label=label,
        due_at_s=due_at_s,
        length_s=length_s,
    )
    try:
        await agenda.add(request.account, entry)
    except AgendaFull:
        return Answer(text="You have too many timers, alarms and reminders. Cancel some first.")
    return None
