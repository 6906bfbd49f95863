"""What requests have in common: field checks, page sizes and times."""

from __future__ import annotations

import re
import unicodedata

from google.protobuf.timestamp_pb2 import Timestamp

from training_loop.errors import InvalidArgument

_IDENTIFIER = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_PAGE_TOKEN_CHARACTERS = 512
_NANOSECONDS = 1_000_000_000


class InvalidField(InvalidArgument):
    """A field outside of what the contract allows; the message names it."""

    code = "INVALID_FIELD"

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.hint = f"Correct {field} and send the request again."


def identifier(field: str, value: str) -> str:
    """An id in a request. Raises InvalidField unless it is 1 to 64 characters of
    [A-Za-z0-9._-]."""
    if not _IDENTIFIER.fullmatch(value):
        raise InvalidField(field, "must be 1 to 64 characters of A-Z, a-z, 0-9, '.', '_', '-'")
    return value


def short_text(field: str, value: str, *, most: int) -> str:
    """Free text without control characters. Raises InvalidField."""
    if len(value) > most or any(unicodedata.category(one) == "Cc" for one in value):
        raise InvalidField(field, f"must be at most {most} characters, none of them control ones")
    return value


def page_size(value: int, *, default: int, most: int) -> int:
    """As https://google.aip.dev/158 has it: 0 means the default, too much means the most."""
    if value < 0:
        raise InvalidField("page_size", "must not be negative")
    return min(value or default, most)


def page_token(value: str) -> str:
    if len(value) > _PAGE_TOKEN_CHARACTERS:
        raise InvalidField("page_token", "is not one of this service")
    return value


def timestamp(at_s: float) -> Timestamp:
    """Of a Unix time."""
    seconds, fraction = divmod(round(at_s * _NANOSECONDS), _NANOSECONDS)
    return Timestamp(seconds=seconds, nanos=fraction)


def unix_time_s(value: Timestamp) -> float:
    return value.seconds + value.nanos / _NANOSECONDS
