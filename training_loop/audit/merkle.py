"""Merkle trees and their proofs as in RFC 9162, section 2.1, with SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


class ProofWrong(ValueError):
    """The proof does not show what it should."""


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class MerkleTree:
    """Grows at its end; every earlier size stays provable.

    Holds the hash of each full subtree, so that appending costs two hashes on average and a proof
    O(log² n).
    """

    def __init__(self) -> None:
        self._levels: list[list[bytes]] = [[]]

    def __len__(self) -> int:
        return len(self._levels[0])

    def append(self, leaf: bytes) -> int:
        """Adds the hash of a leaf and returns its index."""
        index, digest, level = len(self), leaf_hash(leaf), 0
        while True:
            if level == len(self._levels):
                self._levels.append([])
            self._levels[level].append(digest)
            if len(self._levels[level]) % 2:
                return index
            digest = node_hash(*self._levels[level][-2:])
            level += 1

    def root(self, size: int | None = None) -> bytes:
        """Of the first `size` leaves; of all by default. Raises ValueError for a size too large."""
        wanted = len(self) if size is None else size
        self._check(wanted)
        return self._range(0, wanted) if wanted else EMPTY_ROOT

    def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """Shows that a leaf is in the tree of that size. Raises ValueError for no such leaf."""
        self._check(size)
        if not 0 <= index < size:
            raise ValueError("the tree of this size has no such leaf")
        return tuple(self._path(index, 0, size))

    def consistency(self, earlier: int, size: int) -> tuple[bytes, ...]:
        """Shows that the tree of `size` begins with the one of `earlier`. Raises ValueError."""
        self._check(size)
        if not 0 < earlier <= size:
            raise ValueError("the earlier tree has at least one leaf and is not the larger one")
        return tuple(self._subproof(earlier, 0, size, whole=True))

    def _check(self, size: int) -> None:
        if not 0 <= size <= len(self):
            raise ValueError("the tree never had this size")

    def _range(self, start: int, end: int) -> bytes:
        """The root of the leaves from `start` to before `end`, as the RFC's MTH(D[start:end])."""
        length = end - start
        if length & (length - 1) == 0 and start % length == 0:
            level = length.bit_length() - 1
            return self._levels[level][start >> level]
        split = start + _largest_power_below(length)
        return node_hash(self._range(start, split), self._range(split, end))

    def _path(self, index: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        split = start + _largest_power_below(end - start)
        if index < split:
            return [*self._path(index, start, split), self._range(split, end)]
        return [*self._path(index, split, end), self._range(start, split)]

    def _subproof(self, earlier: int, start: int, end: int, *, whole: bool) -> list[bytes]:
        """SUBPROOF of section 2.1.4.1 for the leaves from `start` to before `end`."""
        if earlier == end:
            return [] if whole else [self._range(start, end)]
        split = start + _largest_power_below(end - start)
        if earlier <= split:
            return [
                *self._subproof(earlier, start, split, whole=whole),
                self._range(split, end),
            ]
        return [
            *self._subproof(earlier, split, end, whole=False),
            self._range(start, split),
        ]


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """RFC 9162, section 2.1.3.2. Raises ProofWrong unless the leaf is in the tree with the root."""
    if not 0 <= index < size:
        raise ProofWrong("the tree has no such leaf")
    node, last, digest = index, size - 1, leaf_hash(leaf)
    for sibling in proof:
        if last == 0:
            raise ProofWrong("the proof is too long")
        if node & 1 or node == last:
            digest = node_hash(sibling, digest)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            digest = node_hash(digest, sibling)
        node, last = node >> 1, last >> 1
    if last != 0 or digest != root:
        raise ProofWrong("the leaf is not in the tree that was signed")


def verify_consistency(
    earlier: int, earlier_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> None:
    """RFC 9162, section 2.1.4.2. Raises ProofWrong unless the larger tree only added leaves."""
    if not 0 < earlier <= size:
        raise ProofWrong("the earlier tree is empty or larger")
    if earlier == size:
        if proof or earlier_root != root:
            raise ProofWrong("two trees of one size differ")
        return
    steps = [earlier_root, *proof] if earlier & (earlier - 1) == 0 else list(proof)
    if not steps:
        raise ProofWrong("the proof is empty")
    if _both_roots(earlier, size, steps) != (earlier_root, root):
        raise ProofWrong("the larger tree does not begin with the earlier one")


def _both_roots(earlier: int, size: int, steps: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The roots of both trees that a consistency proof leads to."""
    node, last = earlier - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise ProofWrong("the proof is too long")
        if node & 1 or node == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, step)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise ProofWrong("the proof is too short")
    return old, new


def _largest_power_below(length: int) -> int:
    """The largest power of two below a length of at least 2."""
    return 1 << ((length - 1).bit_length() - 1)
