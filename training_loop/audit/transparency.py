"""The transparency log: a file that only grows, and a signed Merkle tree over its lines.

It holds checkpoints of the audit log and hashes of receipts. Whoever has seen a signed tree head
can later prove that nothing before it was changed or taken out.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from training_loop.audit.canonical import NotCanonical, canonical, read_canonical
from training_loop.audit.errors import SignatureWrong, TransparencyLogDamaged
from training_loop.audit.merkle import MerkleTree
from training_loop.audit.signing import PublicKey, SigningKey
from training_loop.durable_files import sync

_PURPOSE = "tree head"
LONGEST_LEAF = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeHead:
    """A signed statement: at this time the log had this many leaves with this root."""

    size: int
    root: str
    time_ms: int
    key: str
    signature: str

    @staticmethod
    def sign(key: SigningKey, *, size: int, root: bytes, time_ms: int) -> TreeHead:
        unsigned = TreeHead(
            size=size, root=root.hex(), time_ms=time_ms, key=key.public.key_id, signature=""
        )
        return TreeHead(
            size=size,
            root=unsigned.root,
            time_ms=time_ms,
            key=unsigned.key,
            signature=key.sign(_PURPOSE, unsigned.signed_part),
        )

    @property
    def signed_part(self) -> bytes:
        return canonical(
            {"key": self.key, "root": self.root, "size": self.size, "time_ms": self.time_ms}
        )

    def verify(self, key: PublicKey) -> None:
        """Raises SignatureWrong unless the key signed it."""
        if key.key_id != self.key:
            raise SignatureWrong(f"the tree head is of the key {self.key}, not of this one")
        key.verify(_PURPOSE, self.signed_part, self.signature)

    def to_json(self) -> dict[str, object]:
        return {
            "key": self.key,
            "root": self.root,
            "signature": self.signature,
            "size": self.size,
            "time_ms": self.time_ms,
        }

    @staticmethod
    def from_json(found: object) -> TreeHead:
        """Raises ValueError."""
        if not isinstance(found, dict) or len(found) != 5:
            raise ValueError("not a tree head")
        match found:
            case {
                "key": str(key),
                "root": str(root),
                "signature": str(signature),
                "size": int(size),
                "time_ms": int(time_ms),
            }:
                return TreeHead(size=size, root=root, time_ms=time_ms, key=key, signature=signature)
        raise ValueError("not a tree head")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inclusion:
    """Shows that a leaf is in the log."""

    index: int
    path: tuple[str, ...]
    head: TreeHead


class TransparencyLog:
    """One directory, written by one process at a time and read by any.

    `log` has a leaf a line, `head` the latest signed tree head. A leaf counts once a head covers
    it; both are on disk before `append` returns. Every method may block on the disk.
    """

    def __init__(self, directory: Path, clock: Callable[[], float] = time.time) -> None:
        self._directory = directory
        self._clock = clock
        self._tree = MerkleTree()
        self._leaves: list[bytes] = []
        self._index: dict[bytes, int] = {}
        self._read_bytes = 0
        self._lock = threading.RLock()

    @property
    def head_file(self) -> Path:
        return self._directory / "head"

    def head(self) -> TreeHead | None:
        """The latest, None for a log that was never written to. Raises TransparencyLogDamaged."""
        try:
            return TreeHead.from_json(read_canonical(self.head_file.read_bytes()))
        except FileNotFoundError:
            return None
        except (NotCanonical, ValueError) as error:
            raise TransparencyLogDamaged("the signed tree head cannot be read") from error

    def leaves(self) -> Sequence[bytes]:
        """All that the latest head covers. Raises TransparencyLogDamaged where leaves are missing
        or differ from what was signed."""
        with self._lock:
            head = self.head()
            self._catch_up()
            self._check(head)
            return self._leaves[: head.size] if head else []

    def inclusion(self, index: int, head: TreeHead) -> Inclusion:
        """Raises ValueError for a leaf that the head does not cover."""
        path = tuple(step.hex() for step in self._tree.inclusion(index, head.size))
        return Inclusion(index=index, path=path, head=head)

    def consistency(self, earlier: TreeHead, later: TreeHead) -> tuple[bytes, ...]:
        """Shows that nothing before the earlier head changed. Raises ValueError for other sizes
        than the log ever had."""
        return self._tree.consistency(earlier.size, later.size)

    @contextmanager
    def writing(self, key: SigningKey) -> Iterator[Callable[[bytes], Inclusion]]:
        """Keeps other threads and processes out, knows what they wrote, and gives what adds a leaf.

        Raises TransparencyLogDamaged.
        """
        with self._alone():
            yield partial(self._add, key)

    def extend(self, leaves: Sequence[bytes], head: TreeHead) -> None:
        """Takes over what another copy of this log has beyond this one, with its signed head.

        Nothing changes where this one is as long. Raises TransparencyLogDamaged when neither is the
        beginning of the other.
        """
        with self._alone():
            known = len(self._leaves)
            if list(leaves[:known]) != self._leaves[: len(leaves)]:
                raise TransparencyLogDamaged("the two logs do not begin alike")
            if len(leaves) > known:
                self._append_lines(leaves[known:])
                self._publish(head)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keeps other threads and processes out, and knows what they wrote."""
        self._directory.mkdir(parents=True, exist_ok=True)
        self._directory.chmod(0o700)
        descriptor = os.open(self._directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            with self._lock:
                self._catch_up()
                self._check(self.head())
                yield
        finally:
            os.close(descriptor)

    def _catch_up(self) -> None:
        """Takes in lines that were added since; a line without its end was never acknowledged."""
        try:
            with (self._directory / "log").open("rb") as file:
                if os.fstat(file.fileno()).st_size < self._read_bytes:
                    raise TransparencyLogDamaged("the log became shorter")
                file.seek(self._read_bytes)
                added = file.read()
        except FileNotFoundError:
            return
        for line in added[: added.rfind(b"\n") + 1].splitlines(keepends=True):
            self._take(line[:-1])
            self._read_bytes += len(line)

    def _take(self, leaf: bytes) -> None:
        self._index.setdefault(leaf, self._tree.append(leaf))
        self._leaves.append(leaf)

    def _check(self, head: TreeHead | None) -> None:
        if head is None:
            if len(self._leaves) > 1:  # a crash before the very first head leaves one
                raise TransparencyLogDamaged("the signed tree head is missing")
            return
        if head.size > len(self._tree):
            missing = head.size - len(self._tree)
            raise TransparencyLogDamaged(f"{missing} of {head.size} signed leaves are missing")
        if self._tree.root(head.size).hex() != head.root:
            raise TransparencyLogDamaged("the leaves are not those that were signed")

    def _add(self, key: SigningKey, leaf: bytes) -> Inclusion:
        """Raises ValueError for a leaf that is too long or more than one line."""
        if not 0 < len(leaf) <= LONGEST_LEAF or b"\n" in leaf:
            raise ValueError("a leaf is one line")
        if leaf not in self._index:
            self._append_lines([leaf])
        head = self.head()
        if head is None or head.size < len(self._tree):
            head = self._sign(key)
        return self.inclusion(self._index[leaf], head)

    def _append_lines(self, leaves: Sequence[bytes]) -> None:
        with (self._directory / "log").open("ab") as file:
            file.truncate(self._read_bytes)  # cuts off what a crash left half-written
            file.write(b"".join(leaf + b"\n" for leaf in leaves))
            file.flush()
            os.fsync(file.fileno())
        for leaf in leaves:
            self._take(leaf)
            self._read_bytes += len(leaf) + 1

    def _sign(self, key: SigningKey) -> TreeHead:
        head = TreeHead.sign(
            key,
            size=len(self._tree),
            root=self._tree.root(),
            time_ms=int(self._clock() * 1000),
        )
        self._publish(head)
        return head

    def _publish(self, head: TreeHead) -> None:
        temporary = self._directory / "head.new"
        with temporary.open("wb") as file:
            file.write(canonical(head.to_json()))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.head_file)
        sync(self._directory)
