"""Clips that people review, their tasks, and how reviewers do."""

from __future__ import annotations

from training_loop.store.keys.shards import STAFF_SHARD, shard_of


def review_shift(member: str) -> str:
    """Hash that expires: a member's shift, what was done in it and how long each clip took."""
    return f"{STAFF_SHARD}:rs:{member}"


def review_act(member: str, digest: str) -> str:
    """String that expires: that a member has submitted, skipped or reported a task."""
    return f"{STAFF_SHARD}:ra:{member}:{digest}"


def reviewer_record(member: str) -> str:
    """Hash: how many of a member's reviews others agreed with, and the latest hidden checks."""
    return f"{STAFF_SHARD}:rr:{member}"


def reviewers() -> str:
    """Set: members of staff with a record."""
    return f"{STAFF_SHARD}:rm"


def review_told(digest: str) -> str:
    """String that expires: a settlement that was counted."""
    return f"{STAFF_SHARD}:rx:{digest}"


def review_pairs() -> str:
    """List: of the latest clips, whether two reviewers said the same. Tokens for what they said,
    under a key that only one process ever had; no clip, no time, nobody."""
    return f"{STAFF_SHARD}:rp"


def published_figures() -> str:
    """Hash: counts that this instance publishes about itself."""
    return f"{STAFF_SHARD}:fg"


def false_wake_scores(month: str) -> str:
    """Hash that expires: the score of a wake word to how often people found that nobody had said
    it. No account, no clip, no day."""
    return f"{STAFF_SHARD}:fs:{month}"


REVIEWER_KINDS = frozenset({"ko", "ra", "rm", "rr", "rs"})
"""Second parts of the keys about how members of staff review."""


def clips(name: str, epoch: int) -> str:
    """Hash: item id to `<blob>|<offered, ms>|` and the sealed clip that people may review; the
    epoch is `human_review`'s own, as in all that follows."""
    return f"{shard_of(name)}:k:{name}:{epoch}"


def review_tasks(name: str, epoch: int) -> str:
    """Hash: item id to its task: stage, who has a seat at it, sealed opinions."""
    return f"{shard_of(name)}:kt:{name}:{epoch}"


def open_tasks(name: str, epoch: int, stage: str) -> str:
    """Hash: item ids with a ticket at a stage to the pseudonyms of those who had the clip already.

    `stage`: "r" review, "a" adjudication, "c" hidden check; "w" waits to be settled.
    """
    return f"{shard_of(name)}:k{stage}:{name}:{epoch}"


def tasks_due(name: str, epoch: int) -> str:
    """Sorted set: item ids by when a lease, an undo time or a hidden check ends, in ms."""
    return f"{shard_of(name)}:kd:{name}:{epoch}"


def cases(name: str, epoch: int) -> str:
    """Hash: item id to `<blob>|<reported, ms>|` and the case, sealed to the safety officers."""
    return f"{shard_of(name)}:kh:{name}:{epoch}"


def accounts_with_tasks(shard: str, stage: str) -> str:
    """Sorted set: accounts of a shard with open tasks of a stage, see `open_tasks`; no order."""
    return f"{shard}:kq{stage}"


def accounts_with_due_tasks(shard: str) -> str:
    """Sorted set: accounts of a shard by the earliest end in their `tasks_due`."""
    return f"{shard}:kl"


def case_accounts(shard: str) -> str:
    """Hash: reference of each case of a shard to its account and item."""
    return f"{shard}:kf"


def closed_case(shard: str, reference: str) -> str:
    """String that expires: how a case was closed, for a retry; nothing of whose it was."""
    return f"{shard}:kx:{reference}"


def review_counts(shard: str) -> str:
    """Hash: how many clips of a shard were offered, settled, deleted, escalated, heard."""
    return f"{shard}:ks"


def open_task(staff: str) -> str:
    """String that expires: the one task that a member of staff has open, by its sealed name."""
    return f"{STAFF_SHARD}:ko:{staff}"
