"""Between the messages of the Privacy service and the values of the rights."""

from __future__ import annotations

from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask

from training_loop.receipts.evidence import PendingKind
from training_loop.rights import (
    CONSENT_TEXT_VERSION,
    LEARNING_DAYS,
    ConsentPage,
    ConsentRecord,
    DeletionReport,
    HistoryEntry,
    HistoryPage,
    Listen,
    PrivacySettings,
    SettingsChange,
)
from training_loop.services.erasures import pending_message
from training_loop.services.fields import InvalidField, timestamp
from training_loop.v1 import privacy_pb2

_CHANNELS = {
    privacy_pb2.CONSENT_CHANNEL_UNSPECIFIED: "api",
    privacy_pb2.CONSENT_CHANNEL_API: "api",
    privacy_pb2.CONSENT_CHANNEL_PAGE: "page",
}
_REMOVALS = {
    "false_wake": privacy_pb2.REMOVAL_FALSE_WAKE,
    "child_voice": privacy_pb2.REMOVAL_CHILD_VOICE,
}
CHANGEABLE = ("keep_history", "retention_days", "improve_models", "human_review")


def settings_message(settings: PrivacySettings) -> privacy_pb2.PrivacySettings:
    paused = settings.paused_until_s
    return privacy_pb2.PrivacySettings(
        needs_confirmation=settings.needs_confirmation,
        learning_paused_until=timestamp(paused) if paused else None,
        learning_days=LEARNING_DAYS,
        current_text_version=CONSENT_TEXT_VERSION,
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


def channel(chosen: privacy_pb2.ConsentChannel) -> str:
    """Raises InvalidField for a channel that this version does not know."""
    try:
        return _CHANNELS[chosen]
    except KeyError:
        raise InvalidField("channel", "must be CONSENT_CHANNEL_API or _PAGE") from None


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
        corrected_text=entry.corrected_text,
        corrected_intent=entry.corrected_intent,
        has_recording=entry.has_recording,
        removal=removal(entry.removed),
    )


def removal(why: str) -> privacy_pb2.Removal:
    return _REMOVALS.get(why, privacy_pb2.REMOVAL_UNSPECIFIED)


def consents_message(page: ConsentPage) -> privacy_pb2.ListConsentsResponse:
    return privacy_pb2.ListConsentsResponse(
        consents=[consent_message(record) for record in page.records],
        next_page_token=page.next_page_token,
    )


def consent_message(record: ConsentRecord) -> privacy_pb2.ConsentRecord:
    message = privacy_pb2.ConsentRecord(
        create_time=timestamp(record.at_s),
        epoch=record.epoch,
        text_version=record.text_version,
        channel=record.channel,
    )
    for name, value in record.change.items():
        if name == "pause_s":
            message.pause.CopyFrom(Duration(seconds=value))
        else:
            setattr(message, name, value)
    return message


def listens_message(listens: tuple[Listen, ...]) -> privacy_pb2.ListListensResponse:
    return privacy_pb2.ListListensResponse(
        listens=[
            privacy_pb2.Listen(
                listen_time=timestamp(one.at_s),
                reviewer=one.reviewer,
                utterance_id=one.utterance_id,
                duration=_duration(one.duration_s),
            )
            for one in listens
        ]
    )


def _duration(length_s: float) -> Duration:
    duration = Duration()
    duration.FromMilliseconds(round(length_s * 1000))
    return duration


def deletion_message(report: DeletionReport) -> privacy_pb2.DeletionReport:
    return privacy_pb2.DeletionReport(
        history_records=report.history_records,
        queue_items=report.queue_items,
        audio_blobs=report.audio_blobs,
        log_rewritten=report.log_rewritten,
        complete_time=timestamp(report.completed_at_s),
        erasure=report.erasure,
        receipt=report.receipt,
        pending=[pending_message(PendingKind(kind)) for kind in report.pending],
    )
