"""What settings are tried. Pure."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from training_loop.errors import InvalidArgument
from training_loop.training.language_model.building import LanguageModelSettings
from training_loop.training.trainer import ModelKind

Settings = Mapping[str, float]
"""By the names that the trainer gives them; empty for those it has by itself."""

MOST_TRIALS: Final = 256

SPACES: Final[Mapping[ModelKind, Mapping[str, tuple[float, ...]]]] = MappingProxyType(
    {
        # Of `LinearUnderstanding`: the support vectors' C, then the random field's.
        ModelKind.NLU: {
            "regularisation": (0.1, 0.25, 0.5, 1.0, 2.0),
            "c1": (0.01, 0.05, 0.1, 0.2),
            "c2": (0.01, 0.05, 0.1, 0.2),
            "max_iterations": (50, 100, 200),
        },
        # Of `LanguageModelSettings`.
        ModelKind.LANGUAGE_MODEL: {
            "order": (2, 3, 4),
            "pruned": (1e-9, 1e-8, 1e-7, 1e-6),
            "least_weight": (0.02, 0.05, 0.1, 0.2),
            "variations": (1, 2, 4, 8),
        },
    }
)


def draw(kind: ModelKind, trials: int, *, seed: int) -> tuple[Settings, ...]:
    """Different settings, the trainer's own first; the same for the same seed, and fewer trials
    are the beginning of more. Raises InvalidArgument for a kind without a space."""
    if kind not in SPACES:
        raise InvalidArgument(f"Nothing can be swept for models of the kind {kind.value}.")
    if not 1 <= trials <= MOST_TRIALS:
        raise InvalidArgument(f"A sweep has 1 to {MOST_TRIALS} trials.")
    space = SPACES[kind]
    every = [dict(zip(space, values, strict=True)) for values in itertools.product(*space.values())]
    random.Random(seed).shuffle(every)  # noqa: S311 - repeatable on purpose
    return ({}, *every[: trials - 1])


def checked(kind: ModelKind, settings: Settings) -> Settings:
    """Settings that came from a file. Raises InvalidArgument for unknown names and what is no
    number."""
    if unknown := set(settings) - set(SPACES.get(kind, ())):
        raise InvalidArgument(f"Unknown settings: {', '.join(sorted(unknown))}.")
    if not all(isinstance(value, int | float) for value in settings.values()):
        raise InvalidArgument("Settings are numbers.")
    return dict(settings)


def language_model_settings(settings: Settings) -> LanguageModelSettings:
    """With the trainer's own for what is not named."""
    whole = {"order", "variations"}
    given: dict[str, Any] = {
        name: int(value) if name in whole else value for name, value in settings.items()
    }
    return LanguageModelSettings(**given)
