"""The transparency log on disk: it grows, survives crashes, and shows what was changed."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from training_loop.audit.canonical import NotCanonical, canonical, read_canonical
from training_loop.audit.errors import (
    SignatureWrong,
    SigningKeyRefused,
    TransparencyLogDamaged,
)
from training_loop.audit.merkle import verify_consistency, verify_inclusion
from training_loop.audit.notary import Notary
from training_loop.audit.signing import PublicKey, SigningKey
from training_loop.audit.transparency import LONGEST_LEAF, TransparencyLog


def reopened(notary: Notary, tmp_path: Path) -> Notary:
    """As another process sees it."""
    return Notary(TransparencyLog(tmp_path / "transparency"), tmp_path / "keys" / "signing.key")


def test_every_leaf_is_proven_and_every_head_only_adds(notary: Notary) -> None:
    earlier = None
    for number in range(20):
        leaf = b"leaf %d" % number
        inclusion = notary.add(leaf)
        head = inclusion.head
        head.verify(notary.public_key())
        path, root = [bytes.fromhex(step) for step in inclusion.path], bytes.fromhex(head.root)
        verify_inclusion(leaf, inclusion.index, head.size, path, root)
        if earlier:
            proof = notary.log.consistency(earlier, head)
            verify_consistency(earlier.size, bytes.fromhex(earlier.root), head.size, root, proof)
        earlier = head


def test_a_leaf_is_there_once_however_often_it_is_added(notary: Notary, tmp_path: Path) -> None:
    first = notary.add(b"leaf")
    notary.add(b"other")
    assert reopened(notary, tmp_path).add(b"leaf").index == first.index
    assert list(notary.log.leaves()) == [b"leaf", b"other"]


def test_writers_at_once_lose_nothing(notary: Notary, tmp_path: Path) -> None:
    notary.add(b"first")
    others = [reopened(notary, tmp_path) for _ in range(4)]

    def add(number: int) -> None:
        for step in range(10):
            others[number % 3].add(b"%d %d" % (number, step))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(reopened(notary, tmp_path).log.leaves())) == 41


@pytest.mark.parametrize("cut", [1, 3])
def test_a_line_that_a_crash_cut_off_is_dropped(notary: Notary, tmp_path: Path, cut: int) -> None:
    notary.add(b"leaf")
    with (tmp_path / "transparency" / "log").open("ab") as file:
        file.write(b"torn leaf"[:-cut])
    again = reopened(notary, tmp_path)
    assert list(again.log.leaves()) == [b"leaf"]
    again.add(b"next")
    assert list(reopened(notary, tmp_path).log.leaves()) == [b"leaf", b"next"]


def test_a_crash_between_leaf_and_head_is_made_up_for(notary: Notary, tmp_path: Path) -> None:
    notary.add(b"leaf")
    with (tmp_path / "transparency" / "log").open("ab") as file:
        file.write(b"unsigned\n")
    again = reopened(notary, tmp_path)
    assert list(again.log.leaves()) == [b"leaf"], "it was never acknowledged"
    assert again.add(b"unsigned").head.size == 2


@pytest.mark.parametrize("harm", ["edit", "drop", "swap", "head", "no head"])
def test_a_changed_log_is_refused_by_readers_and_writers(
    notary: Notary, tmp_path: Path, harm: str
) -> None:
    for leaf in (b"one", b"two", b"three"):
        notary.add(leaf)
    log, head = tmp_path / "transparency" / "log", notary.log.head_file
    if harm == "head":
        head.write_bytes(b"{}")
    elif harm == "no head":
        head.unlink()
    else:
        changed = {
            "edit": b"one\ntoo\nthree\n",
            "drop": b"one\ntwo\n",
            "swap": b"two\none\nthree\n",
        }
        log.write_bytes(changed[harm])
    again = reopened(notary, tmp_path)
    with pytest.raises(TransparencyLogDamaged):
        again.log.leaves()
    with pytest.raises((TransparencyLogDamaged, SigningKeyRefused)):
        again.add(b"four")


def test_a_log_that_shrinks_under_a_running_process_is_refused(
    notary: Notary, tmp_path: Path
) -> None:
    for leaf in (b"one", b"two"):
        notary.add(leaf)
    (tmp_path / "transparency" / "log").write_bytes(b"one\n")
    with pytest.raises(TransparencyLogDamaged, match="shorter"):
        notary.add(b"three")


@pytest.mark.parametrize("leaf", [b"", b"two\nlines", b"x" * (LONGEST_LEAF + 1)])
def test_a_leaf_is_one_line_of_bounded_length(notary: Notary, leaf: bytes) -> None:
    with pytest.raises(ValueError, match="one line"):
        notary.add(leaf)


def test_key_files_open_to_others_or_without_a_key_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "signing.key"
    SigningKey.open(path, create=True)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(SigningKeyRefused, match="open to other"):
        SigningKey.open(path, create=False)
    path.chmod(0o600)
    path.write_text("not a key")
    with pytest.raises(SigningKeyRefused, match="holds no key"):
        SigningKey.open(path, create=False)
    with pytest.raises(SigningKeyRefused):
        PublicKey.from_pem(b"not a key")


def test_a_signature_for_one_purpose_is_none_for_another(tmp_path: Path) -> None:
    key = SigningKey.open(tmp_path / "signing.key", create=True)
    signature = key.sign("receipt", b"message")
    key.public.verify("receipt", b"message", signature)
    for purpose, message, wrong in (
        ("tree head", b"message", signature),
        ("receipt", b"massage", signature),
        ("receipt", b"message", signature.upper()),
        ("receipt", b"message", "no hex"),
    ):
        with pytest.raises(SignatureWrong):
            key.public.verify(purpose, message, wrong)


@pytest.mark.parametrize(
    "content",
    [b'{"b":1,"a":2}', b'{"a": 1}', b'{"a":1,"a":1}', b'{"a":1.0}', b"[1]", b"{", b"\xff"],
)
def test_there_is_one_way_to_write_what_is_signed(content: bytes) -> None:
    with pytest.raises(NotCanonical):
        read_canonical(content)
    assert read_canonical(canonical({"b": 1, "a": [True, None, "ü"]})) == {
        "a": [True, None, "ü"],
        "b": 1,
    }
