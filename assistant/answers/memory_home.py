"""A home in memory, for demonstrations: every account has the same rooms and its own states."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from assistant.answers.home_control import Appliance, Climate
from assistant.errors import BadRequest

_MOST_HOMES: Final = 10_000
_FURNISHED: Final = (
    ("living room", "light", 80),
    ("living room", "lamp", 40),
    ("living room", "television", None),
    ("living room", "fan", None),
    ("living room", "stereo", None),
    ("living room", "air conditioner", None),
    ("kitchen", "light", 100),
    ("kitchen", "coffee machine", None),
    ("kitchen", "plug", None),
    ("kitchen", "kettle", None),
    ("kitchen", "oven", None),
    ("kitchen", "radio", None),
    ("kitchen", "dishwasher", None),
    ("bedroom", "light", 60),
    ("bedroom", "lamp", 30),
    ("bedroom", "heater", None),
    ("bathroom", "light", 100),
    ("bathroom", "heater", None),
    ("hallway", "light", 70),
    ("office", "light", 90),
    ("office", "fan", None),
    ("office", "computer", None),
    ("office", "printer", None),
    ("study", "light", 90),
    ("dining room", "light", 80),
    ("nursery", "night light", 20),
    ("guest room", "light", 70),
    ("garage", "light", 100),
    ("basement", "light", 100),
    ("basement", "washing machine", None),
    ("basement", "dryer", None),
    ("porch", "light", 70),
    ("garden", "light", 70),
    ("garden", "sprinkler", None),
)


@dataclass(slots=True, kw_only=True)
class _House:
    appliances: dict[str, Appliance]
    climate: Climate


class InMemoryHome:
    """Forgets everything when the process ends. Is a PersonalStore without keys."""

    name = "home"
    key_kinds: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self._houses: OrderedDict[str, _House] = OrderedDict()

    async def appliances(self, account: str) -> tuple[Appliance, ...]:
        return tuple(self._house(account).appliances.values())

    async def switch(self, account: str, appliance_id: str, *, on: bool) -> None:
        """Raises BadRequest for an appliance that is not there."""
        self._put(account, replace(self._appliance(account, appliance_id), is_on=on))

    async def dim(self, account: str, appliance_id: str, brightness: int) -> None:
        """Raises BadRequest for an appliance that is not there or cannot be dimmed."""
        appliance = self._appliance(account, appliance_id)
        if appliance.brightness is None or not 0 <= brightness <= 100:
            raise BadRequest("CANNOT_DIM", "that appliance cannot be dimmed so")
        if brightness:
            appliance = replace(appliance, brightness=brightness)
        self._put(account, replace(appliance, is_on=brightness > 0))

    async def climate(self, account: str) -> Climate:
        return self._house(account).climate

    async def set_target(self, account: str, target_c: float) -> None:
        house = self._house(account)
        house.climate = replace(house.climate, target_c=target_c)

    async def export(self, account: str) -> Mapping[str, object]:
        """Which appliances are on."""
        house = self._houses.get(account)
        if house is None:
            return {}
        return {name: appliance.is_on for name, appliance in house.appliances.items()}

    async def erase(self, account: str) -> int:
        return 0 if self._houses.pop(account, None) is None else 1

    def _appliance(self, account: str, appliance_id: str) -> Appliance:
        found = self._house(account).appliances.get(appliance_id)
        if found is None:
            raise BadRequest("UNKNOWN_APPLIANCE", "the home has no such appliance")
        return found

    def _put(self, account: str, appliance: Appliance) -> None:
        self._house(account).appliances[appliance.appliance_id] = appliance

    def _house(self, account: str) -> _House:
        house = self._houses.get(account)
        if house is None:
            house = self._houses[account] = _furnished()
            if len(self._houses) > _MOST_HOMES:
                self._houses.popitem(last=False)
        return house


def _furnished() -> _House:
    appliances = [
        Appliance(
            appliance_id=f"{room}/{kind}", kind=kind, room=room, is_on=False, brightness=brightness
        )
        for room, kind, brightness in _FURNISHED
    ]
    return _House(
        appliances={appliance.appliance_id: appliance for appliance in appliances},
        climate=Climate(measured_c=20.5, target_c=21.0),
    )
