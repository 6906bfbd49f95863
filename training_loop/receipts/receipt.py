"""A signed receipt of one erasure, with the proof that it is in the transparency log."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from training_loop.audit.canonical import NotCanonical, canonical, read_canonical
from training_loop.audit.errors import SignatureWrong
from training_loop.audit.merkle import ProofWrong, verify_inclusion
from training_loop.audit.notary import Notary
from training_loop.audit.signing import PublicKey
from training_loop.audit.transparency import Inclusion, TreeHead
from training_loop.receipts.errors import ReceiptRefused
from training_loop.receipts.evidence import ErasureEvidence
from training_loop.receipts.statement import from_json, to_json

FORMAT = "earmark-receipt/1"
LARGEST_RECEIPT = 16 * 1024 * 1024
_PURPOSE = "receipt"
_LONGEST_PATH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Holds no personal data. `content` is what a file of it holds, byte for byte."""

    receipt: str
    """Its id: the beginning of the SHA-256 of what it states."""
    evidence: ErasureEvidence
    key: str
    """Which key signed it."""
    inclusion: Inclusion
    content: bytes


def build_receipt(evidence: ErasureEvidence, notary: Notary) -> Receipt:
    """Signs the evidence and puts its hash into the transparency log, on disk when this returns.

    The same evidence gives the same receipt, with a newer tree head at most, so an interrupted
    erasure may ask again. Blocks on the disk. Raises ValueError when the scan found traces or a
    store's work ended after the erasure; SigningKeyRefused; TransparencyLogDamaged.
    """
    _check_done(evidence)
    key = notary.key()
    statement = to_json(evidence)
    signed = {
        "format": FORMAT,
        "key": key.public.key_id,
        "receipt": _id_of(statement),
        "signature": key.sign(_PURPOSE, canonical(statement)),
        "statement": statement,
    }
    inclusion = notary.add(_leaf(signed))
    proof = {
        "index": inclusion.index,
        "path": list(inclusion.path),
        "tree_head": inclusion.head.to_json(),
    }
    return read_receipt(canonical({**signed, "transparency": proof}))


def read_receipt(content: bytes) -> Receipt:
    """What a file says, before anything of it is believed. Raises ReceiptRefused for a file that
    is cut off, is something else, or is not written in the one canonical way."""
    if len(content) > LARGEST_RECEIPT:
        raise ReceiptRefused("This file is too large for a receipt.")
    try:
        found = read_canonical(content)
    except NotCanonical as error:
        raise ReceiptRefused(
            "This file is no receipt: it is damaged, cut off or changed."
        ) from error
    try:
        return _parsed(found, content)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReceiptRefused("This file is no receipt: parts are missing or changed.") from error


def verify_receipt(content: bytes, key: PublicKey) -> Receipt:
    """Checks all of it with the public key alone. Raises ReceiptRefused with what is wrong."""
    receipt = read_receipt(content)
    found = read_canonical(content)
    if key.key_id != receipt.key:
        raise ReceiptRefused(
            f"It names the signing key {receipt.key}; the public key given is {key.key_id}."
        )
    try:
        key.verify(_PURPOSE, canonical(_mapping(found["statement"])), str(found["signature"]))
    except SignatureWrong as error:
        raise ReceiptRefused(
            "Its signature does not fit what it states: it was changed."
        ) from error
    inclusion = receipt.inclusion
    try:
        inclusion.head.verify(key)
    except SignatureWrong as error:
        raise ReceiptRefused("The signature of its tree head does not fit.") from error
    _check_inclusion(_leaf(found), inclusion)
    return receipt


def _check_inclusion(leaf: bytes, inclusion: Inclusion) -> None:
    head = inclusion.head
    try:
        path = [bytes.fromhex(step) for step in inclusion.path]
        verify_inclusion(leaf, inclusion.index, head.size, path, bytes.fromhex(head.root))
    except ProofWrong as error:
        raise ReceiptRefused("It is not proven to be in the transparency log.") from error


def _check_done(evidence: ErasureEvidence) -> None:
    if evidence.scan.traces_found:
        raise ValueError("an erasure whose scan found traces is not done")
    if any(store.completed_at_s > evidence.completed_at_s for store in evidence.stores):
        raise ValueError("an erasure is completed after all of its stores")


def _id_of(statement: Mapping[str, object]) -> str:
    return "rcpt_" + hashlib.sha256(canonical(statement)).hexdigest()[:32]


def _leaf(signed: Mapping[str, object]) -> bytes:
    """What the transparency log holds of a receipt: its hash, and nothing that it states."""
    signature, statement = signed["signature"], signed["statement"]
    content = canonical({"signature": signature, "statement": statement})
    return canonical({"format": FORMAT, "sha256": hashlib.sha256(content).hexdigest()})


def _parsed(found: Mapping[str, object], content: bytes) -> Receipt:
    if set(found) != {"format", "key", "receipt", "signature", "statement", "transparency"}:
        raise ValueError("names of a receipt")
    statement = _mapping(found["statement"])
    evidence = from_json(statement)
    transparency = _mapping(found["transparency"])
    if (
        found["format"] != FORMAT
        or canonical(to_json(evidence)) != canonical(statement)
        or found["receipt"] != _id_of(statement)
        or set(transparency) != {"index", "path", "tree_head"}
    ):
        raise ValueError("content of a receipt")
    return Receipt(
        receipt=str(found["receipt"]),
        evidence=evidence,
        key=str(found["key"]),
        inclusion=_inclusion(transparency),
        content=content,
    )


def _inclusion(found: Mapping[str, object]) -> Inclusion:
    index, path = found["index"], found["path"]
    if not isinstance(index, int) or not isinstance(path, list) or len(path) > _LONGEST_PATH:
        raise TypeError("an inclusion proof")
    head = TreeHead.from_json(found["tree_head"])
    for step in (*path, head.root):
        if bytes.fromhex(step).hex() != step:
            raise ValueError("hashes are lower-case hexadecimal digits")
    return Inclusion(index=index, path=tuple(path), head=head)


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TypeError("an object is expected")
    return value
