"""Clips that were handed to the safety officers: values and errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import grpc

from training_loop.errors import TrainingLoopError
from training_loop.review.task import ClipReport, DeidentifiedClip


class CaseState(Enum):
    WAITING = "waiting"
    TAKEN = "taken"
    CLOSED = "closed"


class Disposition(Enum):
    """How a case was closed. Either way the clip, and what it was made from, are deleted."""

    NO_ACTION = "no_action"
    HANDED_ON = "handed_on"
    """To whom the procedure names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyCase:
    reference: str
    report: ClipReport
    state: CaseState
    reported_at_s: float
    """Unix time by the store's clock, as all of them."""
    due_at_s: float
    """By when somebody has to have taken it."""
    overdue: bool
    reporter: str
    """The id of a member of staff."""
    clip: DeidentifiedClip | None = field(default=None, repr=False)
    """For who has taken it alone; without its sound."""
    clip_ms: int = 0


class CaseUnknown(TrainingLoopError):
    """There is no such case, or its account took its consent back."""

    code = "CASE_UNKNOWN"
    status = grpc.StatusCode.NOT_FOUND
    hint = "List the cases again."


class CaseNotYours(TrainingLoopError):
    """Another safety officer has it, or nobody has taken it yet."""

    code = "CASE_NOT_YOURS"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "Take the case first; one that another officer has stays there."


class OfficersKeyRefused(TrainingLoopError):
    """The key of the safety officers' role is missing or none."""

    code = "OFFICERS_KEY_REFUSED"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "Put keys/safety-officers.key where safety officers are served."
