"""What of a device's locale is kept: one of a few words.

Each has millions of speakers. A finer tag, or a rare one, could tell whose device it is when an
instance has few: all others are the same word.
"""

from __future__ import annotations

import re
from typing import Final

from assistant.errors import BadRequest

DEFAULT: Final = "en"
"""Of a device that does not say."""
OTHER: Final = "other"
LONGEST: Final = 35
"""Characters; RFC 5646, 4.4.1, asks for room for so many."""
KNOWN: Final = (
    *("en", "en-US", "en-GB", "en-AU", "en-CA", "en-IE", "en-IN", "en-KE", "en-NG", "en-NZ"),
    *("en-PH", "en-SG", "en-ZA", "en-GB-scotland", "en-029"),
)
"""BCP 47 tags as they are written; "en-029" is the English of the Caribbean."""
_TAG = re.compile(
    r"(?P<language>[a-z]{2,3}(-[a-z]{3}){0,3}|[a-z]{4,8})"
    r"(-(?P<script>[a-z]{4}))?"
    r"(-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)"
    r"(-[0-9a-wy-z](-[a-z0-9]{2,8})+)*"
    r"(-x(-[a-z0-9]{1,8})+)?"
)
"""RFC 5646, 2.1, without tags that are irregular or private as a whole; in lower case."""
_KNOWN = {tag.lower(): tag for tag in KNOWN}


def locale_of(tag: str) -> str:
    """The word that is kept for a BCP 47 tag, in whatever case: one of `KNOWN`, else `OTHER`.

    Scripts, extensions, private parts and variants that are not among them count for nothing.
    Empty is `DEFAULT`. Raises BadRequest for what is no well-formed tag.
    """
    if not tag:
        return DEFAULT
    found = _TAG.fullmatch(tag.lower()) if len(tag) <= LONGEST and tag.isascii() else None
    if found is None:
        raise BadRequest(
            "BAD_LOCALE",
            "The locale is not a language tag.",
            'Send a BCP 47 tag such as "en-GB", or leave it empty.',
        )
    place = "-".join(filter(None, (found["language"], found["region"])))
    return _KNOWN.get(place + found["variants"]) or _KNOWN.get(place) or OTHER
