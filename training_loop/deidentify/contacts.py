"""E-mail addresses, telephone and other long numbers, codes, postcodes, street addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import phonenumbers

from training_loop.deidentify.finding import Finding, Kind
from training_loop.deidentify.spoken_numbers import digits_of, is_number, number_runs
from training_loop.deidentify.tokens import Token, word_set

IDENTIFYING_DIGITS: Final = 5
"""A number of so many digits, round hundreds not counted, is not shown."""
_SECRET_DIGITS: Final = 3
_SECRETS: Final = word_set(
    "pin password passcode code account card sort cvv security passport licence license "
    "number postcode zip"
)
_NO_SECRET: Final = frozenset({"a", "any", "random", "prime", "one", "channel", "chapter"})
_SECRET_WITHIN = 4
_REGIONS: Final = ("US", "GB")
_STREETS: Final = word_set(
    "street st road rd avenue ave lane boulevard blvd terrace crescent highway parkway gardens mews"
)
_STREETS_WITH_NUMBER: Final = word_set(
    "drive way place court close square grove hill park row walk circle trail"
)
_NO_STREET_NAME: Final = word_set(
    "the this that my a an our your on in at to of for from is cross minutes minute hours hour "
    "seconds second degrees percent o'clock am pm a.m p.m timer alarm clock block side one"
)
_NO_STREET_BEHIND: Final = word_set("light lights lamp lamps map trip test food")
_ADDRESS_PARTS: Final = frozenset({"apartment", "flat", "apt"})
_ENDINGS: Final = word_set(
    "com org net edu gov uk de fr es it nl eu io co us ca au info me dev app"
)
_DOTS: Final = frozenset({"dot", "period", "point"})
_NOT_LOCAL: Final = word_set(
    "is to the my his her an a at email e-mail mail address send from write for me please was of "
    "it's that's on"
)
_LONGEST_STREET = 3
_LONGEST_LOCAL = 8
_LONGEST_DOMAIN = 8
_WRITTEN_EMAIL = re.compile(r"\S+@\S+")
_POSTCODE = re.compile(
    r"\b(?:[a-z]{1,2}\d[a-z\d]?\s*\d[a-z]{2}|[a-z]\d[a-z]\s*\d[a-z]\d)\b", re.IGNORECASE
)
_HARMLESS_LETTERS: Final = frozenset({"a m", "p m", "t v", "u k", "u s a", "b b c", "d v d"})
_LETTERS_OF_A_CODE = 3


def emails(tokens: Sequence[Token]) -> Iterator[Finding]:
    """Written ones, and "... at ... dot com"."""
    for index, token in enumerate(tokens):
        if _WRITTEN_EMAIL.search(token.text):
            yield Finding(kind=Kind.EMAIL, first=index, last=index + 1)
        elif token.word == "at" and (end := _domain_end(tokens, index + 1)):
            first = index
            while (
                first > 0
                and index - first < _LONGEST_LOCAL
                and tokens[first - 1].word not in _NOT_LOCAL
            ):
                first -= 1
            if first < index:
                yield Finding(kind=Kind.EMAIL, first=first, last=end)


def numbers(tokens: Sequence[Token]) -> Iterator[Finding]:
    """Long enough to identify, or short but said to be a secret."""
    for run in number_runs(tokens):
        spoken_secret = {t.word for t in tokens[max(0, run.first - _SECRET_WITHIN) : run.first]}
        secret = bool(spoken_secret & _SECRETS) and not spoken_secret & _NO_SECRET
        if len(run.digits) >= (_SECRET_DIGITS if secret else IDENTIFYING_DIGITS):
            yield Finding(kind=Kind.NUMBER, first=run.first, last=run.last)
    yield from _codes(tokens)


def written_numbers(text: str, tokens: Sequence[Token]) -> Iterator[Finding]:
    """Telephone numbers in any national way of writing, and postcodes."""
    spans = [match.span() for match in _POSTCODE.finditer(text)]
    if any(character.isdigit() for character in text):
        for region in _REGIONS:
            matcher = phonenumbers.PhoneNumberMatcher(
                text, region, leniency=phonenumbers.Leniency.POSSIBLE
            )
            spans += [(match.start, match.end) for match in matcher]
    for start, end in spans:
        touched = [i for i, token in enumerate(tokens) if token.start < end and start < token.end]
        if touched:
            yield Finding(kind=Kind.NUMBER, first=touched[0], last=touched[-1] + 1)


def addresses(tokens: Sequence[Token]) -> Iterator[Finding]:
    """A street with its house number; a street alone; a flat."""
    for index, token in enumerate(tokens):
        if token.word in _ADDRESS_PARTS:
            yield from _flat(tokens, index)
        elif token.word in _STREETS | _STREETS_WITH_NUMBER:
            yield from _street(tokens, index)


def _flat(tokens: Sequence[Token], index: int) -> Iterator[Finding]:
    end = index + 1
    while end < len(tokens) and (is_number(tokens[end].word) or len(tokens[end].word) == 1):
        end += 1
    if end > index + 1:
        yield Finding(kind=Kind.ADDRESS, first=index, last=end)


def _street(tokens: Sequence[Token], index: int) -> Iterator[Finding]:
    """Up to three words of its name, and the house number before them. Words that also mean
    something else ("way", "close") need the number."""
    name = index
    while name > 0 and index - name < _LONGEST_STREET and _names_a_street(tokens[name - 1]):
        name -= 1
    if name == index:
        return
    house = name
    while house > 0 and is_number(tokens[house - 1].word):
        house -= 1
    if house < name:
        yield Finding(kind=Kind.ADDRESS, first=house, last=index + 1)
    elif tokens[index].word in _STREETS and _word(tokens, index + 1) not in _NO_STREET_BEHIND:
        yield Finding(kind=Kind.ADDRESS, first=index - 1, last=index + 1)


def _word(tokens: Sequence[Token], index: int) -> str:
    return tokens[index].word if 0 <= index < len(tokens) else ""


def _names_a_street(token: Token) -> bool:
    return bool(token.word) and token.word not in _NO_STREET_NAME and not is_number(token.word)


def _domain_end(tokens: Sequence[Token], start: int) -> int:
    """Behind the domain that begins at `start`; 0 when none does."""
    limit = min(len(tokens), start + _LONGEST_DOMAIN)
    end = 0
    for index in range(start, limit - 1):
        if tokens[index].word in _DOTS and tokens[index + 1].word in _ENDINGS and index > start:
            end = index + 2
    if end:
        return end
    first = tokens[start].word if start < len(tokens) else ""
    name, dot, ending = first.rpartition(".")
    return start + 1 if name and dot and ending in _ENDINGS else 0


def _codes(tokens: Sequence[Token]) -> Iterator[Finding]:
    """Spelled words, plates and postcodes: single letters in a row, with or without digits."""
    start = 0
    while start < len(tokens):
        end = start
        while end < len(tokens) and _is_symbol(tokens[end].word):
            end += 1
        words = [token.word for token in tokens[start:end]]
        letters = sum(len(word) == 1 and word.isalpha() for word in words)
        short_form = any(form in " ".join(words) for form in _HARMLESS_LETTERS)
        mixed = letters >= 2 and len(words) >= _LETTERS_OF_A_CODE + 1 and letters < len(words)
        if (letters >= _LETTERS_OF_A_CODE or mixed) and not (short_form and letters <= 3):
            yield Finding(kind=Kind.NUMBER, first=start, last=end)
        start = max(end, start + 1)


def _is_symbol(word: str) -> bool:
    return (len(word) == 1 and word.isalpha()) or digits_of(word) is not None
