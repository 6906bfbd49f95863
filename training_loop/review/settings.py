"""What an instance sets about reviewing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from training_loop.errors import InvalidArgument
from training_loop.review.checks import CheckRate
from training_loop.review.shift import ShiftLimits

HELP_CHARACTERS = 500
DEFAULT_HELP = (
    "Skip whatever you like; nobody asks why. If something you heard stays with you, take a break "
    "and talk to your shift lead or to somebody you trust: this is part of the job, not a weakness."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSettings:
    """Raises InvalidArgument for what protects nobody."""

    shift: ShiftLimits = field(default_factory=ShiftLimits)
    checks: CheckRate = field(default_factory=CheckRate)
    help: str = DEFAULT_HELP
    """Where reviewers find help; shown to them all the time."""

    def __post_init__(self) -> None:
        if not 0 < len(self.help) <= HELP_CHARACTERS:
            raise InvalidArgument(f"Where help is, is said in 1 to {HELP_CHARACTERS} characters.")

    @staticmethod
    def from_environment(environment: Mapping[str, str] = os.environ) -> ReviewSettings:
        """Reads EARMARK_SHIFT_CLIPS, EARMARK_SHIFT_WORK_MINUTES, EARMARK_SHIFT_BREAK_MINUTES,
        EARMARK_CHECK_RATE (0 to 1) and EARMARK_REVIEW_HELP."""
        limits, rate = ShiftLimits(), CheckRate()
        usual = _number(environment, "EARMARK_CHECK_RATE", rate.usual)
        if not 0 <= usual <= 1:
            raise InvalidArgument("EARMARK_CHECK_RATE is a share from 0 to 1.")
        return ReviewSettings(
            shift=ShiftLimits(
                clips=int(_number(environment, "EARMARK_SHIFT_CLIPS", limits.clips)),
                work_s=60 * _number(environment, "EARMARK_SHIFT_WORK_MINUTES", limits.work_s / 60),
                break_s=60
                * _number(environment, "EARMARK_SHIFT_BREAK_MINUTES", limits.break_s / 60),
            ),
            checks=CheckRate(usual=usual, early=max(usual, rate.early)),
            help=environment.get("EARMARK_REVIEW_HELP") or DEFAULT_HELP,
        )


def _number(environment: Mapping[str, str], name: str, otherwise: float) -> float:
    try:
        return float(environment.get(name) or otherwise)
    except ValueError:
        raise InvalidArgument(f"{name} is a number.") from None
