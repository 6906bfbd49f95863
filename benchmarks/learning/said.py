"""One request as it is meant: its words, its intent and its entities. Pure, from a seed."""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from benchmarks.learning.ways import KNOWN, POOLS, TAUGHT, UNTAUGHT, Pool
from training_loop.utterance import NamedEntity

_SLOT = re.compile(r"\{(\w+)\}")
_RESERVED_OF = 4
"""Of the ways to combine a phrasing with names, one in so many is said by unseen accounts alone."""
_NEW_POOLS = frozenset({"appliance", "item", "duration", "percent", "clock_time"})


class Novelty(Enum):
    TAUGHT = "taught"
    UNTAUGHT = "never taught"
    KNOWN = "base"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    text: str
    intent: str
    entities: tuple[NamedEntity, ...] = ()
    novelty: Novelty

    def means(self) -> frozenset[tuple[str, str, str]]:
        """Name, role and value of each entity."""
        return frozenset((one.name, one.role, one.value) for one in self.entities)


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """What somebody says: shares of the requests, and which combinations they may be."""

    known: float = 0.15
    untaught: float = 0.0
    reserved: bool = False
    """Combinations that nobody else says, where a phrasing has slots."""
    intents: frozenset[str] = frozenset()
    """Nothing else is asked; empty for everything."""


def requests(habit: Habit, chance: random.Random, count: int) -> Iterator[Said]:
    """Intents in turn as in a shuffled deck, so that none is rare by chance."""
    decks: dict[Novelty, list[str]] = {novelty: [] for novelty in Novelty}
    for _ in range(count):
        roll = chance.random()
        novelty = (
            Novelty.KNOWN
            if roll < habit.known
            else Novelty.UNTAUGHT
            if roll < habit.known + habit.untaught
            else Novelty.TAUGHT
        )
        ways = {
            intent: said
            for intent, said in _WAYS[novelty].items()
            if not habit.intents or intent in habit.intents
        }
        if not decks[novelty]:
            decks[novelty] = sorted(ways)
            chance.shuffle(decks[novelty])
        intent = decks[novelty].pop()
        yield _said(intent, chance.choice(ways[intent]), novelty, habit, chance)


_WAYS: Mapping[Novelty, Mapping[str, Sequence[str]]] = {
    Novelty.TAUGHT: TAUGHT,
    Novelty.UNTAUGHT: UNTAUGHT,
    Novelty.KNOWN: KNOWN,
}


def _said(intent: str, way: str, novelty: Novelty, habit: Habit, chance: random.Random) -> Said:
    pieces = _SLOT.split(way)
    text, entities = pieces[0], []
    for slot, after in zip(pieces[1::2], pieces[2::2], strict=True):
        pool = POOLS[slot]
        name = chance.choice(_names(slot, pool, way, novelty, habit))
        entities.append(
            NamedEntity(
                name=pool.entity,
                role=pool.role,
                value=name,
                text=name,
                start=len(text),
                end=len(text) + len(name),
            )
        )
        text += name + after
    return Said(text=text, intent=intent, entities=tuple(entities), novelty=novelty)


def _names(slot: str, pool: Pool, way: str, novelty: Novelty, habit: Habit) -> Sequence[str]:
    if novelty is Novelty.UNTAUGHT and pool.untaught:
        return pool.untaught
    if novelty is not Novelty.TAUGHT or slot not in _NEW_POOLS:
        return pool.taught
    return [name for name in pool.taught if _reserved(way, name, pool) is habit.reserved]


def _reserved(way: str, name: str, pool: Pool) -> bool:
    """The same in every run: one name of each group of `_RESERVED_OF`, another for each way."""
    place = pool.taught.index(name) + zlib.crc32(way.encode())
    return place % _RESERVED_OF == 0
