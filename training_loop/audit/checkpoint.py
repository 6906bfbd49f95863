"""Signed statements on how far the audit log had come: leaves of the transparency log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from training_loop.audit.canonical import NotCanonical, canonical, read_canonical
from training_loop.audit.errors import SignatureWrong
from training_loop.audit.signing import PublicKey, SigningKey

_FORMAT = "earmark-checkpoint/1"
_PURPOSE = "checkpoint"
_FIELDS = 6

Head = tuple[int, str]
"""Number and link of a shard's last entry."""


class CheckpointKind(Enum):
    SEALED = "sealed"
    RESTORED = "restored"
    """The store came back from a backup: what was sealed beyond these heads is lost, and said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The heads of the shards that changed since the checkpoint before."""

    kind: CheckpointKind
    time_ms: int
    heads: Mapping[str, Head]
    key: str
    signature: str

    @staticmethod
    def sign(
        key: SigningKey, kind: CheckpointKind, heads: Mapping[str, Head], time_ms: int
    ) -> Checkpoint:
        unsigned = Checkpoint(
            kind=kind, time_ms=time_ms, heads=heads, key=key.public.key_id, signature=""
        )
        return replace(unsigned, signature=key.sign(_PURPOSE, canonical(unsigned._signed())))

    @property
    def leaf(self) -> bytes:
        return canonical({**self._signed(), "signature": self.signature})

    @staticmethod
    def read(leaf: bytes) -> Checkpoint | None:
        """None for a leaf that is something else. Raises SignatureWrong for a mangled one."""
        try:
            found = read_canonical(leaf)
        except NotCanonical as error:
            raise SignatureWrong("a leaf of the transparency log is damaged") from error
        if found.get("format") != _FORMAT:
            return None
        match found:
            case {
                "heads": dict(heads),
                "key": str(key),
                "kind": str(kind),
                "signature": str(signature),
                "time_ms": int(time_ms),
            } if len(found) == _FIELDS and kind in {one.value for one in CheckpointKind}:
                return Checkpoint(
                    kind=CheckpointKind(kind),
                    time_ms=time_ms,
                    heads={shard: _head(head) for shard, head in heads.items()},
                    key=key,
                    signature=signature,
                )
        raise SignatureWrong("a checkpoint is damaged")

    def verify(self, key: PublicKey) -> None:
        """Raises SignatureWrong unless the key signed it."""
        key.verify(_PURPOSE, canonical(self._signed()), self.signature)

    def _signed(self) -> dict[str, object]:
        return {
            "format": _FORMAT,
            "heads": {shard: list(head) for shard, head in self.heads.items()},
            "key": self.key,
            "kind": self.kind.value,
            "time_ms": self.time_ms,
        }


def _head(found: object) -> Head:
    match found:
        case [int(number), str(link)]:
            return number, link
    raise SignatureWrong("a checkpoint is damaged")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A promise of a checkpoint: the entry of this number has this link."""

    link: str
    time_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Sealed entries that a restore from a backup took away."""

    shard: str
    first: int
    last: int
    time_ms: int


class SealedHeads:
    """All checkpoints of a log, folded."""

    def __init__(self) -> None:
        self.by_shard: dict[str, dict[int, Sealed]] = {}
        self.losses: list[Loss] = []
        self.checkpoints = 0
        self.latest_ms = 0

    def add_leaves(self, leaves: Iterable[bytes], key: PublicKey) -> None:
        """Takes in the leaves that are checkpoints. Raises SignatureWrong."""
        for leaf in leaves:
            checkpoint = Checkpoint.read(leaf)
            if checkpoint:
                checkpoint.verify(key)
                self._add(checkpoint)

    def last(self, shard: str) -> int:
        """The number of the last sealed entry of a shard, 0 for none."""
        return max(self.by_shard.get(shard, {}), default=0)

    def _add(self, checkpoint: Checkpoint) -> None:
        self.checkpoints += 1
        self.latest_ms = checkpoint.time_ms
        if checkpoint.kind is CheckpointKind.RESTORED:
            self._restore(checkpoint)
        for shard, (number, link) in checkpoint.heads.items():
            sealed = Sealed(link=link, time_ms=checkpoint.time_ms)
            if number:
                self.by_shard.setdefault(shard, {})[number] = sealed

    def _restore(self, checkpoint: Checkpoint) -> None:
        for shard, sealed in self.by_shard.items():
            number = checkpoint.heads.get(shard, (0, ""))[0]
            last = self.last(shard)
            if last > number:
                self.losses.append(
                    Loss(shard=shard, first=number + 1, last=last, time_ms=checkpoint.time_ms)
                )
            for lost in [one for one in sealed if one > number]:
                del sealed[lost]
