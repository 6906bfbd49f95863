"""A Vosk model's directory: what is read of it, and how one with other graphs is made of it.

Models come in two forms here: with `graph/words.txt`, and with the words inside `graph/Gr.fst`.
The same form is written back.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from training_loop.durable_files import sync
from training_loop.training.language_model.errors import GraphUnreadable, ModelTampered
from training_loop.training.language_model.ngram_fst import read_grammar
from training_loop.training.language_model.openfst import Fst

MANIFEST = "manifest.json"
LEXICON = Path("graph/HCLr.fst")
GRAMMAR = Path("graph/Gr.fst")
WORDS = Path("graph/words.txt")
PHONES = Path("graph/phones.txt")
BOUNDARIES = Path("graph/phones/word_boundary.int")
ACOUSTICS = Path("am/final.mdl")
_UNFINISHED = ".unfinished-"


@dataclass(frozen=True, slots=True, kw_only=True)
class VoskModel:
    """`words` by label, epsilon and the signs of sentences among them."""

    root: Path
    grammar: Fst
    words: Mapping[int, str] = field(repr=False)
    words_inside: bool
    """Whether the words stand in the grammar's file and not in one of their own."""

    @staticmethod
    def at(root: Path) -> VoskModel:
        """Raises GraphUnreadable for models without lookahead graphs, or damaged ones."""
        try:
            grammar = read_grammar((root / GRAMMAR).read_bytes())
            inside = grammar.symbols is not None
            words = grammar.symbols or _table((root / WORDS).read_text())
        except OSError as fault:
            raise GraphUnreadable("The Vosk model has no lookahead graphs.") from fault
        return VoskModel(root=root, grammar=grammar, words=words, words_inside=inside)

    @property
    def said(self) -> dict[str, int]:
        """Labels of the words that can be said: no epsilon, no sign of sentence, no "#0"."""
        return {
            word: label
            for label, word in self.words.items()
            if label and word not in {"<s>", "</s>", "<eps>"} and not word.startswith("#")
        }

    def phones(self) -> dict[str, int] | None:
        """The content of `phones.txt`, if the model has it."""
        path = self.root / PHONES
        if not path.exists():
            return None
        return {name: number for number, name in _table(path.read_text()).items()}

    def boundaries(self) -> dict[int, str]:
        """The place in a word of each phone, empty if the model does not tell."""
        path = self.root / BOUNDARIES
        if not path.exists():
            return {}
        rows = (line.split() for line in path.read_text().splitlines())
        return {int(row[0]): row[1] for row in rows if len(row) == 2}


def _table(text: str) -> dict[int, str]:
    rows = (line.rsplit(maxsplit=1) for line in text.splitlines())
    try:
        return {int(row[1]): row[0] for row in rows if row}
    except (ValueError, IndexError) as fault:
        raise GraphUnreadable("A table of words or phones is damaged.") from fault


def words_table(words: Mapping[int, str]) -> bytes:
    return "".join(f"{word} {label}\n" for label, word in sorted(words.items())).encode()


def assemble(base: Path, changed: Mapping[Path, bytes], facts: object, target: Path) -> None:
    """Makes `target`: `base` with other files in places, complete or not there at all.

    What does not change shares its bytes with `base` by hard link where both lie on one file
    system, so neither may be written into. `facts` stand in the manifest, with the SHA-256 of
    every file. Raises FileExistsError when `target` is there, OSError when the disk refuses.
    """
    if target.exists():
        raise FileExistsError(target.name)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=target.parent))
    try:
        for path in sorted(base.rglob("*")):
            name = path.relative_to(base)
            if path.is_file() and name not in changed and name != Path(MANIFEST):
                _link(path, unfinished / name)
        for name, content in changed.items():
            _write(unfinished / name, content)
        manifest = {"facts": facts, "files": hashes(unfinished)}
        _write(unfinished / MANIFEST, json.dumps(manifest, indent=1, sort_keys=True).encode())
        for directory in (unfinished, *(p for p in unfinished.rglob("*") if p.is_dir())):
            sync(directory)
        unfinished.rename(target)
        sync(target.parent)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def place(model: Path, target: Path) -> None:
    """Puts a packaged model at `target`, sharing its files; complete or not there at all.

    Raises ModelTampered, FileExistsError or OSError.
    """
    if not unchanged(model):
        raise ModelTampered("The language model's files are not those of its manifest.")
    facts = json.loads((model / MANIFEST).read_bytes())["facts"]
    assemble(model, {}, facts, target)


def hashes(root: Path) -> dict[str, str]:
    """SHA-256 of each file but the manifest, by its name in the directory."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path != root / MANIFEST
    }


def unchanged(root: Path) -> bool:
    """Whether the directory is what its manifest says."""
    try:
        return bool(json.loads((root / MANIFEST).read_bytes())["files"] == hashes(root))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
        sync(target)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    sync(path)
