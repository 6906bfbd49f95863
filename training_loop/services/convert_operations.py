"""Between the messages of the Operations service and the values of auditor and audit log."""

from __future__ import annotations

import re

from training_loop.audit.browsing import EntryFilter, EntryPage
from training_loop.audit.entry import NOTHING, AuditEntry
from training_loop.audit.verify import AuditReport
from training_loop.audit.verifying import LogState
from training_loop.auditor.last_rounds import EndedRound
from training_loop.services.convert_review import duration
from training_loop.services.fields import InvalidField, timestamp, unix_time_s
from training_loop.v1 import operations_pb2 as pb

_MOST_BREAKS = 50
_WORD = re.compile(r"[A-Za-z0-9._:-]{0,128}", re.ASCII)


def entry_filter(request: pb.ListAuditEntriesRequest) -> EntryFilter:
    """Raises InvalidField."""
    return EntryFilter(
        actor=_word("actor", request.actor),
        action=_word("action", request.action),
        subject=_word("subject", request.subject),
        shard=_word("shard", request.shard),
        since_ms=_ms(unix_time_s(request.since)),
        until_ms=_ms(unix_time_s(request.until)),
    )


def round_message(ended: EndedRound) -> pb.AuditorRound:
    return pb.AuditorRound(
        end_time=timestamp(ended.ended_at_s),
        took=duration(ended.took_s),
        checked=ended.checked,
        unsettled=ended.unsettled,
        findings=[
            pb.AuditorFinding(
                kind=one.kind, reason=one.reason, items=one.items, set_aside=one.set_aside
            )
            for one in ended.findings
        ],
    )


def log_state_message(state: LogState) -> pb.AuditLogState:
    message = pb.AuditLogState(entries=state.entries, alarm=state.alarm)
    if state.last is not None:
        message.last.CopyFrom(_verification(state.last.report, state.last.at_s))
    return message


def page_message(page: EntryPage) -> pb.ListAuditEntriesResponse:
    return pb.ListAuditEntriesResponse(
        entries=[_entry(one) for one in page.entries], next_page_token=page.next_place
    )


def _verification(report: AuditReport, at_s: float) -> pb.AuditLogVerification:
    return pb.AuditLogVerification(
        verify_time=timestamp(at_s),
        holds=report.holds,
        entries=report.entries,
        unsealed=report.unsealed,
        checkpoints=report.checkpoints,
        sealed_until=timestamp(report.sealed_until_ms / 1000),
        breaks=[
            pb.AuditLogBreak(shard=one.shard, number=one.number, what=one.what)
            for one in report.breaks[:_MOST_BREAKS]
        ],
        losses=len(report.losses),
    )


def _entry(entry: AuditEntry) -> pb.LoggedEntry:
    return pb.LoggedEntry(
        shard=entry.shard,
        number=entry.number,
        time=timestamp(entry.at_ms / 1000),
        actor=entry.actor,
        action=entry.action,
        subject="" if entry.subject == NOTHING else entry.subject,
        detail="" if entry.detail == NOTHING else entry.detail,
    )


def _word(field: str, value: str) -> str:
    if not _WORD.fullmatch(value):
        raise InvalidField(field, "must be at most 128 of A-Z, a-z, 0-9, '.', '_', ':', '-'")
    return value


def _ms(at_s: float) -> int:
    return max(0, round(at_s * 1000))
