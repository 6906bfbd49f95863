"""Whether an utterance may be shown to people at all: enough accounts must have said the like.

It is judged twice. Before anything is read, by the census: what fails there is never opened. And
after de-identification, by what would be shown: a word that slipped through withholds the clip.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from dataclasses import replace
from enum import Enum

from training_loop.review.task import DeidentifiedClip
from training_loop.sampling.census import Likeness
from training_loop.sampling.words import Kind, words_of
from training_loop.utterance import NamedEntity


class Withheld(Enum):
    """Why an utterance is not offered."""

    RARE = "rare_words"
    """Too few accounts said it alike, and it has words that too few accounts said."""
    NOTHING_LEFT = "nothing_left"
    """All of it would be hidden."""
    NOTHING_HEARD = "nothing_heard"
    """No word was recognised, so none could be hidden in the sound."""
    UNCOUNTED = "uncounted"
    """It arrived after the accounts were counted; the next round knows it."""
    NOT_HIDDEN = "not_hidden"
    """De-identification left something that must not be shown."""
    TOO_LONG = "too_long"
    BROKEN = "broken"
    """It could not be de-identified."""


_BEFORE = {
    Likeness.UNCOUNTED: Withheld.UNCOUNTED,
    Likeness.NOTHING_HEARD: Withheld.NOTHING_HEARD,
    Likeness.NOTHING_LEFT: Withheld.NOTHING_LEFT,
    Likeness.RARE: Withheld.RARE,
}


def before(likeness: Likeness) -> Withheld | None:
    """None where it may be offered once it is de-identified."""
    return _BEFORE.get(likeness)


def after(
    clip: DeidentifiedClip, likeness: Likeness, known: Container[str]
) -> DeidentifiedClip | Withheld:
    """The clip as it may be offered, or why not.

    Other readings and entities that show an unknown word, or a number that the text hides, are
    dropped; in the text itself such a word withholds the clip, and so does a number in a request
    with rare words: those are alike only while their numbers are hidden.
    """
    kinds = Counter(kind for kind, _ in words_of(clip.text))
    if not kinds[Kind.PLAIN]:
        return Withheld.NOTHING_LEFT
    if kinds[Kind.NUMBER] and likeness is Likeness.ALIKE and _hides_rare(clip.text):
        return Withheld.NOT_HIDDEN
    if not all(_all_known(text, known) for text in (clip.text, *(w.text for w in clip.words))):
        return Withheld.NOT_HIDDEN
    numbers = bool(kinds[Kind.NUMBER])
    return replace(
        clip,
        readings=tuple(one for one in clip.readings if _all_known(one, known, numbers=numbers)),
        entities=tuple(one for one in clip.entities if _as_shown(one, clip.text, known)),
    )


def _hides_rare(text: str) -> bool:
    return any(
        kind is Kind.UNHEARD or (kind is Kind.PLACEHOLDER and word != "<number>")
        for kind, word in words_of(text)
    )


def _all_known(text: str, known: Container[str], *, numbers: bool = True) -> bool:
    return all(
        (kind is not Kind.NUMBER or numbers) and (kind is not Kind.PLAIN or word in known)
        for kind, word in words_of(text)
    )


def _as_shown(entity: NamedEntity, text: str, known: Container[str]) -> bool:
    """It marks what the text shows, and its value tells no more."""
    return text[entity.start : entity.end] == entity.text and (
        entity.value == entity.text or _all_known(entity.value, known, numbers=False)
    )
