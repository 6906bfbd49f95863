"""Weather from Open-Meteo: free, without an account or a key.

Formats: https://open-meteo.com/en/docs and https://open-meteo.com/en/docs/geocoding-api. Weather
codes are WMO 4677 as listed there.
"""

from __future__ import annotations

import json
import logging
from datetime import date
from typing import Any, Final

import httpx

from assistant.answers.weather_provider import Forecast, Sky, WeatherUnavailable

GEOCODING_URL: Final = "https://geocoding-api.open-meteo.com"
FORECAST_URL: Final = "https://api.open-meteo.com"
_TIMEOUT: Final = httpx.Timeout(3.0, connect=2.0)
_MOST_BYTES: Final = 256 * 1024
_DAILY: Final = "weather_code,temperature_2m_max,temperature_2m_min,precipitation_probability_max"
_CODES: Final = (
    (range(2), Sky.CLEAR),
    (range(2, 3), Sky.CLOUDY),
    (range(3, 4), Sky.OVERCAST),
    (range(45, 49), Sky.FOG),
    (range(51, 68), Sky.RAIN),
    (range(71, 78), Sky.SNOW),
    (range(80, 83), Sky.RAIN),
    (range(85, 87), Sky.SNOW),
    (range(95, 100), Sky.THUNDER),
)


class OpenMeteo:
    """Finds a place by its name, then asks for its forecast."""

    def __init__(
        self, *, geocoding_url: str = GEOCODING_URL, forecast_url: str = FORECAST_URL
    ) -> None:
        # httpx logs whole addresses, and an address holds a place that somebody said.
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._geocoding = f"{geocoding_url}/v1/search"
        self._forecast = f"{forecast_url}/v1/forecast"
        self._client = httpx.AsyncClient(timeout=_TIMEOUT, headers={"user-agent": "earmark"})

    async def close(self) -> None:
        await self._client.aclose()

    async def forecast(self, place: str, day: date) -> Forecast | None:
        """See `WeatherProvider.forecast`. Takes two requests, of three seconds each at most."""
        try:
            found = await self._get(
                self._geocoding, {"name": place, "count": "1", "language": "en", "format": "json"}
            )
            if not found.get("results"):
                return None
            spot = found["results"][0]
            return _forecast(spot["name"], await self._get(self._forecast, _query(spot, day)))
        except httpx.HTTPError as error:
            raise WeatherUnavailable("the weather service cannot be reached") from error
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise WeatherUnavailable("the weather service answered something else") from error

    async def _get(self, url: str, query: dict[str, str]) -> dict[str, Any]:
        async with self._client.stream("GET", url, params=query) as response:
            response.raise_for_status()
            body = b""
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > _MOST_BYTES:
                    raise ValueError("too long an answer")
        parsed = json.loads(body)
        if not isinstance(parsed, dict):
            raise TypeError("not an object")
        return parsed


def _query(spot: dict[str, Any], day: date) -> dict[str, str]:
    return {
        "latitude": str(float(spot["latitude"])),
        "longitude": str(float(spot["longitude"])),
        "current": "temperature_2m",
        "daily": _DAILY,
        "timezone": "auto",
        "start_date": day.isoformat(),
        "end_date": day.isoformat(),
    }


def _forecast(place: str, answer: dict[str, Any]) -> Forecast:
    daily = answer["daily"]
    current = answer.get("current") or {}
    is_today = str(current.get("time", ""))[:10] == daily["time"][0]
    return Forecast(
        place=str(place),
        sky=_sky(int(daily["weather_code"][0])),
        low_c=float(daily["temperature_2m_min"][0]),
        high_c=float(daily["temperature_2m_max"][0]),
        rain_percent=round(daily["precipitation_probability_max"][0] or 0),
        now_c=float(current["temperature_2m"]) if is_today else None,
    )


def _sky(code: int) -> Sky:
    return next((sky for codes, sky in _CODES if code in codes), Sky.CLOUDY)
