"""Times in the zone of the person who reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp

_NANOSECONDS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A time as it is shown: `iso` for machines, the rest for people."""

    iso: str
    day: str
    """For example "Sunday, 22 November 2026"."""
    short_day: str
    clock: str
    zone: str

    def __str__(self) -> str:
        return f"{self.short_day}, {self.clock}"


def moment(at: Timestamp, zone: ZoneInfo) -> Moment:
    local = datetime.fromtimestamp(at.seconds, tz=zone)
    return Moment(
        iso=local.isoformat(),
        day=f"{local:%A}, {local.day} {local:%B %Y}",
        short_day=f"{local.day} {local:%b %Y}",
        clock=f"{local:%H:%M}",
        zone=local.tzname() or str(zone),
    )


def timestamp(at_s: float) -> Timestamp:
    whole = int(at_s)
    return Timestamp(seconds=whole, nanos=int((at_s - whole) * _NANOSECONDS))


def today(zone: ZoneInfo) -> str:
    """YYYY-MM-DD."""
    return datetime.now(tz=zone).date().isoformat()


def day_after(day: str) -> str:
    """Of a day that `midnight_s` has read. The last day there is stays itself."""
    try:
        return (datetime.fromisoformat(day) + timedelta(days=1)).date().isoformat()
    except OverflowError:
        return day
