"""A receipt is believed as it was signed, or not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.audit import A_MODEL_PENDING, some_evidence
from training_loop.audit.canonical import canonical
from training_loop.audit.merkle import verify_consistency
from training_loop.audit.notary import Notary
from training_loop.audit.signing import PublicKey, SigningKey
from training_loop.audit.transparency import TransparencyLog
from training_loop.receipts.errors import ReceiptRefused
from training_loop.receipts.evidence import Pending, PendingKind, StoreEvidence
from training_loop.receipts.page import receipt_page
from training_loop.receipts.receipt import build_receipt, verify_receipt
from training_loop.receipts.words import sentences


@cache
def a_receipt() -> tuple[bytes, PublicKey]:
    """Of a log with more in it, so that its proof has steps."""
    with TemporaryDirectory() as directory:
        notary = Notary(TransparencyLog(Path(directory) / "log"), Path(directory) / "signing.key")
        for number in range(5):
            notary.add(canonical({"other": number}))
        receipt = build_receipt(some_evidence(pending=(A_MODEL_PENDING,)), notary)
        return receipt.content, notary.public_key()


def test_a_receipt_is_genuine_with_the_public_key_alone() -> None:
    content, key = a_receipt()
    receipt = verify_receipt(content, PublicKey.from_pem(key.pem))
    assert receipt.evidence == some_evidence(pending=(A_MODEL_PENDING,))
    assert len(receipt.inclusion.path) == 2
    assert receipt.inclusion.head.size == 6


def test_no_byte_of_a_receipt_can_be_changed() -> None:
    """Every position, with one bit flipped."""
    content, key = a_receipt()
    for at in range(len(content)):
        with pytest.raises(ReceiptRefused):
            verify_receipt(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :], key)


@given(st.data())
def test_no_byte_of_a_receipt_can_be_any_other(data: st.DataObject) -> None:
    content, key = a_receipt()
    at = data.draw(st.integers(0, len(content) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != content[at]))
    with pytest.raises(ReceiptRefused):
        verify_receipt(content[:at] + bytes([byte]) + content[at + 1 :], key)


@given(st.integers(0, 10_000))
def test_a_receipt_that_is_cut_off_or_continued_is_refused(length: int) -> None:
    content, key = a_receipt()
    cut = content[: length % len(content)]
    for wrong in (cut, content + b"\n", content + cut[:1]):
        if wrong != content:
            with pytest.raises(ReceiptRefused):
                verify_receipt(wrong, key)


def test_the_same_receipt_written_otherwise_is_refused() -> None:
    content, key = a_receipt()
    with pytest.raises(ReceiptRefused):
        verify_receipt(json.dumps(json.loads(content), indent=1).encode(), key)


def test_another_key_is_named_as_the_reason(tmp_path: Path) -> None:
    content, _ = a_receipt()
    other = SigningKey.open(tmp_path / "other.key", create=True)
    with pytest.raises(ReceiptRefused, match="names the signing key"):
        verify_receipt(content, other.public)


def test_a_receipt_signed_again_by_a_thief_is_refused(tmp_path: Path) -> None:
    """Changed, and signed throughout with another key that claims to be the right one."""
    content, key = a_receipt()
    thief = Notary(TransparencyLog(tmp_path / "log"), tmp_path / "signing.key")
    forged = build_receipt(some_evidence(), thief).content
    forged = forged.replace(thief.public_key().key_id.encode(), key.key_id.encode())
    with pytest.raises(ReceiptRefused, match="signature"):
        verify_receipt(forged, key)
    mixed = {**json.loads(content), "transparency": json.loads(forged)["transparency"]}
    with pytest.raises(ReceiptRefused):
        verify_receipt(canonical(mixed), key)


def test_the_same_evidence_gives_the_same_receipt_and_one_leaf(notary: Notary) -> None:
    first, again = (build_receipt(some_evidence(), notary) for _ in range(2))
    assert (first.receipt, first.content) == (again.receipt, again.content)
    assert len(notary.log.leaves()) == 1


def test_a_second_receipt_names_the_first_and_has_nothing_pending(notary: Notary) -> None:
    first = build_receipt(some_evidence(pending=(A_MODEL_PENDING,)), notary)
    second = build_receipt(some_evidence(earlier=first.receipt), notary)
    verified = verify_receipt(second.content, notary.public_key())
    assert verified.evidence.earlier_receipt == first.receipt
    assert second.receipt != first.receipt
    assert "Nothing is pending." in sentences(verified.evidence)
    assert "nlu-7c11" in " ".join(sentences(first.evidence))
    heads = first.inclusion.head, second.inclusion.head
    proof = notary.log.consistency(*heads)
    roots = [bytes.fromhex(head.root) for head in heads]
    verify_consistency(heads[0].size, roots[0], heads[1].size, roots[1], proof)


def test_no_receipt_says_done_when_traces_were_found(notary: Notary) -> None:
    evidence = some_evidence()
    with pytest.raises(ValueError, match="traces"):
        build_receipt(replace(evidence, scan=replace(evidence.scan, traces_found=1)), notary)
    late = replace(evidence.stores[0], completed_at_s=evidence.completed_at_s + 1)
    with pytest.raises(ValueError, match="after all of its stores"):
        build_receipt(replace(evidence, stores=(late,)), notary)
    assert notary.log.leaves() == []


@pytest.mark.parametrize("name", ["acc_4fk2", "utt_1", "dev_kitchen", "Anna Müller", "a b", ""])
def test_evidence_refuses_what_names_somebody(name: str) -> None:
    with pytest.raises(ValueError, match="stands for no person"):
        some_evidence(erasure=name)
    with pytest.raises(ValueError, match="stands for no person"):
        Pending(kind=PendingKind.EXPORT_ACKNOWLEDGEMENT, reference=name)
    with pytest.raises(ValueError, match="stands for no person"):
        StoreEvidence(
            store="lists",
            records_removed=0,
            keys_destroyed=(name,),
            began_at_s=0,
            completed_at_s=0,
        )


def test_the_page_claims_no_step_that_was_not_taken(notary: Notary) -> None:
    evidence = some_evidence()
    bare = replace(evidence, stores=evidence.stores[1:], log_rewritten_at_s=None)
    page = receipt_page(build_receipt(bare, notary))
    assert "keys that locked" not in page
    assert "rewritten without" not in page


def test_the_page_shows_every_place_and_loads_nothing() -> None:
    content, key = a_receipt()
    receipt = verify_receipt(content, key)
    page = receipt_page(receipt)
    for part in ("utterances", "lists", "nlu-7c11", receipt.receipt, receipt.key, "number 6"):
        assert part in page
    assert "keys that locked the data were destroyed" in page
    for loading in ("src=", "href=", "@import", "url(", "<script"):
        assert loading not in page
