"""A chain of entries that was harmed in any way is not followed to its end."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training_loop.audit.chain import Chain, ChainBroken
from training_loop.audit.checkpoint import (
    Checkpoint,
    CheckpointKind,
    Sealed,
    SealedHeads,
)
from training_loop.audit.entry import AuditEntry, MalformedEntry, first_link
from training_loop.audit.errors import SignatureWrong
from training_loop.audit.notary import Notary

SHARD = "s07"


def chain_of(length: int, *, word: str = "clip_heard") -> list[str]:
    link, lines = first_link(SHARD), []
    for number in range(1, length + 1):
        body = f"{number} {1_795_000_000_000 + number} reviewer-1 p-1 {word} - -"
        link = hashlib.sha256(f"{link} {body}".encode()).hexdigest()
        lines.append(f"{body} {link}")
    return lines


def follow(lines: list[str], *, sealed: int, of: list[str]) -> None:
    """Follows lines that should be `of`, whose first `sealed` entries were signed."""
    promise = {sealed: Sealed(link=of[sealed - 1].split(" ")[-1], time_ms=0)} if sealed else {}
    chain = Chain(SHARD, promise, head=(len(of), of[-1].split(" ")[-1]))
    for line in lines:
        chain.follow(line)
    chain.end()


@given(st.integers(1, 12), st.data())
def test_any_harm_to_any_entry_is_found(length: int, data: st.DataObject) -> None:
    lines = chain_of(length)
    sealed = data.draw(st.integers(0, length))
    follow(lines, sealed=sealed, of=lines)
    at, other = (data.draw(st.integers(0, length - 1)) for _ in range(2))
    harmed = list(lines)
    match data.draw(st.sampled_from(["edit", "drop", "swap", "double", "truncate", "relink"])):
        case "edit":
            place = data.draw(st.integers(0, len(lines[at]) - 1))
            letter = data.draw(st.characters(codec="ascii").filter(lambda c: c != lines[at][place]))
            harmed[at] = lines[at][:place] + letter + lines[at][place + 1 :]
        case "drop":
            del harmed[at]
        case "swap":
            harmed[at], harmed[other] = harmed[other], harmed[at]
        case "double":
            harmed.insert(other, lines[at])
        case "truncate":
            harmed = lines[:at]
        case "relink":
            harmed = chain_of(length, word="clip_leased")
    if harmed != lines:
        with pytest.raises(ChainBroken) as found:
            follow(harmed, sealed=sealed, of=lines)
        assert found.value.found.what.startswith("Entry ")


def test_a_chain_can_be_followed_from_a_known_entry_on() -> None:
    lines = chain_of(6)
    chain = Chain(SHARD, after=(4, lines[3].split(" ")[-1]))
    assert [chain.follow(line).number for line in lines[4:]] == [5, 6]


@pytest.mark.parametrize("line", ["", "1 2 a b c d e", "x 2 a b c d e f", "1 2 a b c d e f g"])
def test_what_is_no_entry_is_refused(line: str) -> None:
    with pytest.raises(MalformedEntry):
        AuditEntry.read(SHARD, line)


def test_checkpoints_are_believed_as_signed_or_not_at_all(notary: Notary) -> None:
    key = notary.key()
    leaf = Checkpoint.sign(key, CheckpointKind.SEALED, {"s07": (3, "ab")}, 1).leaf
    sealed = SealedHeads()
    sealed.add_leaves([b'{"format":"something else"}', leaf], key.public)
    assert (sealed.checkpoints, sealed.last("s07"), sealed.last("s08")) == (1, 3, 0)
    for wrong in (
        leaf.replace(b"[3,", b"[2,"),
        leaf.replace(b"sealed", b"restored"),
        leaf.replace(b"sealed", b"unheard"),
        leaf.replace(b'[3,"ab"]', b"[]"),
        leaf[:-2],
    ):
        assert wrong != leaf
        with pytest.raises(SignatureWrong):
            SealedHeads().add_leaves([wrong], key.public)
