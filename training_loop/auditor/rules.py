"""What may be there, and what may not. Pure: told the facts and the time."""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass
from enum import Enum

from training_loop.auditor.facts import AccountFacts, ConsentLog

PURPOSES = {
    **dict.fromkeys(("h", "hx"), "history"),
    **dict.fromkeys(("i", "ix", "v"), "learning"),
    **dict.fromkeys(("r", "t", "k", "kt", "kr", "ka", "kc", "kw", "kd", "kh"), "review"),
}
"""The purpose that each kind of container serves."""

_DAY_MS = 86_400_000
_HEADER = re.compile(rb"(?:([0-9a-f]{32})/[0-9a-f]{32})?\|\d+\|")
_KEY_FIELDS = ("data_key", "history_key", "learning_key", "digest")


class Reason(Enum):
    """Why something should not be where it is."""

    UNKNOWN_ACCOUNT = "unknown_account"
    ERASED = "erased"
    """The account's deletion has begun; this should have gone in its first step."""
    CHILD = "child"
    SWITCHED_OFF = "switched_off"
    WITHDRAWN = "withdrawn"
    """It was captured under another consent than the one of now."""
    UNRECORDED = "unrecorded_consent"
    """The switch is on, and nothing says that the person switched it on."""
    RETENTION = "beyond_retention"
    NOT_INDEXED = "not_indexed"
    """Neither retention nor a deletion by time would find it."""
    DANGLING = "dangling"
    """It stands for an item that is not there."""
    WRONG_BLOB = "wrong_blob"
    MISPLACED = "misplaced"
    """It lies in another shard than its account, where no script and no erasure looks."""
    UNKNOWN_KEY = "unknown_key"
    """No rule knows a key of such a name."""
    UNREFERENCED = "unreferenced_blob"
    STRAY = "stray_file"
    TAINTED = "tainted_model"
    """It learned from something whose consent is gone, and was not replaced in time."""
    CHANGED = "changed_manifest"
    STUCK = "stuck_erasure"
    """It was requested long ago, and is not done."""
    OVERDUE = "overdue_receipt"
    """What an erasure called pending should be gone by now, and no second receipt says so."""
    UNCONFIRMED = "unconfirmed_deletion"
    """The recipient of an export should have confirmed by now that it deleted this."""
    BROKEN = "broken_audit_log"
    """Entries of a shard do not follow from one another: some were changed, moved or dropped."""


def container(kind: str, epoch: str, facts: AccountFacts) -> Reason | None:
    """Whether a container of `kind`, one of `PURPOSES`, may exist under that epoch at all."""
    purpose = PURPOSES[kind]
    if not facts.live:
        return Reason.ERASED if facts["state"] else Reason.UNKNOWN_ACCOUNT
    if facts["child"] != "0":
        return Reason.CHILD
    if not facts.switched_on(purpose):
        return Reason.SWITCHED_OFF
    return None if facts[f"{purpose}_epoch"] == epoch else Reason.WITHDRAWN


def belonging(facts: AccountFacts) -> Reason | None:
    """Whether something that needs no consent may exist: a list, a device, a log."""
    return None if facts["state"] else Reason.UNKNOWN_ACCOUNT


def membership(kind: str, facts: AccountFacts) -> Reason | None:
    """Whether a shard may name the account among those with something to review (`q`, `ql`),
    those that consent (`n`), or those with a pairing code (`p`) or another address to come
    (`wi`)."""
    if kind in ("p", "wi") or not facts["state"]:
        return belonging(facts)
    if not facts.live:
        return Reason.ERASED
    purposes = ("history", "learning") if kind == "n" else ("review",)
    given = any(facts.switched_on(purpose) and facts[f"{purpose}_epoch"] for purpose in purposes)
    return None if given else Reason.SWITCHED_OFF


def record(kind: str, value: bytes, facts: AccountFacts) -> Reason | None:
    """Whether an item of `h`, `i`, `k` or `kh` is whole and names audio of its own container."""
    header = _HEADER.match(value)
    if not header:
        return Reason.WRONG_BLOB
    holder = (header[1] or b"").decode()
    purpose = "history" if kind == "h" else "learning"  # where the sound of clips lies as well
    expected = facts[f"{purpose}_container"]
    return None if holder in ("", expected) else Reason.WRONG_BLOB


def overdue(captured_ms: float, days: int, now_ms: float, grace_s: float) -> bool:
    """Whether something that is kept so many days should have been swept by now."""
    return captured_ms < now_ms - days * _DAY_MS - grace_s * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """Fields of an account's hash that should not be there."""

    reason: Reason
    fields: tuple[str, ...]
    purpose: str = ""


def account(facts: AccountFacts, present: Set[str], log: ConsentLog | None) -> list[Objection]:
    """What an account's hash should not hold. `log` is None where it cannot be read."""
    if not facts.live:
        gone = Reason.ERASED if facts["state"] else Reason.UNKNOWN_ACCOUNT
        left = tuple(name for name in _KEY_FIELDS if name in present)
        left = left if facts["state"] else tuple(sorted(present))
        return [Objection(reason=gone, fields=left)] if left else []
    found = []
    for purpose in ("history", "learning", "review"):
        parts = ("epoch",) if purpose == "review" else ("epoch", "container", "key")
        fields = tuple(f"{purpose}_{part}" for part in parts if f"{purpose}_{part}" in present)
        reason = _opened(purpose, facts, log) if fields else None
        if reason:
            found.append(Objection(reason=reason, fields=fields, purpose=purpose))
    return found


def _opened(purpose: str, facts: AccountFacts, log: ConsentLog | None) -> Reason | None:
    if facts["child"] != "0":
        return Reason.CHILD
    if not facts.switched_on(purpose):
        return Reason.SWITCHED_OFF
    recorded = log is not None and log.supports(purpose, facts[f"{purpose}_epoch"])
    return None if recorded else Reason.UNRECORDED
