"""What the person who asked for an erasure is told."""

from __future__ import annotations

from training_loop.erasure.progress import Progress
from training_loop.rights import DeletionReport


def report_of(progress: Progress) -> DeletionReport:
    return DeletionReport(
        history_records=progress.history_records,
        queue_items=progress.queue_items,
        audio_blobs=progress.audio_blobs,
        log_rewritten=progress.done,
        completed_at_s=progress.updated_at_s,
        erasure=progress.erasure,
        receipt=progress.latest_receipt,
        pending=tuple(one.kind.value for one in progress.pending),
    )
