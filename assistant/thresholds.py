"""The package of thresholds of a state directory, as a server reads it when it starts."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from assistant.hearing.endpointer import Endpointing
from training_loop.training.thresholds import Thresholds, ThresholdsRefused

NAME = "thresholds.json"

_log = logging.getLogger(__name__)


def in_service(state: Path) -> Thresholds | None:
    """None where there is no package. One that was changed is not used, and a warning says so: the
    server starts with the thresholds it was built with."""
    path = state / NAME
    if not path.exists():
        return None
    try:
        return Thresholds.read(path)
    except ThresholdsRefused as refused:
        _log.warning("%s: the thresholds of the code are used", refused.code)
        return None


def ending_after(endpointing: Endpointing, thresholds: Thresholds | None) -> Endpointing:
    """With the silence that was chosen, as far as the other times leave room for it."""
    if thresholds is None:
        return endpointing
    silence_ms = max(endpointing.speculate_after_ms, thresholds.trailing_silence_ms)
    return replace(endpointing, trailing_silence_ms=min(silence_ms, endpointing.maximum_ms - 1))
