"""What was bad about a turn, and with which words two texts agree. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.conversation.answered_turn import AnsweredTurn
from assistant.conversation.report import Outcome
from training_loop.registry.live_signals import Signal

CORRECTING = "correct_last"
"""The intent of "that's wrong"."""
_ALIKE = 0.5
"""Share of words in which a text said again may differ."""


def bad_signals(turn: AnsweredTurn) -> Iterator[Signal]:
    """Without `SLOW`, which depends on the kind of model."""
    if turn.outcome is Outcome.NOT_UNDERSTOOD:
        yield Signal.FALLBACK
    intent = turn.interpretation.intent if turn.interpretation else ""
    if intent == CORRECTING:
        yield Signal.CORRECTION
    elif turn.previous is not None and said_again(turn.previous.interpretation.text, turn.text):
        yield Signal.REPHRASING


def said_again(before: str, now: str) -> bool:
    """Whether a request is nearly the one before it."""
    one, other = before.split(), now.split()
    longer = max(len(one), len(other))
    return bool(longer) and longer - agreeing_words(one, other) <= _ALIKE * longer


def agreeing_words(one: Sequence[str], other: Sequence[str]) -> int:
    """The length of the longest text that both hold in this order."""
    row = [0] * (len(other) + 1)
    for word in one:
        before = 0
        for index, compared in enumerate(other, start=1):
            above = row[index]
            row[index] = before + 1 if word == compared else max(above, row[index - 1])
            before = above
    return row[-1]
