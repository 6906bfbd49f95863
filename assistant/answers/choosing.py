"""Which of several timers, alarms or reminders was meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.answers.agenda_entry import AgendaEntry
from assistant.answers.skill import Answer, Question, Request
from assistant.answers.spoken.phrases import say_list

_ALL = re.compile(r"\b(?:all|every|everything|both)\b")
_ORDINALS = ("first", "second", "third", "fourth", "fifth")
# fmt: off
_NOISE = frozenset((
    "the", "a", "an", "my", "to", "of", "for", "one", "please", "timer", "timers", "alarm",
    "alarms", "reminder", "reminders", "at", "in", "on", "about", "cancel", "delete", "remove",
    "stop", "pause", "resume", "extend", "add", "and", "that", "which", "me", "remind",
))
# fmt: on


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How entries of one kind are called and told apart."""

    noun: str
    describe: Callable[[AgendaEntry], str]
    """With an article: "the pasta timer"."""
    matches: Callable[[AgendaEntry, Request], bool]
    """Whether the request names this entry."""


def choose(
    request: Request, entries: Sequence[AgendaEntry], kind: Kind, slots: dict[str, str]
) -> tuple[AgendaEntry, ...] | Answer:
    """The entries that were meant, or the answer that asks which, or that there are none.

    `slots` come back with the reply.
    """
    text = request.interpretation.text.lower()
    if not entries:
        return Answer(text=f"You have no {kind.noun}s.")
    if _ALL.search(text):
        return tuple(entries)
    named = [entry for entry in entries if kind.matches(entry, request)]
    if len(named) == 1:
        return (named[0],)
    if request.expecting == "which":
        by_place = _by_ordinal(text, entries)
        if by_place is not None:
            return (by_place,)
    elif len(entries) == 1 and not _names_another(request):
        return (entries[0],)
    if not named and _names_another(request):
        return Answer(text=f"I know no {kind.noun} like that.")
    candidates = named or list(entries)
    said = say_list([kind.describe(entry) for entry in candidates[:5]], last="or")
    intent = slots["intent"]
    return Answer(
        text=f"Which one: {said}?",
        question=Question(slot="which", slots=slots, accepts=frozenset({intent})),
    )


def shared_words(text: str, label: str) -> bool:
    """Whether a text names a label: they share a word that means something."""
    return bool(_meaningful(text) & _meaningful(label))


def _meaningful(text: str) -> set[str]:
    return set(re.findall(r"[a-z0-9']+", text.lower())) - _NOISE


def _by_ordinal(text: str, entries: Sequence[AgendaEntry]) -> AgendaEntry | None:
    words = text.split()
    if "last" in words:
        return entries[-1]
    places = [place for place, word in enumerate(_ORDINALS) if word in words]
    return entries[places[0]] if places and places[0] < len(entries) else None


def _names_another(request: Request) -> bool:
    """The request names something, and it matched nothing."""
    names = ("timer_name", "task", "clock_time")
    return any(request.interpretation.entity(name) is not None for name in names)
