"""Verifying the audit log: the store's own, or one that was exported to a file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from training_loop.audit.chain import Break, Chain, ChainBroken
from training_loop.audit.checkpoint import Head, Loss, SealedHeads
from training_loop.audit.errors import SignatureWrong, TransparencyLogDamaged
from training_loop.audit.merkle import MerkleTree
from training_loop.audit.signing import PublicKey
from training_loop.audit.transparency import TreeHead


class AuditSource(Protocol):
    """Where a log is read from. Leaves and heads are read before the entries, which may grow."""

    async def leaves(self) -> Sequence[bytes]: ...

    async def tree_head(self) -> TreeHead | None: ...

    async def heads(self) -> Mapping[str, Head]: ...

    def entries(self) -> AsyncIterator[tuple[str, str]]:
        """Shard and line; each shard's in their order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """What verifying found. The log holds when `breaks` is empty."""

    entries: int
    unsealed: int
    """Entries that are chained and not yet covered by a signed checkpoint."""
    checkpoints: int
    sealed_until_ms: int
    leaves: int
    breaks: tuple[Break, ...]
    losses: tuple[Loss, ...]
    """Entries that a restore from a backup took away, as was signed then."""

    @property
    def holds(self) -> bool:
        return not self.breaks


async def verify_audit(
    source: AuditSource, key: PublicKey, *, since: TreeHead | None = None
) -> AuditReport:
    """Follows every chain and checks every signature.

    `since` is a tree head that was kept elsewhere: the log must still begin with it, which finds
    a log and a store that were both put back to an earlier state.
    """
    leaves: Sequence[bytes] = ()
    head, breaks = None, []
    sealed = SealedHeads()
    try:
        leaves, head = await source.leaves(), await source.tree_head()
        breaks.extend(_tree_breaks(leaves, head, since, key))
    except TransparencyLogDamaged as error:
        breaks.append(_of_tree(0, f"It is damaged: {error}."))
    try:
        sealed.add_leaves(leaves, key)
    except SignatureWrong as error:
        breaks.append(_of_tree(len(leaves), f"A checkpoint is not valid: {error}."))
    heads = await source.heads()
    chains, broken = await _follow(source, sealed, heads)
    breaks.extend(broken.values())
    counted = sum(chain.number for chain in chains.values())
    return AuditReport(
        entries=counted,
        unsealed=sum(max(0, chain.number - sealed.last(shard)) for shard, chain in chains.items()),
        checkpoints=sealed.checkpoints,
        sealed_until_ms=sealed.latest_ms,
        leaves=len(leaves),
        breaks=tuple(breaks),
        losses=tuple(sealed.losses),
    )


async def _follow(
    source: AuditSource, sealed: SealedHeads, heads: Mapping[str, Head]
) -> tuple[dict[str, Chain], dict[str, Break]]:
    broken: dict[str, Break] = {}
    chains = {
        shard: Chain(shard, sealed.by_shard.get(shard), head=heads.get(shard))
        for shard in (*sealed.by_shard, *heads)
    }
    async for shard, line in source.entries():
        if shard in broken:
            continue
        chain = chains.setdefault(shard, Chain(shard))
        try:
            chain.follow(line)
        except ChainBroken as found:
            broken[shard] = found.found
    for shard, chain in chains.items():
        try:
            if shard not in broken:
                chain.end()
        except ChainBroken as found:
            broken[shard] = found.found
    return chains, broken


def _tree_breaks(
    leaves: Sequence[bytes], head: TreeHead | None, since: TreeHead | None, key: PublicKey
) -> list[Break]:
    tree = MerkleTree()
    for leaf in leaves:
        tree.append(leaf)
    found = []
    for name, one in (("The signed tree head", head), ("The tree head that was kept", since)):
        if one is None:
            continue
        try:
            one.verify(key)
        except SignatureWrong as error:
            found.append(_of_tree(0, f"{name} is not valid: {error}."))
            continue
        if one.size > len(tree):
            missing = one.size - len(tree)
            found.append(
                _of_tree(len(tree), f"{name} names {one.size} leaves; {missing} are missing.")
            )
        elif tree.root(one.size).hex() != one.root:
            found.append(_of_tree(0, f"{name} is of other leaves: one was changed."))
    if head is None and leaves:
        found.append(_of_tree(0, "There is no signed tree head."))
    return found


def _of_tree(number: int, what: str) -> Break:
    return Break(shard="transparency log", number=number, what=what)
