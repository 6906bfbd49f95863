"""From gold to the files that Rasa trains on."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from training_loop.datasets.gold import GoldItem
from training_loop.datasets.item_ref import ItemRef
from training_loop.review.annotation import AnnotationFault, write
from training_loop.training.contradictions import without_contradictions
from training_loop.training.dataset import (
    GoldExample,
    Snapshot,
    write_config,
    write_training_file,
)
from training_loop.training.disk import full_disk_explained
from training_loop.training.errors import NothingToLearn
from training_loop.training.marked_files import read_marked, write_marked
from training_loop.training.noised_text import Confusions, Heard, MarkedText, as_heard, noised
from training_loop.training.project import NluProject, fingerprint
from training_loop.training.trainer import ModelKind, Prepared

LEAST_INTENTS = 2


def prepare_nlu(
    project: NluProject,
    gold: Iterable[GoldItem],
    workspace: Path,
    *,
    seed: int,
    settings: Mapping[str, float] | None = None,
) -> Prepared:
    """Writes `nlu/` and `config.yml` into the workspace. Blocks on the disk.

    The order in which gold comes and the ids of its items change nothing in what is written. Raises
    NothingToLearn where base data and gold together have fewer than two intents, and DiskFull.
    """
    items = tuple(gold)
    kept, contradicting = without_contradictions(filter(_can_be_written, items))
    kept = tuple(sorted(kept, key=_by_content))
    base = tuple(read_marked(project.examples))
    intents = {one.intent for one in base} | {item.intent for item in kept}
    if len(intents) < LEAST_INTENTS:
        raise NothingToLearn(
            f"Base data and {len(kept)} reviewed utterances have fewer than two intents."
        )
    further = _further_texts(base, kept, seed)
    with full_disk_explained():
        _write(project, kept, further, workspace)
        write_config(project.config, seed, workspace / "config.yml", settings)
        data = fingerprint(
            [
                *(project.domain, workspace / "config.yml"),
                *sorted((workspace / "nlu").rglob("*.yml")),
            ]
        )
    return Prepared(
        kind=ModelKind.NLU,
        workspace=workspace,
        seed=seed,
        items=tuple(sorted(item.ref for item in kept)),
        data_sha256=data,
        counts={
            "base": len(base),
            "gold": len(kept),
            "noised": len(further),
            "left_out_contradicting": contradicting,
            "left_out_unwritable": len(items) - len(kept) - contradicting,
        },
    )


@dataclass(frozen=True, slots=True)
class _Texts:
    """Texts as they are heard: those that were, and those that might be."""

    heard: tuple[MarkedText, ...]
    noised: tuple[MarkedText, ...]

    def __len__(self) -> int:
        return len(self.heard) + len(self.noised)


def _further_texts(base: Sequence[MarkedText], gold: Sequence[GoldItem], seed: int) -> _Texts:
    marked = [_marked(item) for item in gold]
    confusions = Confusions.learn(
        Heard(speaker=item.speaker, said=item.text, heard=item.heard) for item in gold
    )
    spoken = (as_heard(one, item.heard) for one, item in zip(marked, gold, strict=True))
    return _Texts(
        heard=tuple(one for one in spoken if one is not None),
        noised=noised((*base, *marked), confusions, seed=seed),
    )


def _write(project: NluProject, gold: Sequence[GoldItem], texts: _Texts, workspace: Path) -> None:
    shutil.copytree(project.examples, workspace / "nlu" / "base")
    snapshot = Snapshot(examples=tuple(map(_example, gold)))
    base = Counter(project.examples_by_intent())
    write_training_file(snapshot, base, workspace / "nlu" / "reviewed.yml")
    write_marked(texts.heard, workspace / "nlu" / "heard.yml", source="heard")
    write_marked(texts.noised, workspace / "nlu" / "noised.yml", source="noised")


def _by_content(item: GoldItem) -> tuple[str, str, str, ItemRef]:
    return (item.intent, write(item.text, item.entities), item.heard, item.ref)


def _marked(item: GoldItem) -> MarkedText:
    return MarkedText(text=item.text, intent=item.intent, entities=item.entities)


def _example(item: GoldItem) -> GoldExample:
    return GoldExample(ref=item.ref, text=item.text, intent=item.intent, entities=item.entities)


def _can_be_written(item: GoldItem) -> bool:
    try:
        write(item.text, item.entities)
    except AnnotationFault:
        return False
    return True
