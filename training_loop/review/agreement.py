"""When two people say the same of a clip, and what becomes of it then.

Pure: opinions in, a verdict out. What is gold has two voices behind each of its parts: two
reviewers who say the same, or an adjudicator whose text, and whose meaning, one of them shares.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from text_to_num import alpha2digit

from training_loop.deidentify.placeholders import PLACEHOLDER
from training_loop.review.task import Opinion, Verdict, VerdictOutcome
from training_loop.utterance import NamedEntity

Slot = tuple[str, str, str, str]
"""Name, role, and the normalised text and value of an entity."""

_TOKEN = re.compile(rf"{PLACEHOLDER.pattern}|[^\W_]+")
_APOSTROPHES = str.maketrans(
    "", "", "'\N{RIGHT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}"
)
_SET_ASIDE = VerdictOutcome.UNUSABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """An intent with its slots, in the order in which they are spoken."""

    intent: str
    slots: tuple[Slot, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What of an opinion is compared. `text` and `meaning` are empty where it is set aside."""

    set_aside: bool
    """Nothing to learn: unusable, spoken to somebody else, or no wake word."""
    text: str = field(default="", repr=False)
    meaning: Meaning = field(default=Meaning(intent=""), repr=False)


def normalised(text: str) -> str:
    """Lower case without punctuation, single spaces; numbers as digits, however they were written.

    "Set a timer, for Ten minutes!" and "set a timer for 10 minutes" are the same. Placeholders
    such as "<number>" stay as they are.
    """
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_APOSTROPHES)
    words = " ".join(_TOKEN.findall(plain))
    return " ".join(
        _digits(part) for part in re.split(rf"({PLACEHOLDER.pattern})", words) if part.strip()
    )


def judgement(opinion: Opinion) -> Judgement:
    """The part of an opinion on which people can agree."""
    if opinion.unusable or opinion.not_for_assistant or not opinion.wake:
        return Judgement(set_aside=True)
    slots = sorted(opinion.entities, key=lambda entity: (entity.start, entity.end))
    return Judgement(
        set_aside=False,
        text=normalised(opinion.text),
        meaning=Meaning(intent=opinion.intent, slots=tuple(map(_slot, slots))),
    )


def agree(one: Opinion, other: Opinion) -> bool:
    """Both set the clip aside, for whatever reason, or both say the same text, intent and slots."""
    return judgement(one) == judgement(other)


def settle(opinions: Sequence[Opinion], adjudication: Opinion | None) -> Verdict:
    """What becomes of a clip. The order of the opinions changes nothing but which of two ways to
    write the same text is kept.

    Without an adjudication it is AGREED, UNUSABLE when all set it aside, or DISAGREED. With one it
    is ADJUDICATED where a reviewer shares the adjudicator's text and a reviewer its meaning; else
    UNUSABLE: three people who say three things have found no truth. Raises ValueError for fewer
    than two opinions.
    """
    if len(opinions) < 2:
        raise ValueError("a clip is settled by at least two opinions")
    said = [judgement(opinion) for opinion in opinions]
    if adjudication is None:
        if any(one != said[0] for one in said):
            return Verdict(outcome=VerdictOutcome.DISAGREED)
        if said[0].set_aside:
            return Verdict(outcome=_SET_ASIDE)
        return Verdict(outcome=VerdictOutcome.AGREED, opinion=_as_spoken(opinions))
    if not supported(judgement(adjudication), said):
        return Verdict(outcome=_SET_ASIDE)
    return Verdict(outcome=VerdictOutcome.ADJUDICATED, opinion=adjudication)


def heard_no_wake_word(verdict: Verdict, opinions: Sequence[Opinion]) -> bool:
    """Whether the clip was set aside, and two of those who heard it say that nobody had called."""
    return verdict.outcome is _SET_ASIDE and sum(not one.wake for one in opinions) >= 2


def supported(decided: Judgement, said: Sequence[Judgement]) -> bool:
    """Whether a second voice stands behind the text and behind the meaning. What is set aside
    has nothing to support."""
    heard = [one for one in said if not one.set_aside]
    return (
        not decided.set_aside
        and any(one.text == decided.text for one in heard)
        and any(one.meaning == decided.meaning for one in heard)
    )


def _as_spoken(opinions: Sequence[Opinion]) -> Opinion:
    """Of equal opinions the one without digits, as a recogniser would write it."""
    return min(opinions, key=lambda one: (sum(map(str.isdigit, one.text)), one.text))


def _slot(entity: NamedEntity) -> Slot:
    return entity.name, entity.role, normalised(entity.text), normalised(entity.value)


def _digits(words: str) -> str:
    words = words.strip()
    return words if words.startswith("<") else " ".join(alpha2digit(words, "en").split())
