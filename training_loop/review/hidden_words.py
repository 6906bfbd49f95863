"""Puts the words that no person was shown back into what people agreed on: for machines alone.

Their account lets machines learn from them; a model that learned "<number>" would be of no use.
"""

from __future__ import annotations

import re
from dataclasses import replace

from training_loop.deidentify.placeholders import PLACEHOLDER, filled_with
from training_loop.review.task import DeidentifiedClip, Opinion
from training_loop.utterance import Utterance


def revealed(opinion: Opinion, clip: DeidentifiedClip, utterance: Utterance) -> Opinion | None:
    """The opinion with the words that its placeholders stand for.

    None where that is not certain: its placeholders are not those of the clip, in their order, or
    the clip's other words are not those that were heard.
    """
    shown = PLACEHOLDER.findall(clip.text)
    if PLACEHOLDER.findall(opinion.text) != shown:
        return None
    words = _words_behind(clip.text, utterance.heard)
    if words is None:
        return None
    said = filled_with(words, opinion.text, opinion.entities)
    return replace(opinion, text=said.text, entities=said.entities) if said else None


def _words_behind(shown: str, heard: str) -> list[str] | None:
    """What was heard in the place of each placeholder."""
    if not PLACEHOLDER.search(shown):
        return []
    pattern = r"\s+".join(
        r"(\S+(?:\s+\S+)*?)" if PLACEHOLDER.fullmatch(word) else re.escape(word)
        for word in shown.split()
    )
    found = re.fullmatch(rf"\s*{pattern}\s*", heard, re.IGNORECASE)
    return list(found.groups()) if found else None
