"""An index of the shelf, so that a thousand models answer at once which learned from what.

A copy that may be lost: the manifests are the truth, and whatever is put into service is read and
verified there. A manifest that was written to since it was indexed is read again.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass

from training_loop.datasets.item_ref import ItemRef
from training_loop.registry.errors import ModelTampered, ModelUnknown
from training_loop.registry.manifest import Manifest
from training_loop.registry.shelf import MANIFEST, Decided, Decision, Shelf
from training_loop.training.trainer import ModelKind

FILE = "lineage.sqlite"
_BUSY_S = 10.0
_SCHEMA = """
PRAGMA synchronous = OFF;
CREATE TABLE IF NOT EXISTS models (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, stamp TEXT NOT NULL, sound INTEGER NOT NULL,
    kind TEXT, parent TEXT, fingerprint TEXT, created_at_s REAL, data_sets TEXT, items INTEGER,
    results TEXT, decision TEXT, reasons TEXT);
CREATE TABLE IF NOT EXISTS items (
    id INTEGER PRIMARY KEY, item TEXT NOT NULL, epoch INTEGER NOT NULL, UNIQUE (item, epoch));
CREATE TABLE IF NOT EXISTS uses (
    item INTEGER NOT NULL, model INTEGER NOT NULL, PRIMARY KEY (item, model)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS uses_by_model ON uses (model);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """What the index knows of a model that was not tampered with."""

    model: str
    kind: ModelKind
    parent: str
    fingerprint: str
    created_at_s: float
    data_sets: tuple[str, ...]
    items: int
    results: Mapping[str, float]
    decided: Decided


class LineageIndex:
    """Blocking. Any number of processes may use it; each call looks at the shelf first."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def models(self) -> tuple[Indexed, ...]:
        """Oldest first. One whose manifest was changed is left out."""
        with self._current() as database:
            return _models(database)

    def overview(
        self, consented: Set[tuple[str, int]]
    ) -> tuple[tuple[Indexed, ...], Mapping[str, int]]:
        """The models, and how many of its items each learned from that are not `consented`; models
        without any are left out there."""
        with self._current() as database:
            known = database.execute("SELECT item, epoch, id FROM items")
            gone = ((number,) for item, epoch, number in known if (item, epoch) not in consented)
            return _models(database), _uses(database, gone)

    def models_with(self, utterances: Set[str]) -> tuple[str, ...]:
        """Models that learned from one of the utterances, under whatever epoch."""
        with self._current() as database:
            found = (
                row
                for utterance in utterances
                for row in database.execute("SELECT id FROM items WHERE item = ?", (utterance,))
            )
            return tuple(sorted(_uses(database, found)))

    @contextmanager
    def _current(self) -> Iterator[sqlite3.Connection]:
        database = self._refreshed()
        try:
            yield database
        finally:
            database.close()

    def _refreshed(self) -> sqlite3.Connection:
        """One that is damaged is made anew; where the disk is full it is made in memory."""
        path = self._shelf.root / FILE
        for place in (str(path), str(path), ":memory:"):
            try:
                database = _opened(place)
            except (sqlite3.DatabaseError, OSError):
                path.unlink(missing_ok=True)
                continue
            try:
                _refresh(database, self._shelf)
            except sqlite3.DatabaseError:
                database.close()
                path.unlink(missing_ok=True)
            except BaseException:
                database.close()
                raise
            else:
                return database
        raise sqlite3.DatabaseError("no index can be made")


def _opened(place: str) -> sqlite3.Connection:
    if place != ":memory:":
        os.close(os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    database = sqlite3.connect(place, timeout=_BUSY_S)
    try:
        database.executescript(_SCHEMA)
    except BaseException:
        database.close()
        raise
    return database


def _refresh(database: sqlite3.Connection, shelf: Shelf) -> None:
    there = dict(_stamps(shelf))
    known = dict(database.execute("SELECT name, stamp FROM models"))
    if there == known:
        return
    with database:
        database.execute("BEGIN IMMEDIATE")
        for model in known.keys() - there.keys():
            _forget(database, model)
        for model, stamp in there.items():
            if known.get(model) != stamp:
                _forget(database, model)
                _note(database, shelf, model, stamp)


def _stamps(shelf: Shelf) -> Iterator[tuple[str, str]]:
    """Each model with what changes when its manifest, decision or artefact does."""
    root = f"{shelf.root}/"
    for model in shelf.names():
        try:
            folder = os.stat(root + model).st_mtime_ns  # noqa: PTH116 - thousands of them
            manifest = os.stat(f"{root}{model}/{MANIFEST}")  # noqa: PTH116
        except OSError:
            continue
        yield model, f"{folder} {manifest.st_mtime_ns} {manifest.st_ino} {manifest.st_size}"


def _forget(database: sqlite3.Connection, model: str) -> None:
    database.execute(
        "DELETE FROM uses WHERE model = (SELECT id FROM models WHERE name = ?)", (model,)
    )
    database.execute("DELETE FROM models WHERE name = ?", (model,))


def _note(database: sqlite3.Connection, shelf: Shelf, model: str, stamp: str) -> None:
    try:
        manifest: Manifest = shelf.manifest(model)
        decided = shelf.decided(model)
    except (ModelTampered, ModelUnknown):
        database.execute("INSERT INTO models (name, stamp, sound) VALUES (?, ?, 0)", (model, stamp))
        return
    number = database.execute(
        "INSERT INTO models (name, stamp, sound, kind, parent, fingerprint, created_at_s,"
        " data_sets, items, results, decision, reasons) VALUES (?,?,1,?,?,?,?,?,?,?,?,?)",
        (
            *(model, stamp, manifest.kind.value, manifest.parent, manifest.fingerprint),
            *(manifest.created_at_s, json.dumps(manifest.data_sets), len(manifest.items)),
            *(json.dumps(dict(manifest.results)), decided.decision.value),
            json.dumps(decided.reasons),
        ),
    ).lastrowid
    refs = [(ref.item, ref.epoch) for ref in manifest.items]
    database.executemany("INSERT OR IGNORE INTO items (item, epoch) VALUES (?, ?)", refs)
    database.executemany(
        "INSERT OR IGNORE INTO uses SELECT id, ? FROM items WHERE item = ? AND epoch = ?",
        ((number, *ref) for ref in refs),
    )


def _uses(database: sqlite3.Connection, items: Iterable[tuple[int]]) -> Mapping[str, int]:
    """How many of some items each model learned from."""
    database.execute("CREATE TEMP TABLE asked (item INTEGER PRIMARY KEY)")
    database.executemany("INSERT OR IGNORE INTO asked VALUES (?)", items)
    return dict(
        database.execute(
            "SELECT name, count(*) FROM asked JOIN uses USING (item)"
            " JOIN models ON models.id = uses.model GROUP BY uses.model"
        )
    )


def _models(database: sqlite3.Connection) -> tuple[Indexed, ...]:
    rows = database.execute(
        "SELECT name, kind, parent, fingerprint, created_at_s, data_sets, items, results,"
        " decision, reasons FROM models WHERE sound ORDER BY created_at_s, name"
    )
    return tuple(map(_indexed, rows))


def _indexed(row: tuple[object, ...]) -> Indexed:
    name, kind, parent, fingerprint, created_at_s, data_sets, items, results, decision, why = row
    assert isinstance(created_at_s, float)
    assert isinstance(items, int)
    return Indexed(
        model=str(name),
        kind=ModelKind(kind),
        parent=str(parent),
        fingerprint=str(fingerprint),
        created_at_s=created_at_s,
        data_sets=tuple(json.loads(str(data_sets))),
        items=items,
        results=json.loads(str(results)),
        decided=Decided(decision=Decision(decision), reasons=tuple(json.loads(str(why)))),
    )


def pairs(refs: Iterable[ItemRef]) -> frozenset[tuple[str, int]]:
    """As the index compares them."""
    return frozenset((ref.item, ref.epoch) for ref in refs)
