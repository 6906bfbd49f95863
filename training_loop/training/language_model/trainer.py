"""The trainer of the language model that a Vosk model recognises with."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from training_loop.datasets.gold import GoldItem
from training_loop.datasets.item_ref import ItemRef
from training_loop.training.each_item import put_item
from training_loop.training.engine import LOCAL_ENGINE, Engine
from training_loop.training.errors import NothingToLearn, TrainingFailed
from training_loop.training.example_result import EntityCount, ExampleResult
from training_loop.training.language_model.building import LanguageModelSettings
from training_loop.training.language_model.errors import (
    GraphUnreadable,
    ModelTampered,
    NewWordsUnsupported,
)
from training_loop.training.language_model.hearing import hear_each
from training_loop.training.language_model.ngram import Perplexity
from training_loop.training.language_model.vosk_directory import hashes, unchanged
from training_loop.training.language_model.work import clip, write_phrases
from training_loop.training.limited_process import Limits
from training_loop.training.project import NluProject
from training_loop.training.trainer import ModelKind, Prepared, Progress, TrainingProgress, untold
from training_loop.training.trainer_process import run_work
from training_loop.utterance import NamedEntity

_WORK = "training_loop.training.language_model.work"
_LIMITS = Limits(memory_bytes=6 << 30, cpu_s=1200, within_s=1200.0)
_REFUSALS = {one.code: one for one in (GraphUnreadable, NewWordsUnsupported, NothingToLearn)}

_Said = tuple[str, tuple[tuple[int, int, str, str], ...]]


class LanguageModelTrainer:
    """Keeps the acoustics of `base`, a Vosk model's directory, and makes its words and grammar.

    `project` gives the base texts. `cache` is a directory for what is learned from the dictionary
    once, about a minute's work; nothing personal is written there. Is a Trainer; artefacts are
    complete directories of Vosk models with a manifest.
    """

    kind = ModelKind.LANGUAGE_MODEL

    def __init__(
        self,
        *,
        base: Path,
        project: NluProject,
        cache: Path,
        settings: LanguageModelSettings | None = None,
        engine: Engine = LOCAL_ENGINE,
    ) -> None:
        self._base = base.absolute()
        self._project = project
        self._cache = cache.absolute()
        self._settings = settings or LanguageModelSettings()
        self._engine = engine

    async def prepare(
        self,
        items: AsyncIterator[GoldItem],
        workspace: Path,
        *,
        seed: int,
        progress: Progress = untold,
    ) -> Prepared:
        """Writes the texts below `workspace`. Raises NothingToLearn for none."""
        progress(TrainingProgress(stage="preparing"))
        refs: list[ItemRef] = []
        by_speaker: dict[str, set[_Said]] = defaultdict(set)
        texts: dict[str, dict[_Said, tuple[NamedEntity, ...]]] = defaultdict(dict)
        async for item in items:
            marks = tuple((one.start, one.end, one.name, one.role) for one in item.entities)
            refs.append(item.ref)
            by_speaker[item.speaker].add((item.text, marks))
            texts[item.speaker][item.text, marks] = item.entities
        if not refs:
            raise NothingToLearn("Nobody's words are there to learn from.")
        # Speakers are numbered by what they said: their names are random in each read.
        ordered = sorted(by_speaker, key=lambda speaker: sorted(by_speaker[speaker]))
        spoken = [
            (str(number), said[0], texts[speaker][said])
            for number, speaker in enumerate(ordered)
            for said in sorted(by_speaker[speaker])
        ]
        room = workspace / "lm"
        room.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_phrases(room / "gold.jsonl", spoken)
        return Prepared(
            kind=self.kind,
            workspace=workspace,
            seed=seed,
            items=tuple(sorted(refs)),
            data_sha256=self._fingerprint(room / "gold.jsonl"),
            counts={"gold": len(refs), "different": len(spoken), "speakers": len(ordered)},
        )

    async def train(self, prepared: Prepared, *, progress: Progress = untold) -> Path:
        """The new model's directory. Raises also GraphUnreadable and NewWordsUnsupported."""
        room = prepared.workspace / "lm"
        target = room / "model"
        shutil.rmtree(target, ignore_errors=True)
        arguments = {
            "base": str(self._base),
            "examples": str(self._project.examples),
            "gold": str(room / "gold.jsonl"),
            "settings": asdict(self._settings),
            "cache": str(self._cache),
            "target": str(target),
            "data_sha256": prepared.data_sha256,
        }
        reads = (self._base, self._project.examples)
        result = await self._run(
            "train", arguments, prepared.workspace, prepared.seed, progress, *reads
        )
        if (code := result.get("refused")) is not None:
            refusal = _REFUSALS.get(code, TrainingFailed)
            raise refusal(result["why"])
        return target

    async def evaluate(
        self,
        artefact: Path,
        hold_out: AsyncIterator[GoldItem],
        *,
        workspace: Path,
        progress: Progress = untold,
    ) -> tuple[ExampleResult, ...]:
        """Word errors of each held-out item that has audio, and which of its entities were heard
        whole. `artefact` may be any Vosk model."""
        clips = workspace / "lm" / "clips"
        shutil.rmtree(clips, ignore_errors=True)
        clips.mkdir(mode=0o700, parents=True)
        items: list[GoldItem] = []
        try:
            async for item in hold_out:
                if item.pcm:
                    put_item(clips, len(items), clip(item.text, item.entities, item.pcm))
                    items.append(_without_audio(item))
            results = await hear_each(
                _absolute(artefact),
                clips,
                workspace=workspace,
                limits=_LIMITS,
                progress=progress,
                engine=self._engine,
            )
        finally:
            shutil.rmtree(clips, ignore_errors=True)
        return _results(items, results)

    async def perplexity(
        self, artefact: Path, hold_out: AsyncIterator[GoldItem], *, workspace: Path
    ) -> Perplexity:
        """Of the model's grammar on the texts of held-out items; needs no audio."""
        room = workspace / "lm"
        room.mkdir(mode=0o700, parents=True, exist_ok=True)
        held_out = room / "held-out.jsonl"
        try:
            write_phrases(held_out, [("", one.text, one.entities) async for one in hold_out])
            model = _absolute(artefact)
            arguments = {"model": str(model), "gold": str(held_out)}
            result = await self._run("read", arguments, workspace, 0, untold, model)
        finally:
            held_out.unlink(missing_ok=True)
        return Perplexity(**result)

    async def package(
        self, artefact: Path, *, workspace: Path, progress: Progress = untold
    ) -> Path:
        """The directory itself, checked against its manifest; `vosk_directory.place` puts it
        elsewhere in one step. Raises ModelTampered."""
        progress(TrainingProgress(stage="packaging"))
        if not unchanged(artefact):
            raise ModelTampered("The language model's files are not those of its manifest.")
        return artefact

    async def _run(
        self,
        work: str,
        arguments: Mapping[str, Any],
        workspace: Path,
        seed: int,
        progress: Progress,
        *reads: Path,
    ) -> Mapping[str, Any]:
        outcome = await run_work(
            f"{_WORK}:{work}",
            arguments,
            workspace=workspace,
            seed=seed,
            limits=_LIMITS,
            progress=progress,
            reads=tuple(path for path in reads if not path.is_relative_to(workspace)),
            adds_to=(self._cache,) if work == "train" else (),
            engine=self._engine,
        )
        return outcome.result

    def _fingerprint(self, gold: Path) -> str:
        """Of everything that the training reads, but for the seed."""
        parts = {
            "base": hashes(self._base),
            "project": self._project.base_fingerprint(),
            "gold": hashlib.sha256(gold.read_bytes()).hexdigest(),
            "settings": asdict(self._settings),
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _absolute(path: Path) -> Path:
    """For a process that runs in another directory."""
    return path.absolute()


def _without_audio(item: GoldItem) -> GoldItem:
    return GoldItem(
        ref=item.ref,
        split=item.split,
        speaker=item.speaker,
        text="",
        intent=item.intent,
        entities=item.entities,
        group=item.group,
    )


def _results(
    items: Sequence[GoldItem], heard: Sequence[tuple[int, int, float, Sequence[bool]]]
) -> tuple[ExampleResult, ...]:
    return tuple(
        ExampleResult(
            example=f"{item.ref.item}@{item.ref.epoch}",
            speaker=item.speaker,
            group=item.group,
            intent=item.intent,
            right=not errors,
            entities=_heard_whole(item.entities, whole),
            words=words,
            word_errors=errors,
            took_ms=took_ms,
        )
        for item, (words, errors, took_ms, whole) in zip(items, heard, strict=True)
    )


def _heard_whole(
    entities: Sequence[NamedEntity], whole: Sequence[bool]
) -> Mapping[str, EntityCount]:
    counts: dict[str, EntityCount] = defaultdict(EntityCount)
    for entity, right in zip(entities, whole, strict=True):
        counts[entity.name] += EntityCount(right=int(right), missed=int(not right))
    return dict(counts)
