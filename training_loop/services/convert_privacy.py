"""Between the messages of the Privacy service and the values of the rights."""

from __future__ import annotations

from google.protobuf.field_mask_pb2 import FieldMask

from training_loop.rights import (
    DeletionReport,
    HistoryEntry,
    HistoryPage,
    PrivacySettings,
    SettingsChange,
)
from training_loop.services.fields import InvalidField, timestamp
from training_loop.v1 import privacy_pb2

CHANGEABLE = ("keep_history", "retention_days", "improve_models", "human_review")


def settings_message(settings: PrivacySettings) -> privacy_pb2.PrivacySettings:
    return privacy_pb2.PrivacySettings(
        keep_history=settings.keep_history,
        retention_days=settings.retention_days,
        improve_models=settings.improve_models,
        human_review=settings.human_review,
        epoch=settings.epoch,
    )


def settings_change(settings: privacy_pb2.PrivacySettings, mask: FieldMask) -> SettingsChange:
    """What the mask names, and nothing else.

    Raises InvalidField for an empty mask and for an unknown path.
    """
    paths = set(mask.paths)
    if not paths or not paths <= set(CHANGEABLE):
        raise InvalidField("update_mask", f"must name one or more of {', '.join(CHANGEABLE)}")
    return SettingsChange(
        keep_history=settings.keep_history if "keep_history" in paths else None,
        retention_days=settings.retention_days if "retention_days" in paths else None,
        improve_models=settings.improve_models if "improve_models" in paths else None,
        human_review=settings.human_review if "human_review" in paths else None,
    )


def history_message(page: HistoryPage) -> privacy_pb2.ListUtterancesResponse:
    return privacy_pb2.ListUtterancesResponse(
        utterances=[_record_message(entry) for entry in page.entries],
        next_page_token=page.next_page_token,
    )


def _record_message(entry: HistoryEntry) -> privacy_pb2.UtteranceRecord:
    return privacy_pb2.UtteranceRecord(
        utterance_id=entry.utterance_id,
        capture_time=timestamp(entry.captured_at_s),
        device=entry.device,
        heard=entry.heard,
        intent=entry.intent,
        answer=entry.answer,
        in_history=entry.in_history,
        in_learning_queue=entry.in_learning_queue,
    )


def deletion_message(report: DeletionReport) -> privacy_pb2.DeletionReport:
    return privacy_pb2.DeletionReport(
        history_records=report.history_records,
        queue_items=report.queue_items,
        audio_blobs=report.audio_blobs,
        log_rewritten=report.log_rewritten,
        complete_time=timestamp(report.completed_at_s),
    )
