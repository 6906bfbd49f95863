"""What a text must be before an interpreter sees it."""

from __future__ import annotations

import unicodedata

from assistant.errors import BadRequest

MAX_CHARACTERS = 1000
_REFUSED = {"Cc", "Cs"}
"""Unicode categories: control characters and lone surrogates."""


def clean(text: str) -> str:
    """The text in composed, lower-case form with single spaces, as a recogniser writes it.

    Leading slashes are taken off: Rasa would read `/intent{...}` as the intent itself. Raises
    BadRequest TEXT_TOO_LONG, TEXT_CONTROL_CHARACTERS or TEXT_EMPTY. Cleaning twice changes
    nothing.
    """
    if len(text) > MAX_CHARACTERS:
        raise BadRequest("TEXT_TOO_LONG", f"A text has at most {MAX_CHARACTERS} characters.")
    if any(unicodedata.category(character) in _REFUSED for character in text):
        raise BadRequest("TEXT_CONTROL_CHARACTERS", "A text must not hold control characters.")
    composed = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())
    cleaned = " ".join(composed.split()).lstrip("/ ")
    if not cleaned:
        raise BadRequest("TEXT_EMPTY", "A text needs at least one character.")
    return cleaned
