"""Evidence as signed JSON, and back. Times are whole milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from training_loop.receipts.evidence import (
    ErasureEvidence,
    ErasureKind,
    Pending,
    PendingKind,
    ScanResult,
    StoreEvidence,
)

Json = Mapping[str, object]


def to_json(evidence: ErasureEvidence) -> dict[str, object]:
    """What a receipt signs, without its id."""
    return {
        "completed_ms": _ms(evidence.completed_at_s),
        "earlier_receipt": evidence.earlier_receipt,
        "erasure": evidence.erasure,
        "kind": evidence.kind.value,
        "log_rewritten_ms": _ms(evidence.log_rewritten_at_s),
        "pending": [_pending_to(one) for one in evidence.pending],
        "requested_ms": _ms(evidence.requested_at_s),
        "scan": {
            "completed_ms": _ms(evidence.scan.completed_at_s),
            "places": list(evidence.scan.places),
            "traces_found": evidence.scan.traces_found,
        },
        "stores": [
            {
                "began_ms": _ms(one.began_at_s),
                "completed_ms": _ms(one.completed_at_s),
                "keys_destroyed": list(one.keys_destroyed),
                "records_removed": one.records_removed,
                "store": one.store,
            }
            for one in evidence.stores
        ],
    }


def from_json(found: Json) -> ErasureEvidence:
    """Raises ValueError, KeyError or TypeError for anything that `to_json` did not write."""
    scan = cast(Json, found["scan"])
    return ErasureEvidence(
        erasure=_text(found["erasure"]),
        kind=ErasureKind(found["kind"]),
        requested_at_s=_seconds(found["requested_ms"]),
        completed_at_s=_seconds(found["completed_ms"]),
        stores=tuple(_store(one) for one in cast(list[Json], found["stores"])),
        log_rewritten_at_s=_optional_seconds(found["log_rewritten_ms"]),
        scan=ScanResult(
            places=tuple(map(_text, cast(list[object], scan["places"]))),
            traces_found=_whole(scan["traces_found"]),
            completed_at_s=_seconds(scan["completed_ms"]),
        ),
        pending=tuple(
            Pending(
                kind=PendingKind(one["kind"]),
                reference=_text(one["reference"]),
                due_at_s=_optional_seconds(one["due_ms"]),
                overdue_since_s=_optional_seconds(one.get("overdue_since_ms")),
            )
            for one in cast(list[Json], found["pending"])
        ),
        earlier_receipt=_text(found["earlier_receipt"]),
    )


def _pending_to(one: Pending) -> Json:
    """As it always was for what is not overdue: receipts of before still verify."""
    stated = {"due_ms": _ms(one.due_at_s), "kind": one.kind.value, "reference": one.reference}
    if one.overdue_since_s is None:
        return stated
    return stated | {"overdue_since_ms": _ms(one.overdue_since_s)}


def _store(found: Json) -> StoreEvidence:
    return StoreEvidence(
        store=_text(found["store"]),
        records_removed=_whole(found["records_removed"]),
        keys_destroyed=tuple(map(_text, cast(list[object], found["keys_destroyed"]))),
        began_at_s=_seconds(found["began_ms"]),
        completed_at_s=_seconds(found["completed_ms"]),
    )


def _ms(at_s: float | None) -> int | None:
    return None if at_s is None else round(at_s * 1000)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text is expected")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("a whole number is expected")
    return value


def _seconds(value: object) -> float:
    return _whole(value) / 1000


def _optional_seconds(value: object) -> float | None:
    return None if value is None else _seconds(value)
