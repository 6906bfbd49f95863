"""What the pages say about switches, deletions and receipts.

The explanation of the switches is the text of version EXPLANATION_VERSION that consent is given to:
whoever changes a word of it that matters gives it another version, here and in the loop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from training_loop.v1 import privacy_pb2

EXPLANATION_VERSION = "2026-11"


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchText:
    """`name` is the setting; `people` says what it means for people listening."""

    name: str
    title: str
    summary: str
    on_means: tuple[str, ...]
    people: str
    off_means: str


SWITCHES = (
    SwitchText(
        name="keep_history",
        title="Keep my history",
        summary="So that you can look up, hear and correct what you said.",
        on_means=(
            "What you say, the recording and the answer are kept, encrypted with a key of your "
            "own.",
            "Only you can see it. It is deleted by itself after the time you choose.",
        ),
        people="Nobody listens. History is for you alone.",
        off_means="Turning it off deletes the history that is there, for good.",
    ),
    SwitchText(
        name="improve_models",
        title="Let machines learn from me",
        summary="So that the assistant understands people like you better.",
        on_means=(
            "Recordings and words are kept for at most {learning_days} days, encrypted, to train "
            "the assistant.",
            "What you say as a guest, and what a child says, is never used.",
        ),
        people="Nobody listens. Only programs work with it.",
        off_means="Turning it off deletes what waits to be learned from, at once. Models that "
        "learned from it are named in your receipt and replaced.",
    ),
    SwitchText(
        name="human_review",
        title="Let people check a small sample",
        summary="So that mistakes are found that no program would notice.",
        on_means=(
            "A trained reviewer may hear a few of your requests, picked at random.",
            "Before that the voice is altered, and names, numbers and addresses are taken out. "
            "Reviewers are not told who or where you are.",
        ),
        people="A person may listen. Each time they do, you see it under “Listeners”.",
        off_means="Turning it off takes your requests away from reviewers at once, even from an "
        "open player.",
    ),
)
SWITCH_NAMES = frozenset(one.name for one in SWITCHES)

RETENTION: Mapping[int, str] = {
    1: "1 day",
    7: "1 week",
    30: "1 month (30 days)",
    90: "3 months (90 days)",
    180: "6 months (180 days)",
    365: "1 year",
    540: "18 months (540 days)",
}
PAUSES: Mapping[int, str] = {3600: "an hour", 24 * 3600: "a day", 7 * 24 * 3600: "a week"}

STEPS = (
    (privacy_pb2.ERASURE_STEP_REQUESTED, "Your request is on record and cannot be lost"),
    (privacy_pb2.ERASURE_STEP_KEYS_DESTROYED, "It is out of reach: nobody gets any of it now"),
    (privacy_pb2.ERASURE_STEP_STORES_ERASED, "The records are removed, place by place"),
    (privacy_pb2.ERASURE_STEP_BLOBS_REMOVED, "The recordings are removed"),
    (privacy_pb2.ERASURE_STEP_LOG_REWRITTEN, "The file of the store is rewritten without it"),
    (privacy_pb2.ERASURE_STEP_SCANNED, "Everything was searched, and nothing was found"),
    (privacy_pb2.ERASURE_STEP_RECEIPT_ISSUED, "Your receipt is signed"),
)
KINDS: Mapping[str, str] = {
    "utterance": "One thing you said",
    "range": "What you said in a span of time",
    "day": "What you said on one day",
    "device": "What one of your devices heard",
    "history": "Everything you said",
    "consent_withdrawn": "What a switch had collected",
    "account": "Your account and everything in it",
}
PENDING: Mapping[int, str] = {
    privacy_pb2.PENDING_KIND_MODEL_REPLACEMENT: "A model that learned from it is still in use. It "
    "is replaced within the time your receipt names.",
    privacy_pb2.PENDING_KIND_EXPORT_ACKNOWLEDGEMENT: "The recipient of an export has not confirmed "
    "yet that its copy is deleted.",
    privacy_pb2.PENDING_KIND_BACKUP_EXPIRY: "A backup from before still holds it, sealed. "
    "Restoring that backup deletes it again before anything is served.",
    privacy_pb2.PENDING_KIND_BLOB_REMOVAL: "A recording could not be removed yet. Its key is "
    "destroyed: nobody can hear it.",
}

_REMOVED: Mapping[int, str] = {
    privacy_pb2.REMOVAL_FALSE_WAKE: "The assistant woke although nobody had called it. Words and "
    "recording were deleted.",
    privacy_pb2.REMOVAL_CHILD_VOICE: "A child spoke here. Words and recording were deleted.",
}
_State = privacy_pb2.ModelUse
MODEL_KINDS: Mapping[str, str] = {"nlu": "Understanding what is meant"}
MODEL_STATES: Mapping[tuple[int, bool], str] = {
    (_State.CANDIDATE, False): "Not in use yet",
    (_State.SERVING, True): "In use",
    (_State.RETIRED, False): "No longer in use",
    (_State.REFUSED, False): "Turned down, never in use",
    (_State.REFUSED, True): "In use, being replaced",
    (_State.TAINTED, True): "In use, being replaced",
    (_State.TAINTED, False): "Withdrawn",
}
"""By the state of a model and whether it is in use."""


def removed(removal: privacy_pb2.Removal) -> str:
    """Why only a note is left; empty where nothing was taken away."""
    return _REMOVED.get(removal, "")
