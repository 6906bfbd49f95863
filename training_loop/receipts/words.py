"""What a receipt says, in sentences for the person it is about."""

from __future__ import annotations

import time

from training_loop.receipts.evidence import ErasureEvidence, ErasureKind, Pending, PendingKind

_WHAT = {
    ErasureKind.UTTERANCE: "One thing you said was deleted.",
    ErasureKind.RANGE: "What you said in a span of time was deleted.",
    ErasureKind.DAY: "What you said on one day was deleted.",
    ErasureKind.DEVICE: "What one of your devices heard was deleted.",
    ErasureKind.HISTORY: "Everything you said was deleted; your account goes on.",
    ErasureKind.CONSENT_WITHDRAWN: "What a switch that you turned off had collected was deleted.",
    ErasureKind.ACCOUNT: "Your account and everything in it was deleted.",
}
_PENDING = {
    PendingKind.MODEL_REPLACEMENT: "The model {0} learned from it and is not replaced yet.",
    PendingKind.EXPORT_ACKNOWLEDGEMENT: (
        "The recipient of the export {0} has not confirmed yet that it deleted its copy."
    ),
    PendingKind.BACKUP_EXPIRY: (
        "The backup {0} was made before and still holds it, sealed. Restoring that backup deletes "
        "it again before anything is served."
    ),
    PendingKind.BLOB_REMOVAL: (
        "Audio at {0} could not be removed yet. Its key is destroyed: nobody can hear it."
    ),
}


def sentences(evidence: ErasureEvidence) -> list[str]:
    """What was done, what is known of it, and what is not done yet."""
    removed = sum(store.records_removed for store in evidence.stores)
    destroyed = sum(len(store.keys_destroyed) for store in evidence.stores)
    said = [
        _WHAT[evidence.kind],
        f"It was asked for on {when(evidence.requested_at_s)} and done on "
        f"{when(evidence.completed_at_s)}.",
        f"{_number(removed, 'record')} in {_number(len(evidence.stores), 'place')} "
        f"{'was' if removed == 1 else 'were'} removed, and {_number(destroyed, 'key')} destroyed.",
        _of_log(evidence),
        f"Afterwards {_number(len(evidence.scan.places), 'place')} were searched, and nothing was "
        "found.",
    ]
    if evidence.earlier_receipt:
        said.append(f"It follows the receipt {evidence.earlier_receipt}.")
    said.append(
        f"{_number(len(evidence.pending), 'part')} not done yet:"
        if evidence.pending
        else "Nothing is pending."
    )
    return [*said, *map(pending_sentence, evidence.pending)]


def order_of_steps(evidence: ErasureEvidence) -> str:
    """How it was made sure, without a step that this erasure did not have."""
    steps = ["The records were removed"]
    if any(store.keys_destroyed for store in evidence.stores):
        steps = ["The keys that locked the data were destroyed", "the data were removed"]
    if evidence.log_rewritten_at_s is not None:
        steps.append("the store's own file was rewritten without them")
    return ", then ".join([*steps, "a search looked for what might be left."])


def pending_sentence(pending: Pending) -> str:
    said = _PENDING[pending.kind].format(pending.reference)
    if pending.overdue_since_s is not None:
        return f"{said} It should have been done by {when(pending.overdue_since_s)}: it is overdue."
    return said + (f" It is due by {when(pending.due_at_s)}." if pending.due_at_s else "")


def when(at_s: float) -> str:
    """In UTC, the same wherever the receipt is read."""
    return time.strftime("%Y-%m-%d at %H:%M:%S UTC", time.gmtime(at_s))


def _of_log(evidence: ErasureEvidence) -> str:
    if evidence.log_rewritten_at_s is None:
        return "The store keeps no file that could still hold traces of it, as far as it says."
    return f"The store's own file was rewritten without it on {when(evidence.log_rewritten_at_s)}."


def _number(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"
