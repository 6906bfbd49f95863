"""Working out what was said or typed: "twelve times seven", "20 % of 50", "(1 + 2) * 3".

A recursive descent over a fixed grammar on exact fractions; nothing is ever evaluated as code.
    sum      = product (("plus" | "minus") product)*
    product  = power (("times" | "divided by") power)*
    power    = operand ("squared" | "cubed" | "to the power of" power)*
    operand  = "minus" power | "square root of" power | "(" sum ")"
             | number ["percent"] ["of" power]
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Final

from assistant.answers.spoken.numbers import parse_number
from assistant.errors import AssistantError

LARGEST: Final = 10**15
MAX_CHARACTERS: Final = 300
_MOST_TOKENS: Final = 60
_MOST_EXPONENT: Final = 100

_SAID: Final = (
    (r"\bto the power of\b|\braised to\b|\*\*", "^"),
    (r"\b(?:multiplied by|times|x)\b|\u00d7", "*"),
    (r"\b(?:divided by|over)\b|\u00f7", "/"),
    (r"\b(?:plus|added to)\b", "+"),
    (r"\bminus\b|\u2212", "-"),
    (r"\b(?:the )?square root of\b", "root"),
    (r"\bsquared\b", "^2"),
    (r"\bcubed\b", "^3"),
    (r"\bper ?cent\b|%", " percent "),
)
_LEAD_IN = re.compile(
    r"^(?:please |(?:what|how much)(?:'s| is| are| does)? |calculate |compute |work out |solve )+"
)
_TRAIL = re.compile(r"(?: equals?| make)?(?: please)?[?.= ]*$")
_TOKEN = re.compile(r"\s*(\d[\d,]*\.?\d*|[-+*/^()]|[a-z']+(?:-[a-z']+)*)")
_OPERATORS: Final = frozenset("+-*/^()") | {"root", "percent", "of"}


class NotArithmetic(AssistantError):
    code = "NOT_ARITHMETIC"


class DividedByZero(AssistantError):
    code = "DIVIDED_BY_ZERO"


class TooLarge(AssistantError):
    """Beyond 10**15, or an exponent beyond 100."""

    code = "TOO_LARGE"


def evaluate(text: str) -> Fraction:
    """The value of an expression. Raises NotArithmetic, DividedByZero and TooLarge."""
    tokens = _tokens(text)
    reader = _Reader(tokens)
    value = reader.sum()
    if not reader.done():
        raise NotArithmetic("something is left over")
    return value


def _tokens(text: str) -> list[Fraction | str]:
    plain = _TRAIL.sub("", _LEAD_IN.sub("", text.lower().strip()))
    if not plain or len(plain) > MAX_CHARACTERS:
        raise NotArithmetic("nothing to work out")
    for said, symbol in _SAID:
        plain = re.sub(said, f" {symbol} ", plain)
    tokens: list[Fraction | str] = []
    words: list[str] = []
    position = 0
    while position < len(plain.rstrip()):
        match = _TOKEN.match(plain, position)
        if match is None:
            raise NotArithmetic("an unknown character")
        position = match.end()
        if match[1] in _OPERATORS:
            tokens += [*_number(words), match[1]]
            words = []
        else:
            words.append(match[1])
    tokens += _number(words)
    if len(tokens) > _MOST_TOKENS:
        raise TooLarge("too long an expression")
    return tokens


def _number(words: list[str]) -> list[Fraction | str]:
    if not words:
        return []
    number = parse_number(" ".join(words))
    if number is None:
        raise NotArithmetic("not a number")
    return [_bounded(number)]


def _bounded(value: Fraction) -> Fraction:
    if abs(value) > LARGEST or value.denominator > LARGEST**3:
        raise TooLarge("beyond what can be said")
    return value


class _Reader:
    def __init__(self, tokens: list[Fraction | str]) -> None:
        self._tokens = tokens
        self._at = 0

    def done(self) -> bool:
        return self._at == len(self._tokens)

    def sum(self) -> Fraction:
        value = self._product()
        while operator := self._take("+", "-"):
            other = self._product()
            value = _bounded(value + other if operator == "+" else value - other)
        return value

    def _product(self) -> Fraction:
        value = self._power()
        while operator := self._take("*", "/"):
            other = self._power()
            if operator == "/" and other == 0:
                raise DividedByZero("a division by zero")
            value = _bounded(value * other if operator == "*" else value / other)
        return value

    def _power(self) -> Fraction:
        value = self._operand()
        while self._take("^"):
            value = _raised(value, self._operand())
        return value

    def _operand(self) -> Fraction:
        if self._take("-"):
            return -self._power()
        if self._take("root"):
            return _root(self._power())
        if self._take("("):
            value = self.sum()
            if not self._take(")"):
                raise NotArithmetic("a bracket is open")
            return value
        value = self._literal()
        if self._take("percent"):
            value /= 100
        return _bounded(value * self._power()) if self._take("of") else value

    def _literal(self) -> Fraction:
        token = None if self.done() else self._tokens[self._at]
        if not isinstance(token, Fraction):
            raise NotArithmetic("a number is missing")
        self._at += 1
        return token

    def _take(self, *operators: str) -> str:
        token = None if self.done() else self._tokens[self._at]
        if isinstance(token, str) and token in operators:
            self._at += 1
            return token
        return ""


def _raised(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1 or abs(exponent) > _MOST_EXPONENT:
        raise TooLarge("an exponent that is no whole number up to 100")
    if base == 0 and exponent < 0:
        raise DividedByZero("a division by zero")
    size = max(abs(base.numerator), base.denominator)
    if size > 1 and abs(exponent) * math.log10(size) > 45:
        raise TooLarge("beyond what can be said")
    return _bounded(Fraction(base ** int(exponent)))


def _root(value: Fraction) -> Fraction:
    if value < 0:
        raise NotArithmetic("the square root of a negative number")
    top, bottom = math.isqrt(value.numerator), math.isqrt(value.denominator)
    if top * top == value.numerator and bottom * bottom == value.denominator:
        return Fraction(top, bottom)
    return Fraction(math.sqrt(value)).limit_denominator(10**9)
