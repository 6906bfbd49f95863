"""The thresholds of a running assistant as one small package that carries its own hash."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from training_loop.errors import TrainingLoopError

VERSION = 1


class ThresholdsRefused(TrainingLoopError):
    """A package that cannot be read, was changed, or says something impossible."""

    code = "THRESHOLDS_REFUSED"
    hint = "Choose them again, or run without the package."


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What each mistake costs; only their relations matter.

    Doing something that was not asked for is as bad as asking back twice; being cut off as waiting
    four seconds; waking on nothing as being ignored twice.
    """

    acted_wrongly: float = 2.0
    asked_back: float = 1.0
    cut_off: float = 4.0
    waited_1_s: float = 1.0
    woke_on_nothing: float = 2.0
    ignored: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NluThresholds:
    """How far the confidences of one NLU model can be believed.

    A confidence becomes a probability of being right by Platt's sigmoid over its log-odds; slope 1
    and offset 0 leave it as it is. Below `fallback` nothing is done without asking.
    """

    slope: float = 1.0
    offset: float = 0.0
    fallback: float = 0.5

    def calibrated(self, confidence: float) -> float:
        """0 to 1; keeps the order of confidences."""
        return sigmoid(self.slope * logit(confidence) + self.offset)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """What was chosen, for which model, and from how many outcomes of each kind."""

    nlu_model: str
    """Fingerprint of the archive that the NLU's part is for; empty where it is for none."""
    nlu: NluThresholds
    trailing_silence_ms: int
    """Silence after speech that ends an utterance."""
    wake_accept_from: float
    """Score from which a wake word is believed."""
    outcomes: Mapping[str, int]
    """By "nlu", "endpoint" and "wake"; parts with too few keep what was there before. Empty where
    nothing was chosen."""
    costs: Mapping[str, float]
    """What the choice minimised."""

    def __post_init__(self) -> None:
        sane = (
            self.nlu.slope > 0
            and math.isfinite(self.nlu.slope + self.nlu.offset)
            and 0 < self.nlu.fallback < 1
            and 0 < self.wake_accept_from < 1
            and 100 <= self.trailing_silence_ms <= 5000
        )
        if not sane:
            raise ThresholdsRefused("These thresholds are outside of what makes sense.")

    def write(self, path: Path) -> None:
        content = asdict(self) | {"version": VERSION}
        path.write_text(json.dumps(content | {"sha256": _hash(content)}, indent=1))

    @staticmethod
    def read(path: Path) -> Thresholds:
        """Raises ThresholdsRefused unless the content is what it was hashed as."""
        try:
            content: dict[str, Any] = json.loads(path.read_bytes())
            if content.pop("sha256") != _hash(content) or content.pop("version") != VERSION:
                raise ThresholdsRefused("The thresholds were changed after they were chosen.")
            return Thresholds(**{**content, "nlu": NluThresholds(**content["nlu"])})
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
            raise ThresholdsRefused("The thresholds cannot be read.") from fault


def logit(probability: float) -> float:
    """Log-odds, bounded to +-14 since a float confidence of 1 means no more than that."""
    bounded = min(1 - 1e-6, max(1e-6, probability))
    return math.log(bounded / (1 - bounded))


def sigmoid(log_odds: float) -> float:
    return 1 / (1 + math.exp(-max(-500.0, min(500.0, log_odds))))


def _hash(content: Mapping[str, Any]) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
