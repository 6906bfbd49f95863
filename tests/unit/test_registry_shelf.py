"""Models on the shelf: signed, named by their hash, found again through the index."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.fixtures.registry import artefact_of, manifest_of
from training_loop.audit.notary import Notary
from training_loop.datasets.item_ref import ItemRef
from training_loop.registry.artefact import sha256_of
from training_loop.registry.errors import ModelTampered, ModelUnknown
from training_loop.registry.index import FILE, LineageIndex
from training_loop.registry.kinds import kind_of
from training_loop.registry.manifest import Manifest
from training_loop.registry.record import difference
from training_loop.registry.shelf import Decided, Decision, Shelf, notary_beside
from training_loop.training.trainer import ModelKind

ONE = ItemRef(item="utt_one", epoch=1)
TWO = ItemRef(item="utt_two", epoch=2)
CANDIDATE = Decided(decision=Decision.CANDIDATE)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    found = Shelf(tmp_path / "state" / "registry")
    found.prepare()
    return found


def _put(shelf: Shelf, where: Path, *items: ItemRef, kind: ModelKind = ModelKind.NLU) -> Manifest:
    artefact = artefact_of(kind, where)
    manifest = manifest_of(kind, artefact, "", items, data_sets=("ds-1",))
    shelf.put(artefact, manifest, CANDIDATE)
    return manifest


@pytest.mark.parametrize("kind", [ModelKind.NLU, ModelKind.LANGUAGE_MODEL, ModelKind.THRESHOLDS])
def test_models_of_every_kind_come_back_as_they_were_put(
    shelf: Shelf, tmp_path: Path, kind: ModelKind
) -> None:
    manifest = _put(shelf, tmp_path, ONE, kind=kind)
    assert shelf.verified(manifest.model) == manifest
    assert kind_of(manifest.model) is kind
    assert sha256_of(shelf.archive(manifest.model)) == manifest.archive_sha256
    assert shelf.archive(manifest.model).is_dir() == (kind is ModelKind.LANGUAGE_MODEL)
    assert shelf.decided(manifest.model) == CANDIDATE


@pytest.mark.parametrize("change", ["content", "name", "added", "removed", "link"])
def test_any_change_of_a_vosk_model_is_found(shelf: Shelf, tmp_path: Path, change: str) -> None:
    model = _put(shelf, tmp_path, kind=ModelKind.LANGUAGE_MODEL).model
    grammar = shelf.archive(model) / "graph" / "Gr.fst"
    if change == "content":
        grammar.write_text("other words")
    elif change == "name":
        grammar.rename(grammar.with_name("G.fst"))
    elif change == "added":
        grammar.with_name("more.fst").write_text("")
    elif change == "removed":
        grammar.unlink()
    else:
        grammar.rename(tmp_path / "Gr.fst")
        grammar.symlink_to(tmp_path / "Gr.fst")
    with pytest.raises(ModelTampered):
        shelf.verified(model)


def test_a_manifest_that_somebody_made_up_is_refused_though_it_hashes_to_its_name(
    shelf: Shelf, tmp_path: Path
) -> None:
    """Whoever can write the directory can compute a hash; nobody but the notary can sign."""
    true = _put(shelf, tmp_path, ONE)
    artefact = artefact_of(ModelKind.NLU, tmp_path)
    forged = manifest_of(ModelKind.NLU, artefact, "")
    directory = shelf.root / forged.model
    shutil.copytree(shelf.root / true.model, directory)
    shutil.copyfile(artefact, directory / "model.tar.gz")
    (directory / "manifest.json").write_bytes(forged.to_bytes())
    with pytest.raises(ModelTampered):
        shelf.manifest(forged.model)
    (directory / "signature.json").unlink()
    with pytest.raises(ModelTampered):
        shelf.manifest(forged.model)
    assert [one.model for one in LineageIndex(shelf).models()] == [true.model]


def test_what_another_installation_signed_is_refused(shelf: Shelf, tmp_path: Path) -> None:
    other = Shelf(tmp_path / "other" / "registry")
    other.prepare()
    manifest = _put(other, tmp_path, ONE)
    shutil.copytree(other.root / manifest.model, shelf.root / manifest.model)
    shelf.put(
        artefact_of(ModelKind.NLU, tmp_path),
        manifest_of(ModelKind.NLU, artefact_of(ModelKind.NLU, tmp_path), ""),
        CANDIDATE,
    )
    with pytest.raises(ModelTampered):
        shelf.manifest(manifest.model)


def test_a_decision_that_was_turned_round_counts_as_refused(shelf: Shelf, tmp_path: Path) -> None:
    model = _put(shelf, tmp_path).model
    shelf.decide(model, Decided(decision=Decision.REFUSED, reasons=("worse",)))
    path = shelf.root / model / "decision.json"
    content = json.loads(path.read_bytes()) | {"decision": "candidate"}
    path.write_text(json.dumps(content))
    assert shelf.decided(model).decision is Decision.REFUSED


@pytest.mark.parametrize("decision", [Decision.REFUSED, Decision.WITHDRAWN])
@pytest.mark.parametrize("kind", [ModelKind.NLU, ModelKind.LANGUAGE_MODEL])
def test_after_a_final_decision_the_artefact_is_gone_and_the_lineage_stays(
    shelf: Shelf, tmp_path: Path, kind: ModelKind, decision: Decision
) -> None:
    manifest = _put(shelf, tmp_path, ONE, kind=kind)
    shelf.decide(manifest.model, Decided(decision=decision))
    assert not shelf.has_artefact(manifest.model)
    assert shelf.manifest(manifest.model) == manifest


def test_models_of_the_first_release_are_signed_once_and_keep_their_ids(
    shelf: Shelf, tmp_path: Path
) -> None:
    artefact = artefact_of(ModelKind.NLU, tmp_path)
    written = {
        "version": 1, "parent": "", "created_at_s": 2.0, "archive_sha256": sha256_of(artefact),
        "base_data": "b", "config": "c", "rasa_version": "3.6.21", "seed": 1,
        "items": [["utt_one", 1]], "evaluation": None,
    }  # fmt: skip
    old = Manifest.from_bytes(json.dumps(written).encode())
    directory = shelf.root / old.model
    directory.mkdir()
    shutil.copyfile(artefact, directory / "model.tar.gz")
    (directory / "manifest.json").write_text(json.dumps(written, sort_keys=True, indent=1))
    (directory / "decision.json").write_text('{"decision": "released", "reasons": []}')
    with pytest.raises(ModelTampered):
        shelf.verified(old.model)
    assert shelf.adopt() == 1
    assert shelf.adopt() == 0
    assert shelf.verified(old.model) == old
    assert (old.kind, old.items, old.data_sets) == (ModelKind.NLU, (ONE,), ())
    assert shelf.decided(old.model).decision is Decision.RELEASED


def test_an_id_that_leads_elsewhere_is_unknown(shelf: Shelf) -> None:
    for name in ("", "nlu-", "nlu-../../keys", "../keys", "xx-1", "nlu-0a1b/..", "nlu-none"):
        with pytest.raises(ModelUnknown):
            shelf.manifest(name)


def test_a_registration_that_another_process_is_at_is_left_alone(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def meanwhile(notary: Notary) -> object:
        Shelf(shelf.root).prepare()
        seen.append(len(list(shelf.root.glob(".unfinished-*"))))
        return key(notary)

    key = Notary.key
    monkeypatch.setattr(Notary, "key", meanwhile)
    _put(shelf, tmp_path)
    assert seen
    assert set(seen) == {1}


def test_the_index_says_what_the_manifests_say(shelf: Shelf, tmp_path: Path) -> None:
    first, second = _put(shelf, tmp_path, ONE, TWO), _put(shelf, tmp_path, TWO)
    index = LineageIndex(shelf)
    known, withdrawn = index.overview({("utt_one", 1)})
    assert {one.model: one.items for one in known} == {first.model: 2, second.model: 1}
    assert known[0].data_sets == ("ds-1",)
    assert withdrawn == {first.model: 1, second.model: 1}
    assert index.overview({("utt_one", 1), ("utt_two", 2)})[1] == {}
    assert index.overview({("utt_one", 1), ("utt_two", 3)})[1] == {first.model: 1, second.model: 1}
    assert index.models_with({"utt_one", "utt_three"}) == (first.model,)
    shutil.rmtree(shelf.root / first.model)
    assert index.models_with({"utt_one"}) == ()


def test_the_index_follows_decisions_and_notices_changes(shelf: Shelf, tmp_path: Path) -> None:
    manifest = _put(shelf, tmp_path, ONE)
    index = LineageIndex(shelf)
    assert index.models()[0].decided.decision is Decision.CANDIDATE
    shelf.decide(manifest.model, Decided(decision=Decision.REFUSED, reasons=("worse",)))
    assert index.models()[0].decided.reasons == ("worse",)
    (shelf.root / manifest.model / "manifest.json").write_bytes(b"{}")
    assert index.models() == ()


@pytest.mark.parametrize("damage", [b"no database", b""])
def test_a_damaged_index_is_made_anew(shelf: Shelf, tmp_path: Path, damage: bytes) -> None:
    manifest = _put(shelf, tmp_path, ONE)
    index = LineageIndex(shelf)
    index.models()
    (shelf.root / FILE).write_bytes(damage * 100)
    assert index.models_with({"utt_one"}) == (manifest.model,)
    assert (shelf.root / FILE).stat().st_mode & 0o077 == 0


def test_what_changed_between_two_models_is_told(tmp_path: Path) -> None:
    artefact = artefact_of(ModelKind.NLU, tmp_path)
    before = manifest_of(ModelKind.NLU, artefact, "", (ONE,), data_sets=("ds-1",))
    after = manifest_of(ModelKind.NLU, artefact, before.model, (TWO,), data_sets=("ds-2",))
    found = difference(before, after)
    assert (found.added, found.removed, found.same) == ((TWO,), (ONE,), 0)
    assert found.changed["data_sets"] == ("ds-1", "ds-2")
    assert found.results == {"word_error_rate": (0.2, 0.2)}


def test_the_notary_is_that_of_the_state_directory(shelf: Shelf, tmp_path: Path) -> None:
    _put(shelf, tmp_path)
    assert (tmp_path / "state" / "keys" / "signing.key").exists()
    assert notary_beside(shelf.root).key().public == notary_beside(shelf.root).public_key()
