"""What a restore may bring back of one account. Pure: tombstones in, decisions out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from training_loop.erasure.tombstones import (
    Forgotten,
    Tombstone,
    account_digest,
    utterance_digest,
)

_SKIPPED_EPOCHS = 1000
"""So that no epoch of a restored account was ever another consent's."""
_PURPOSES = {
    "keep_history": ("history", ("h", "hx")),
    "improve_models": ("learning", ("i", "ix", "v")),
    "human_review": (
        "review",
        ("r", "t", "k", "kt", "kr", "ka", "kc", "kw", "kd", "kh"),
    ),
}


@dataclass(slots=True)
class _Fate:
    erased: bool = False
    switches_off: set[str] = field(default_factory=set)
    utterances: set[str] = field(default_factory=set)
    spans: list[tuple[int, int | None]] = field(default_factory=list)


class Revival:
    """Asks the events that are younger than the backup."""

    def __init__(self, tombstones: Iterable[Tombstone]) -> None:
        self._fates: dict[str, _Fate] = {}
        for one in tombstones:
            fate = self._fates.setdefault(one.account, _Fate())
            match one.event:
                case Forgotten.ACCOUNT:
                    fate.erased = True
                case Forgotten.UTTERANCES:
                    fate.utterances.update(one.utterances)
                case Forgotten.RANGE:
                    fate.spans.append((one.since_ms, one.until_ms))
                case Forgotten.CONSENT:
                    fate.switches_off.update(one.switches)
                    if "improve_models" in one.switches:
                        fate.switches_off.add("human_review")

    def erased(self, account: str) -> bool:
        return self._fate(account).erased

    def lost_kinds(self, account: str) -> frozenset[str]:
        """Kinds of key that are not restored: their consent was withdrawn."""
        off = self._fate(account).switches_off
        return frozenset(kind for switch in off for kind in _PURPOSES[switch][1])

    def forgets(self, account: str, utterance: str, captured_ms: float | None) -> bool:
        """Whether an utterance was erased later; one without a capture time is if any span was."""
        fate = self._fate(account)
        if utterance_digest(account, utterance) in fate.utterances:
            return True
        return any(
            captured_ms is None or (captured_ms >= since and (until is None or captured_ms < until))
            for since, until in fate.spans
        )

    def touches(self, account: str) -> bool:
        fate = self._fate(account)
        return bool(fate.utterances or fate.spans)

    def fields(self, account: str, before: Mapping[str, bytes]) -> dict[str, bytes]:
        """The account's hash as it is restored, with a new epoch and generation."""
        after = dict(before)
        after.pop("erasure", None)  # requested and not begun, or it has a tombstone
        for switch in self._fate(account).switches_off:
            after[switch] = b"0"
            purpose = _PURPOSES[switch][0]
            for name in ("epoch", "container", "key", "text"):
                after.pop(f"{purpose}_{name}", None)
        for name in ("epoch", "generation"):
            after[name] = str(int(after[name]) + _SKIPPED_EPOCHS).encode()
        return after

    def _fate(self, account: str) -> _Fate:
        return self._fates.get(account_digest(account), _NOTHING)


_NOTHING = _Fate()
