"""Numbers and times as people read them."""

from __future__ import annotations

from datetime import UTC, datetime

from training_loop.training.slices import Slice, SliceKind

_MINUTE_S = 60.0
_HOUR_S = 3600.0


def percent(value: float) -> str:
    """Of a share, 0 to 1."""
    return f"{value:.1%}"


def points(change: float) -> str:
    """Percentage points with their sign; a minus is a real one."""
    return signed(100 * change)


def signed(value: float) -> str:
    text = f"{value:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", "\N{MINUS SIGN}")


def number(value: int) -> str:
    return f"{value:,}"


def duration(seconds: float) -> str:
    if seconds < _MINUTE_S:
        return f"{seconds:.1f} s"
    if seconds < _HOUR_S:
        return f"{seconds / _MINUTE_S:.1f} min"
    return f"{seconds / _HOUR_S:.1f} h"


def size(size_bytes: int) -> str:
    if size_bytes < 1_000_000:
        return f"{size_bytes / 1e3:.1f} kB"
    return f"{size_bytes / 1e6:.1f} MB"


def moment(at_s: float) -> str:
    """A Unix time, in UTC."""
    return datetime.fromtimestamp(at_s, tz=UTC).strftime("%d %B %Y, %H:%M UTC").lstrip("0")


def day(at_s: float) -> str:
    return moment(at_s).partition(",")[0]


def counted(value: int, one: str, several: str = "") -> str:
    """A number with its noun: "1 clip", "2 clips"."""
    return f"{number(value)} {one if value == 1 else several or one + 's'}"


def part_name(part: Slice) -> str:
    """A part of the hold-out by itself: "set_timer", "noise: loud"."""
    if part.kind is SliceKind.OVERALL:
        return "everything"
    if part.kind is SliceKind.ENTITIES:
        return "all entities"
    if part.kind is SliceKind.GROUP:
        name, _, value = part.name.partition("=")
        return f"{name.replace('_', ' ')}: {value}"
    return part.name
