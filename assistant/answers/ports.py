"""What skills work with."""

from __future__ import annotations

from dataclasses import dataclass

from redis.asyncio import Redis

from assistant.answers.agenda import Agenda
from assistant.answers.home_control import HomeControl
from assistant.answers.lists import Lists
from assistant.answers.sound import SoundState
from assistant.answers.weather_provider import WeatherProvider
from training_loop.rights import PrivacyRights
from training_loop.vault.sealer import Sealer


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillPorts:
    """Given to each skill when it is made; a skill takes what it needs.

    A skill that stores something of a person itself uses `store` with keys of the account's shard,
    seals it with `sealer`, and registers a PersonalStore, so that it is found to be erased.
    """

    rights: PrivacyRights
    sealer: Sealer
    store: Redis
    agenda: Agenda
    lists: Lists
    home: HomeControl
    sound: SoundState
    weather: WeatherProvider
