"""People who review in a simulated shift: what was really said, what was recognised, and how those
who listen go wrong.

Errors are not all the same mistake, and not all different ones either: two people who are wrong
about a clip often fall for the same thing, as people do. Who does not listen properly leaves what
the recogniser heard; who mixes up intents mixes up those that are alike.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from training_loop.review.agreement import judgement
from training_loop.review.task import Opinion
from training_loop.utterance import NamedEntity

_DURATIONS = ("two minutes", "ten minutes", "half an hour", "twenty seconds", "an hour")
_ITEMS = ("milk", "bread", "apples", "soap", "coffee", "rice", "tea", "onions")
_PHRASES: tuple[tuple[str, str, str, Sequence[str]], ...] = (
    ("set a timer for {}", "set_timer", "duration", _DURATIONS),
    ("start a timer of {} please", "set_timer", "duration", _DURATIONS),
    ("add {} to the list", "add_to_list", "item", _ITEMS),
    ("take {} off the list", "remove_from_list", "item", _ITEMS),
    ("what time is it", "ask_time", "", ()),
    ("what day is it today", "ask_weekday", "", ()),
    ("stop", "stop", "", ()),
    ("turn it up", "volume_up", "", ()),
    ("turn it down a bit", "volume_down", "", ()),
    ("tell me a joke", "joke", "", ()),
)
_ALIKE = {
    "set_timer": "extend_timer",
    "add_to_list": "remove_from_list",
    "remove_from_list": "add_to_list",
    "ask_time": "ask_date",
    "ask_weekday": "ask_date",
    "stop": "cancel",
    "volume_up": "volume_down",
    "volume_down": "volume_up",
    "joke": "help",
}
_MISHEARD = {
    "timer": "time",
    "minutes": "minute",
    "milk": "silk",
    "list": "lift",
    "time": "tim",
    "stop": "top",
    "turn": "burn",
    "joke": "yoke",
    "day": "bay",
    "bread": "red",
}
MISHEARD_SHARE = 0.4
"""Of clips, how many the recogniser got wrong."""
UNUSABLE_SHARE = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """One clip of the shift, by its number."""

    number: int
    account: str
    heard: str
    truth: Opinion = field(repr=False)
    check: bool = False
    """Once it is gold it is lent again, to see how others do on it."""


def make_clip(number: int, account: str, chance: random.Random, *, check: bool = False) -> Clip:
    template, intent, entity, values = chance.choice(_PHRASES)
    value = chance.choice(values) if values else ""
    text = template.format(value)
    if chance.random() < UNUSABLE_SHARE:
        unusable = Opinion(unusable=True)
        return Clip(number=number, account=account, heard=text, truth=unusable, check=check)
    truth = Opinion(text=text, intent=intent, entities=_marked(text, entity, value))
    heard = _misheard(text) if chance.random() < MISHEARD_SHARE else text
    return Clip(number=number, account=account, heard=heard, truth=truth, check=check)


def _marked(text: str, name: str, value: str) -> tuple[NamedEntity, ...]:
    if not value:
        return ()
    start = text.index(value)
    return (NamedEntity(name=name, value=value, text=value, start=start, end=start + len(value)),)


def _misheard(text: str) -> str:
    return " ".join(_MISHEARD.get(word, word) for word in text.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Says what is true, but for a share of clips."""

    error: float
    chance: random.Random = field(repr=False)

    def opinion(self, clip: Clip) -> Opinion:
        if self.chance.random() >= self.error:
            return clip.truth
        wrong = self._wrong(clip)
        while judgement(wrong) == judgement(clip.truth):
            wrong = self._wrong(clip)
        return wrong

    def _wrong(self, clip: Clip) -> Opinion:
        truth, roll = clip.truth, self.chance.random()
        if truth.unusable:
            return Opinion(text=clip.heard, intent=self.chance.choice(tuple(_ALIKE)))
        if roll < 0.35:  # left as it was recognised, or one word wrong where that was right
            text = clip.heard if clip.heard != truth.text else self._slip(truth.text)
            return Opinion(text=text, intent=truth.intent)
        if roll < 0.6:
            return replace(truth, text=self._slip(truth.text), entities=())
        if roll < 0.85:
            others = [_ALIKE[truth.intent], *_ALIKE]
            weights = [0.6, *[0.4 / len(_ALIKE)] * len(_ALIKE)]
            return replace(truth, intent=self.chance.choices(others, weights)[0])
        if roll < 0.95:
            return replace(truth, entities=())
        return Opinion(unusable=True)

    def _slip(self, text: str) -> str:
        """One word changed, doubled or left out."""
        words = text.split()
        at = self.chance.randrange(len(words))
        roll = self.chance.random()
        if roll < 0.4:
            words[at] = _MISHEARD.get(words[at], words[at] + "s")
        elif roll < 0.7 and len(words) > 1:
            del words[at]
        else:
            words.insert(at, self.chance.choice(("the", "a", "please", "um", words[at])))
        return " ".join(words)
