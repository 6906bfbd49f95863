"""Numbers in words or digits, and back."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from text_to_num import text2num

MAX_CHARACTERS: Final = 200

# fmt: off
_ONES: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)
# fmt: on
_TENS: Final = (
    "-",
    "-",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
)
_PARTS: Final = {
    "half": Fraction(1, 2),
    "third": Fraction(1, 3),
    "thirds": Fraction(1, 3),
    "quarter": Fraction(1, 4),
    "quarters": Fraction(1, 4),
    "fourth": Fraction(1, 4),
    "fourths": Fraction(1, 4),
}
_ZERO: Final = frozenset({"oh", "o", "zero", "nought"})
_DIGITS = re.compile(r"\d{1,15}(?:\.\d{1,15})?")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


def parse_number(text: str) -> Fraction | None:
    """The number that the whole text says, or None.

    Understands digits, words, "minus", "two point five", "three and a half", "two thirds",
    "a dozen" and "half a million".
    """
    if len(text) > MAX_CHARACTERS:
        return None
    return _signed(_words(text))


def parse_integer(text: str) -> int | None:
    """As `parse_number`, for whole numbers alone."""
    number = parse_number(text)
    return int(number) if number is not None and number.denominator == 1 else None


def say_number(number: Fraction | int | float, places: int = 2) -> str:
    """In words below a thousand ("twenty one point five"), else in digits ("1,250.5").

    Rounded to `places` decimals.
    """
    rounded = round(Fraction(number), places)
    if rounded < 0:
        return f"minus {say_number(-rounded, places)}"
    whole = int(rounded)
    decimals = f"{int((rounded - whole) * 10**places):0{places}d}".rstrip("0") if places else ""
    if whole >= 1000:
        return f"{whole:,}.{decimals}" if decimals else f"{whole:,}"
    words = _say_below_thousand(whole)
    if not decimals:
        return words
    return f"{words} point {' '.join(_ONES[int(digit)] for digit in decimals)}"


def _words(text: str) -> list[str]:
    plain = _THOUSANDS.sub("", text.lower())
    plain = re.sub(r"(?<![\d.])-(?=[\d.])", "minus ", plain.strip())
    return plain.replace("-", " ").split()


def _signed(words: list[str]) -> Fraction | None:
    if words and words[0] in ("minus", "negative"):
        number = _unsigned(words[1:])
        return None if number is None else -number
    return _unsigned(words)


def _unsigned(words: list[str]) -> Fraction | None:
    """Fractions first, since "one hundred and a half" would look like a whole number."""
    if not words:
        return None
    for reading in (_mixed, _decimal, _multiple, _whole):
        number = reading(words)
        if number is not None:
            return number
    return None


def _mixed(words: list[str]) -> Fraction | None:
    """ "half", "a quarter", "three quarters", "two and a half"."""
    if words[-1] not in _PARTS:
        return None
    part = _PARTS[words[-1]]
    head = words[:-1]
    if not head or head in (["a"], ["one"]):
        return part
    if head[-2:] in (["and", "a"], ["and", "one"]):
        whole = _unsigned(head[:-2])
        return None if whole is None else whole + part
    if "and" in head:
        at = len(head) - 1 - head[::-1].index("and")
        whole, count = _unsigned(head[:at]), _whole(head[at + 1 :])
        return None if whole is None or count is None else whole + count * part
    count = _whole(head)
    return None if count is None else count * part


def _decimal(words: list[str]) -> Fraction | None:
    """ "two point five", "point oh five", "three point fourteen"."""
    if "point" not in words:
        return None
    at = words.index("point")
    whole = _whole(words[:at]) if at else Fraction(0)
    digits = _decimal_digits(words[at + 1 :])
    if whole is None or not digits:
        return None
    return whole + Fraction(int(digits), 10 ** len(digits))


def _decimal_digits(words: list[str]) -> str:
    zeros = 0
    while zeros < len(words) and words[zeros] in _ZERO:
        zeros += 1
    rest = words[zeros:]
    if all(word in _ZERO or word in _ONES[:10] for word in rest):
        digits = "".join("0" if word in _ZERO else str(_ONES.index(word)) for word in rest)
        return "0" * zeros + digits
    number = _whole(rest)
    if number is None or number.denominator != 1:
        return ""
    return "0" * zeros + str(number)


def _multiple(words: list[str]) -> Fraction | None:
    """ "a dozen", "half a dozen", "two and a half million"."""
    sizes = {"dozen": 12, "hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
    if words[-1] not in sizes:
        return None
    head = words[:-1]
    if head and head[-1] in ("a", "of") and len(head) > 1:
        head = head[:-1]
    if not head or head == ["a"]:
        count: Fraction | None = Fraction(1)
    elif words[-1] == "dozen" or head[-1] in _PARTS or "point" in head or _is_digits(head):
        count = _unsigned(head)
    else:
        return None
    return None if count is None else count * sizes[words[-1]]


def _is_digits(words: list[str]) -> bool:
    return len(words) == 1 and _DIGITS.fullmatch(words[0]) is not None


def _whole(words: list[str]) -> Fraction | None:
    if _is_digits(words):
        return Fraction(words[0])
    if len(words) == 1 and words[0] in _ZERO:
        return Fraction(0)
    if words and words[0] == "a":
        words = ["one", *words[1:]] if len(words) > 1 else []
    if not words or not all(word.isalpha() for word in words):
        return None
    try:
        return Fraction(text2num(" ".join(words), "en"))
    except ValueError:
        return None


def _say_below_thousand(number: int) -> str:
    if number < 20:
        return _ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return f"{_TENS[tens]} {_ONES[ones]}" if ones else _TENS[tens]
    hundreds, rest = divmod(number, 100)
    head = f"{_ONES[hundreds]} hundred"
    return f"{head} and {_say_below_thousand(rest)}" if rest else head
