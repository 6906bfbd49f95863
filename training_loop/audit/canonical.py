"""One way to write a JSON value, so that signer and verifier see the same bytes.

The form of RFC 8785 for what is used here: objects, lists, ASCII text, integers, booleans, null.
"""

from __future__ import annotations

import json
from collections.abc import Mapping


class NotCanonical(ValueError):
    """The bytes are not the canonical form of a JSON object."""


def canonical(value: Mapping[str, object]) -> bytes:
    """Sorted names, no spaces, ASCII alone. Raises TypeError for a number that is no integer."""
    _check(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


def read_canonical(content: bytes) -> dict[str, object]:
    """Raises NotCanonical unless `content` is exactly what `canonical` writes."""
    try:
        found = json.loads(content.decode("ascii"))
        if isinstance(found, dict) and canonical(found) == content:
            return found
    except (ValueError, TypeError, RecursionError) as error:
        raise NotCanonical("not the canonical form of a JSON object") from error
    raise NotCanonical("not the canonical form of a JSON object")


def _check(value: object) -> None:
    if isinstance(value, float):
        raise TypeError("signed values hold whole numbers only")
    if isinstance(value, Mapping):
        for part in value.values():
            _check(part)
    elif isinstance(value, list | tuple):
        for part in value:
            _check(part)
