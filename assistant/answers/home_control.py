"""The port to the lights, switches and the thermostat of an account's home."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Appliance:
    """Something that can be switched. `brightness` is 0 to 100, None if it cannot be dimmed."""

    appliance_id: str
    kind: str
    """Lower case: "light", "lamp", "fan", "coffee machine", ..."""
    room: str
    is_on: bool
    brightness: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Climate:
    """Degrees Celsius."""

    measured_c: float
    target_c: float


class HomeControl(Protocol):
    """Knows one home for each account. Methods raise EarmarkError when the home is away."""

    async def appliances(self, account: str) -> tuple[Appliance, ...]: ...

    async def switch(self, account: str, appliance_id: str, *, on: bool) -> None: ...

    async def dim(self, account: str, appliance_id: str, brightness: int) -> None:
        """0 to 100; 0 switches off, anything else on."""
        ...

    async def climate(self, account: str) -> Climate: ...

    async def set_target(self, account: str, target_c: float) -> None: ...
