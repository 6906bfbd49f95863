"""Who speaks: voices with accents, rooms with noise, and what they agree to. From a seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from benchmarks.learning.said import Habit
from device_sim.acoustics import Acoustics, Noise
from device_sim.voice import Voice

_ACCENTS = (
    *("en-us", "en-us-nyc", "en-gb-x-rp", "en-gb-scotland"),
    *("en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029"),
)
_VOICES = (
    *("m1", "m2", "m3", "m5", "m6", "m7", "f1", "f2", "f3", "f4", "Alex", "Andy", "Denis"),
    *("Gene", "Hugo", "Jacky", "Lee", "Marco", "Mario", "Michael", "adam", "announcer"),
    *("antonio", "belinda", "boris", "caleb", "david", "ed", "linda", "max", "miguel"),
)
_VOICES_OF_UNSEEN = (
    *("m4", "m8", "f5", "Mike", "edward", "benjamin", "pablo", "rob", "shelby", "steph"),
    *("travis", "victor", "zac"),
)
_NO_NOISE = 0.25


class Standing(Enum):
    """What an account is to the loop."""

    TEACHES = "teaches"
    """Consents from the first lap to the last."""
    LEAVES = "leaves"
    """Consented, was reviewed, and opted out before anything was trained."""
    NEVER = "never"
    """Consents to nothing; speaks the same as those who teach."""
    UNSEEN = "unseen"
    """Speaks in combinations and with voices that nobody else has; consents to nothing."""

    @property
    def opted_out(self) -> bool:
        return self in (Standing.LEAVES, Standing.NEVER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """One account holder, with one device."""

    number: int
    standing: Standing
    voice: Voice
    acoustics: Acoustics

    def habit(self, intents: frozenset[str]) -> Habit:
        if self.standing is Standing.UNSEEN:
            return Habit(untaught=0.08, reserved=True, intents=intents)
        return Habit(intents=intents)


def population(
    *, accounts: int, unseen: int, consent: float, leave: float, chance: random.Random
) -> list[Speaker]:
    """`consent` and `leave` are shares of `accounts`; who does neither consents to nothing."""
    standings = [Standing.TEACHES] * round(accounts * consent)
    standings += [Standing.LEAVES] * round(accounts * leave)
    standings += [Standing.NEVER] * (accounts - len(standings))
    chance.shuffle(standings)
    standings += [Standing.UNSEEN] * unseen
    return [_speaker(number, standing, chance) for number, standing in enumerate(standings)]


def _speaker(number: int, standing: Standing, chance: random.Random) -> Speaker:
    voices: Sequence[str] = _VOICES_OF_UNSEEN if standing is Standing.UNSEEN else _VOICES
    return Speaker(
        number=number,
        standing=standing,
        voice=Voice(
            name=f"speaker {number}",
            variant=f"{chance.choice(_ACCENTS)}+{chance.choice(voices)}",
            rate_wpm=chance.randint(140, 175),
            pitch=chance.randint(30, 65),
        ),
        acoustics=_room(chance),
    )


def _room(chance: random.Random) -> Acoustics:
    if chance.random() < _NO_NOISE:
        return Acoustics(gain_db=chance.uniform(-6, 3))
    return Acoustics(
        noise=chance.choice((Noise.PINK, Noise.WHITE)),
        snr_db=chance.uniform(20, 35),
        reverberation_s=chance.uniform(0.0, 0.25),
        gain_db=chance.uniform(-6, 3),
    )
