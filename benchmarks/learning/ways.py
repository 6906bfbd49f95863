"""What people say: phrasings and names that the base data lacks, beside some that it knows.

`TAUGHT` is said by everybody, so that it can be learned. `UNTAUGHT` is said by unseen accounts
alone: nobody can have taught it, and it stays in the figures. A slot in braces is filled from the
pool of that name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """What may stand in a slot, and the entity that it is."""

    entity: str
    role: str = ""
    taught: Sequence[str]
    untaught: Sequence[str] = ()


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines())


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


POOLS: Final[Mapping[str, Pool]] = {
    "appliance": Pool(
        entity="appliance",
        taught=_names(
            "disco ball, aquarium, lava lamp, popcorn machine, rice cooker, waffle iron,"
            "massage chair, sauna, jukebox, chandelier, fish tank, treadmill, fountain, karaoke box"
        ),
        untaught=_names("jacuzzi, juicer"),
    ),
    "item": Pool(
        entity="item",
        taught=_names(
            "blueberries, turnips, beetroot, kombucha, tahini, quinoa, hummus, granola, mozzarella,"
            "salami, zucchini, asparagus, lentils, pretzels, sardines, papaya, oregano, sponges"
        ),
        untaught=_names("chickpeas, marshmallows"),
    ),
    "duration": Pool(
        entity="duration",
        role="total",
        taught=_names(
            "ten minutes, five minutes, twenty minutes, half an hour, two hours, fifteen minutes,"
            "forty minutes, an hour"
        ),
    ),
    "clock_time": Pool(
        entity="clock_time",
        taught=_names("six thirty, seven o'clock, half past eight, nine, quarter past seven, noon"),
    ),
    "room": Pool(
        entity="room",
        taught=_names("kitchen, bedroom, living room, office, garage, bathroom"),
    ),
    "percent": Pool(
        entity="percent",
        taught=_names("forty percent, twenty percent, sixty percent, eighty percent"),
    ),
    "known_appliance": Pool(entity="appliance", taught=_names("heater, radio, kettle, oven")),
    "known_item": Pool(entity="item", taught=_names("milk, bread, apples, coffee, rice, soap")),
}

TAUGHT: Final[Mapping[str, Sequence[str]]] = {
    "set_timer": _lines(
        """give me a shout in {duration}
        holler once {duration} went by
        nudge me {duration} from now"""
    ),
    "turn_on": _lines(
        """fire up the {appliance}
        bring the {appliance} to life
        have the {appliance} humming in the {room}
        wake the {appliance} up"""
    ),
    "turn_off": _lines(
        """douse the {appliance}
        kill the {appliance}
        put the {appliance} to sleep
        snuff out the {appliance} in the {room}"""
    ),
    "add_to_list": _lines(
        """get us some {item} next time
        we are fresh out of {item}
        jot down {item} for the store
        chuck {item} into the cart"""
    ),
    "remove_from_list": _lines(
        """we have plenty of {item} again
        ditch the {item}
        somebody already bought {item}"""
    ),
    "read_list": _lines(
        """what am i supposed to bring home
        what goes in the basket
        walk me through the purchases"""
    ),
    "ask_time": _lines(
        """how late are we
        what does my watch say
        is it bedtime yet"""
    ),
    "volume_up": _lines(
        """crank it
        pump it up
        i can barely make out a word"""
    ),
    "volume_down": _lines(
        """easy on my ears
        tone it down a notch
        you will wake the baby"""
    ),
    "set_brightness": _lines(
        """bring the glow in the {room} to {percent}
        take the {appliance} to {percent} glow"""
    ),
    "ask_rain": _lines(
        """will i get soaked
        is it safe to hang out the washing
        would my hair stay dry"""
    ),
    "ask_weather": _lines(
        """coat or no coat
        how is the sky doing
        what should i wear out there"""
    ),
    "joke": _lines(
        """crack me up
        tickle my funny bone
        brighten my mood"""
    ),
    "stop": _lines(
        """zip it
        pipe down
        knock it off"""
    ),
    "set_alarm": _lines(
        """drag me out of bed at {clock_time}
        rouse me at {clock_time}
        make sure i am on my feet by {clock_time}"""
    ),
    "cancel_timer": _lines(
        """scrap the countdown
        call off the egg clock
        the food is ready so no more counting"""
    ),
    "goodbye": _lines(
        """i am off to bed
        catch you on the flip side
        over and out"""
    ),
}

UNTAUGHT: Final[Mapping[str, Sequence[str]]] = {
    "set_timer": ("buzz me in {duration}",),
    "turn_off": ("pull the plug on the {appliance}",),
    "add_to_list": ("stock up on {item}",),
    "joke": ("amuse me",),
}

KNOWN: Final[Mapping[str, Sequence[str]]] = {
    "set_timer": ("set a timer for {duration}",),
    "turn_on": ("turn on the {known_appliance}",),
    "turn_off": ("turn off the {known_appliance} in the {room}",),
    "add_to_list": ("add {known_item} to my list",),
    "ask_time": ("what time is it",),
    "volume_up": ("turn it up",),
    "stop": ("stop",),
    "ask_weather": ("how is the weather",),
    "set_alarm": ("wake me up at {clock_time}",),
}
"""Of the base data: what was understood before must be understood afterwards."""
