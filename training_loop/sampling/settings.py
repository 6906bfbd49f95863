"""How much people hear, and how many must have said something before they do."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from training_loop.errors import InvalidArgument

WINDOW_DAYS = 30
"""What was said longer ago and was not picked is not picked any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingSettings:
    """Raises InvalidArgument for what cannot be meant."""

    rate: float = 0.01
    """Of the utterances that may be heard, the share that is at most: 0 to 1."""
    accounts_alike: int = 5
    """k of the k-anonymity: so many accounts make a word or a shape of request common."""
    per_account_day: int = 3
    """At most so many of what an account said in a day (UTC)."""
    uncertain_share: float = 0.5
    """Of what is picked, the part taken from requests that went badly; the rest is random."""
    unsure_words_below: float = 0.6
    unsure_intent_below: float = 0.6
    longest_clip_s: float = 60.0
    """A longer recording is something else than a request: nobody hears it."""
    sound: bool = True
    """False: reviewers get redacted transcripts alone."""
    most_a_round: int = 500
    """A round offers at most so many; the rest is the next one's."""
    every_s: float = 60.0
    """From one round's end to the next one's beginning, at least."""
    seed: str = ""
    """Empty: each round draws one. The seed of a round stands in its report."""

    def __post_init__(self) -> None:
        for name in ("rate", "uncertain_share", "unsure_words_below", "unsure_intent_below"):
            if not 0 <= getattr(self, name) <= 1:
                raise InvalidArgument(f"{name} of the sampling is a share from 0 to 1.")
        for name in ("accounts_alike", "per_account_day", "most_a_round"):
            if getattr(self, name) < 1:
                raise InvalidArgument(f"{name} of the sampling is at least 1.")
        for name in ("longest_clip_s", "every_s"):
            if not 0 < getattr(self, name) < math.inf:
                raise InvalidArgument(f"{name} of the sampling is a number of seconds above 0.")

    @staticmethod
    def from_environment(environment: Mapping[str, str] = os.environ) -> SamplingSettings:
        """Reads EARMARK_REVIEW_RATE, EARMARK_REVIEW_K, EARMARK_REVIEW_PER_ACCOUNT_DAY,
        EARMARK_REVIEW_UNCERTAIN_SHARE, EARMARK_REVIEW_SOUND (on or off), EARMARK_REVIEW_EVERY
        (seconds) and EARMARK_REVIEW_SEED."""
        default = SamplingSettings()
        read = partial(_number, environment)
        return SamplingSettings(
            rate=read("EARMARK_REVIEW_RATE", default.rate),
            accounts_alike=_whole(environment, "EARMARK_REVIEW_K", default.accounts_alike),
            per_account_day=_whole(
                environment, "EARMARK_REVIEW_PER_ACCOUNT_DAY", default.per_account_day
            ),
            uncertain_share=read("EARMARK_REVIEW_UNCERTAIN_SHARE", default.uncertain_share),
            sound=switch(environment, "EARMARK_REVIEW_SOUND"),
            every_s=read("EARMARK_REVIEW_EVERY", default.every_s),
            seed=environment.get("EARMARK_REVIEW_SEED", ""),
        )


def switch(environment: Mapping[str, str], name: str) -> bool:
    """A setting that is on unless it says "off". Raises InvalidArgument for other words."""
    word = environment.get(name) or "on"
    if word not in ("on", "off"):
        raise InvalidArgument(f'{name} is "on" or "off".')
    return word == "on"


def _number(environment: Mapping[str, str], name: str, otherwise: float) -> float:
    try:
        return float(environment.get(name) or otherwise)
    except ValueError:
        raise InvalidArgument(f"{name} is a number.") from None


def _whole(environment: Mapping[str, str], name: str, otherwise: int) -> int:
    value = _number(environment, name, otherwise)
    if not value.is_integer():
        raise InvalidArgument(f"{name} is a whole number.")
    return int(value)
