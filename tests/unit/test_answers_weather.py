"""The weather comes from a service that speaks Open-Meteo's format, or is honestly missing."""

from __future__ import annotations

import asyncio
import logging
from datetime import date

import pytest

from assistant.answers.open_meteo import OpenMeteo
from assistant.answers.weather_provider import Sky, WeatherUnavailable
from tests.fixtures.answers import Talk, WeatherStation

TODAY = date(2026, 11, 22)


async def test_todays_weather_is_told(talk: Talk, weather_station: WeatherStation) -> None:
    assert await talk.say("weather in berlin", "ask_weather", city="berlin") == (
        "It's seven degrees in Berlin now. Today it will be rainy, with a high of eight degrees "
        "and a low of minus one."
    )
    place, forecast = weather_station.asked
    assert place["name"] == ["berlin"]
    assert forecast["timezone"] == ["auto"]


async def test_another_day_is_asked_for_as_such(
    talk: Talk, weather_station: WeatherStation
) -> None:
    weather_station.code = 0
    answer = await talk.say("tomorrow", "ask_weather", city="berlin", day="tomorrow")
    assert answer == (
        "Tomorrow in Berlin it will be clear, with a high of eight degrees and a low of minus one."
    )
    assert weather_station.asked[-1]["start_date"] == ["2026-11-23"]


async def test_rain_is_answered_with_its_chance(talk: Talk) -> None:
    answer = await talk.say("will it rain", "ask_rain", city="berlin", day="on friday")
    assert answer == "Yes, probably: in Berlin on Friday the chance of rain is seventy one percent."


async def test_a_missing_city_is_asked_for_and_the_day_kept(
    talk: Talk, weather_station: WeatherStation
) -> None:
    question = await talk.say("will it rain tomorrow", "ask_rain", day="tomorrow")
    assert question == "For which city?"
    assert "Berlin tomorrow" in await talk.say("in berlin", "inform")
    assert weather_station.asked[-1]["start_date"] == ["2026-11-23"]


async def test_an_unknown_place_and_a_far_day_are_said_so(talk: Talk) -> None:
    assert await talk.say("weather in xyzzy", "ask_weather", city="xyzzy") == (
        "Sorry, I don't know that place."
    )
    assert await talk.say("weather", "ask_weather", city="berlin", day="the third of may") == (
        "I can only look two weeks ahead."
    )


@pytest.mark.parametrize("broken", ["status", "format"])
async def test_a_broken_service_is_said_so(
    talk: Talk, weather_station: WeatherStation, broken: str
) -> None:
    weather_station.broken = broken
    assert await talk.say("weather", "ask_weather", city="berlin") == (
        "Sorry, I can't reach the weather service right now."
    )


async def test_a_service_that_is_away_is_unavailable() -> None:
    server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    server.close()
    await server.wait_closed()
    url = f"http://{host}:{port}"
    provider = OpenMeteo(geocoding_url=url, forecast_url=url)
    with pytest.raises(WeatherUnavailable):
        await provider.forecast("berlin", TODAY)
    await provider.close()


async def test_an_endless_answer_is_cut_off() -> None:
    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
        try:
            while not writer.is_closing():
                writer.write(b" " * 65_536)
                await writer.drain()
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(pour, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    url = f"http://{host}:{port}"
    provider = OpenMeteo(geocoding_url=url, forecast_url=url)
    with pytest.raises(WeatherUnavailable):
        await provider.forecast("berlin", TODAY)
    await provider.close()
    server.close()
    await server.wait_closed()


async def test_no_place_is_logged(weather: OpenMeteo, caplog: pytest.LogCaptureFixture) -> None:
    """httpx logs whole addresses unless told otherwise."""
    with caplog.at_level(logging.INFO):
        forecast = await weather.forecast("berlin", TODAY)
    assert forecast is not None
    assert forecast.sky is Sky.RAIN
    assert "berlin" not in caplog.text.lower()
