"""What a browser sends, within limits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Final
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from starlette.requests import Request

LARGEST_BODY: Final = 64 * 1024
_MOST_FIELDS: Final = 100
_MEDIA_TYPE: Final = "application/x-www-form-urlencoded"


class FormRefused(Exception):
    """A form that none of our pages sends. Holds nothing of what was sent."""


async def read_form(request: Request) -> Mapping[str, str]:
    """The fields, each once. Raises FormRefused for anything else than a small web form."""
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type != _MEDIA_TYPE:
        raise FormRefused("the body is no form")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise FormRefused("the form is too large")
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise FormRefused("the form cannot be read") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise FormRefused("a field is there twice")
    return fields


def midnight_s(day: str, zone: ZoneInfo) -> float:
    """The Unix time at which a day (YYYY-MM-DD) begins in a time zone. Raises FormRefused."""
    try:
        return datetime.combine(date.fromisoformat(day), time.min, tzinfo=zone).timestamp()
    except (ValueError, OverflowError, OSError):
        raise FormRefused("a date cannot be read") from None
