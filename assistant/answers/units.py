"""Units as people say them, converted by pint."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache
from typing import Any, Final

import pint

from assistant.errors import AssistantError

_NAME = re.compile(r"[a-z°² /]{1,40}")
_SPOKEN: Final = {
    "kilo": "kilogram",
    "kilos": "kilogram",
    "year": "common_year",
    "years": "common_year",
    "c": "celsius",
    "f": "fahrenheit",
    "degree": "celsius",
    "degrees": "celsius",
    "centigrade": "celsius",
    "stones": "stone",
    "ton": "metric_ton",
    "tons": "metric_ton",
    "tonnes": "metric_ton",
}


class UnknownUnit(AssistantError):
    code = "UNKNOWN_UNIT"


class CannotConvert(AssistantError):
    """The units measure different things."""

    code = "CANNOT_CONVERT"


def convert(amount: Fraction, source: str, target: str) -> float:
    """Raises UnknownUnit and CannotConvert."""
    registry = _registry()
    try:
        quantity = registry.Quantity(float(amount), _unit(source))
        return float(quantity.to(_unit(target)).magnitude)
    except (pint.DimensionalityError, pint.OffsetUnitCalculusError, OverflowError) as error:
        raise CannotConvert("these units measure different things") from error


@cache
def _registry() -> Any:
    return pint.UnitRegistry()


def _unit(name: str) -> Any:
    said = re.sub(r"^degrees? (?=.)", "", name.lower().strip())
    if not _NAME.fullmatch(said):
        raise UnknownUnit("not the name of a unit")
    over = " / ".join(_factor(part) for part in re.split(r" per | ?/ ?", said))
    try:
        return _registry().parse_units(over)
    except (pint.UndefinedUnitError, pint.DefinitionSyntaxError, ValueError, TypeError) as error:
        raise UnknownUnit("not the name of a unit") from error


def _factor(said: str) -> str:
    """ "square feet" as pint writes it."""
    for word, power in (("square ", 2), ("cubic ", 3)):
        if said.startswith(word):
            return f"{_factor(said.removeprefix(word))} ** {power}"
    return _SPOKEN.get(said, said.replace(" ", "_"))
