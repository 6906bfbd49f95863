"""Merkle trees as in RFC 9162, against the vectors of Certificate Transparency and a naive tree."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training_loop.audit.merkle import (
    MerkleTree,
    ProofWrong,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
"""The reference leaves of the certificate-transparency project's own tests."""
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
}
CONSISTENCY = {
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}


def tree_of(leaves: Sequence[bytes]) -> MerkleTree:
    tree = MerkleTree()
    for leaf in leaves:
        tree.append(leaf)
    return tree


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 9162, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = naive_root(leaves[:split]), naive_root(leaves[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def naive_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of RFC 9162, word for word."""
    if len(leaves) == 1:
        return []
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if index < split:
        return [*naive_path(index, leaves[:split]), naive_root(leaves[split:])]
    return [*naive_path(index - split, leaves[split:]), naive_root(leaves[:split])]


def test_roots_and_proofs_are_those_of_certificate_transparency() -> None:
    tree = tree_of(LEAVES)
    assert [tree.root(size).hex() for size in range(1, 9)] == ROOTS
    for (index, size), proof in INCLUSION.items():
        assert [one.hex() for one in tree.inclusion(index, size)] == proof
    for (earlier, size), proof in CONSISTENCY.items():
        assert [one.hex() for one in tree.consistency(earlier, size)] == proof


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_every_size_has_the_root_of_the_naive_tree(leaves: list[bytes]) -> None:
    tree = tree_of(leaves)
    for size in range(len(leaves) + 1):
        assert tree.root(size) == naive_root(leaves[:size])


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=70), st.data())
def test_every_leaf_proves_its_place_and_no_other(leaves: list[bytes], data: st.DataObject) -> None:
    tree = tree_of(leaves)
    size = data.draw(st.integers(1, len(leaves)))
    index = data.draw(st.integers(0, size - 1))
    proof = tree.inclusion(index, size)
    assert list(proof) == naive_path(index, leaves[:size])
    verify_inclusion(leaves[index], index, size, proof, tree.root(size))
    root = tree.root(size)
    wrong: list[tuple[bytes, int, tuple[bytes, ...], bytes]] = [
        (leaves[index] + b"!", index, proof, root),
        (leaves[index], index, (*proof, bytes(32)), root),
        (leaves[index], size, proof, root),
        (leaves[index], index, proof, bytes(32)),
    ]
    if proof:
        wrong.append((leaves[index], index, proof[:-1], root))
    for leaf, place, steps, signed in wrong:
        with pytest.raises(ProofWrong):
            verify_inclusion(leaf, place, size, steps, signed)


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=70), st.data())
def test_a_larger_tree_proves_that_it_only_grew(leaves: list[bytes], data: st.DataObject) -> None:
    tree = tree_of(leaves)
    size = data.draw(st.integers(1, len(leaves)))
    earlier = data.draw(st.integers(1, size))
    proof = tree.consistency(earlier, size)
    roots = tree.root(earlier), tree.root(size)
    verify_consistency(earlier, roots[0], size, roots[1], proof)
    changed = data.draw(st.integers(0, earlier - 1))
    other = tree_of([leaf + b"!" if at == changed else leaf for at, leaf in enumerate(leaves)])
    with pytest.raises(ProofWrong):
        verify_consistency(
            earlier, roots[0], size, other.root(size), other.consistency(earlier, size)
        )
    with pytest.raises(ProofWrong):
        verify_consistency(earlier, roots[0], size, roots[1], (*proof, bytes(32)))


def test_there_is_no_proof_of_what_never_was() -> None:
    tree = tree_of(LEAVES)
    for wrong in (
        lambda: tree.root(9),
        lambda: tree.inclusion(8, 8),
        lambda: tree.inclusion(0, 9),
        lambda: tree.consistency(0, 8),
        lambda: tree.consistency(9, 8),
    ):
        with pytest.raises(ValueError, match="tree"):
            wrong()
