"""Cases of the safety officers as messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from training_loop.review.case import CaseState, Disposition, SafetyCase
from training_loop.services.convert_review import REPORTS, duration, word_message
from training_loop.services.fields import InvalidField, timestamp
from training_loop.v1 import review_pb2 as pb

_STATES: Mapping[CaseState, Any] = {
    state: pb.SafetyCase.State.Value(state.name) for state in CaseState
}
_DISPOSITIONS: Mapping[int, Disposition] = {
    pb.CloseCaseRequest.Disposition.Value(one.name): one for one in Disposition
}


def disposition(value: int) -> Disposition:
    """Raises InvalidField."""
    found = _DISPOSITIONS.get(value)
    if found is None:
        raise InvalidField("disposition", "must say what was done")
    return found


def cases_message(cases: Iterable[SafetyCase]) -> pb.ListCasesResponse:
    return pb.ListCasesResponse(cases=[case_message(case) for case in cases])


def case_message(case: SafetyCase) -> pb.SafetyCase:
    """With the words of the clip where the case has one: for who has taken it."""
    message = pb.SafetyCase(
        case_reference=case.reference,
        report=REPORTS[case.report],
        state=_STATES[case.state],
        report_time=timestamp(case.reported_at_s),
        due_time=timestamp(case.due_at_s),
        overdue=case.overdue,
    )
    if case.clip is not None:
        message.words.extend(word_message(word) for word in case.clip.words)
        message.clip_duration.CopyFrom(duration(case.clip_ms / 1000))
    return message
