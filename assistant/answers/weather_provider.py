"""The port to a weather service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Protocol

import grpc

from assistant.errors import AssistantError


class Sky(Enum):
    """What it looks like, in words that follow "it will be" or "it is"."""

    CLEAR = "clear"
    CLOUDY = "partly cloudy"
    OVERCAST = "overcast"
    FOG = "foggy"
    RAIN = "rainy"
    SNOW = "snowy"
    THUNDER = "stormy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """One day at one place; temperatures in degrees Celsius, `now_c` only for today."""

    place: str
    sky: Sky
    low_c: float
    high_c: float
    rain_percent: int
    now_c: float | None = None


class WeatherUnavailable(AssistantError):
    """The weather service cannot be reached, is too slow, or answers nonsense."""

    code = "WEATHER_UNAVAILABLE"
    status = grpc.StatusCode.UNAVAILABLE
    hint = "Try again in a moment."


class WeatherProvider(Protocol):
    async def forecast(self, place: str, day: date) -> Forecast | None:
        """None for a place that nobody knows. Raises WeatherUnavailable.

        The place's name leaves the house; nothing else of the request does.
        """
        ...
