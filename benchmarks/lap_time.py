"""What the language model costs in a lap, part by part: python -m benchmarks.lap_time [--gold 576]

People of the learning simulation speak, in as many accounts as it takes; a tenth of them is held
out. Each part is timed alone, beside what plain Vosk takes for the same held-out clips one after
the other: on a busy machine the ratios hold where the seconds do not. Then the same work is done
once more by a lap, which hears the model in service while it makes the new one.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from assistant.asr.models import EMBEDDED_MODEL
from assistant.home import Home
from benchmarks.installations import Person, Request, installation, move_in
from benchmarks.learning.people import population
from benchmarks.learning.said import requests
from benchmarks.learning.speaking import Studio
from benchmarks.report import Row, write
from training_loop.datasets.manifest import DatasetManifest
from training_loop.datasets.split import Shares, Split
from training_loop.lap.cost import CostMeter
from training_loop.lap.opening import open_lap_runner
from training_loop.lap.outcome import Cost, ModelOutcome, word_error_rate
from training_loop.lap.plan import RULES, LapPlan
from training_loop.loop import Loop
from training_loop.registry.tracking.tracker import Tracker
from training_loop.training.gate import judge
from training_loop.training.language_model.pronunciation import Pronouncer
from training_loop.training.language_model.trainer import LanguageModelTrainer
from training_loop.training.project import NluProject
from training_loop.training.rooms import open_registry
from training_loop.training.trainer import ExampleResult, ModelKind

KIND = ModelKind.LANGUAGE_MODEL
SHARES = Shares()
A_PERSON_SAYS = 5
SEED = 1
PLAIN = """
import json, sys, pathlib, vosk
vosk.SetLogLevel(-1)
recognizer = vosk.KaldiRecognizer(vosk.Model(sys.argv[1]), 16000)
for clip in sorted(pathlib.Path(sys.argv[2]).iterdir()):
    recognizer.AcceptWaveform(clip.read_bytes() + bytes(16000))
    recognizer.FinalResult()
"""
"""Vosk alone, with half a second of silence after each clip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What each part took by itself, and what the two models heard."""

    costs: dict[str, Cost]
    before: tuple[ExampleResult, ...]
    after: tuple[ExampleResult, ...]


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gold", type=int, default=576, help="reviewed requests")
    parser.add_argument("--curve", action="store_true", help="let the lap draw its learning curve")
    parser.add_argument(
        "--cache",
        type=Path,
        default=Home.from_environment().root / "pronunciations",
        help="where the letters' model is kept between runs",
    )
    chosen = parser.parse_args()
    Pronouncer(chosen.cache).letters()
    with tempfile.TemporaryDirectory(prefix="earmark-lap-time-") as directory:
        room = Path(directory)
        async with speaking(room, chosen.gold) as loop:
            shutil.copytree(chosen.cache, loop.settings.pronunciations)
            data_set = await loop.datasets.create(seed=SEED, shares=SHARES)
            found = await parts(loop, data_set, room)
            lapped = await lap(loop, curve=chosen.curve)
    report(data_set, found, lapped)


@asynccontextmanager
async def speaking(room: Path, gold: int) -> AsyncIterator[Loop]:
    """An installation in which so many requests were reviewed; those held out have their sound."""
    accounts = -(-gold // A_PERSON_SAYS)
    held_out = round(accounts * SHARES.hold_out)
    test = round(accounts * SHARES.test)
    splits = [Split.HOLD_OUT] * held_out + [Split.TEST] * test
    splits += [Split.TRAIN] * (accounts - len(splits))
    chance = random.Random(SEED)
    clips = room / "clips"
    clips.mkdir()
    studio = Studio(clips, SEED)
    speakers = population(accounts=accounts, unseen=0, consent=1.0, leave=0.0, chance=chance)
    people = []
    for speaker, split in zip(speakers, splits, strict=True):
        said = list(requests(speaker.habit(frozenset()), chance, A_PERSON_SAYS))
        sound = [b""] * len(said)
        if split is Split.HOLD_OUT:
            sound = [clip.path.read_bytes() for clip in studio.record(speaker, said)]
        spoken = tuple(
            Request(text=one.text, intent=one.intent, entities=one.entities, pcm=pcm)
            for one, pcm in zip(said, sound, strict=True)
        )
        people.append(Person(name=f"person {speaker.number}", said=spoken, split=split))
    async with installation(room / "state") as loop:
        await move_in(loop, people, shares=SHARES, seed=SEED)
        yield loop


async def parts(loop: Loop, data_set: DatasetManifest, room: Path) -> Parts:
    """One part after the other, nothing beside it."""
    trainer = LanguageModelTrainer(
        base=EMBEDDED_MODEL, project=NluProject.locate(), cache=loop.settings.pronunciations
    )
    own = room / "parts"
    own.mkdir()
    costs: dict[str, Cost] = {}

    meter = CostMeter()
    training = loop.datasets.read(data_set.name, Split.TRAIN)
    prepared = await trainer.prepare(training, own, seed=SEED)
    model = await trainer.package(await trainer.train(prepared), workspace=own)
    costs["making the model"] = meter.read()

    async def heard(which: Path) -> tuple[ExampleResult, ...]:
        held_out = loop.datasets.read(data_set.name, Split.HOLD_OUT, with_audio=True)
        return await trainer.evaluate(which, held_out, workspace=own)

    meter = CostMeter()
    before = await heard(EMBEDDED_MODEL)
    costs["hearing the hold-out, model in service"] = meter.read()
    meter = CostMeter()
    after = await heard(model)
    costs["hearing the hold-out, new model"] = meter.read()
    meter = CostMeter()
    judge(after, before, RULES[KIND])
    costs["the gate"] = meter.read()
    for which, name in ((EMBEDDED_MODEL, "model in service"), (model, "new model")):
        meter = CostMeter()
        plain = (sys.executable, "-c", PLAIN, str(which), str(room / "clips"))
        await asyncio.to_thread(subprocess.run, plain, check=True)
        costs[f"plain Vosk, {name}"] = meter.read()
    return Parts(costs=costs, before=before, after=after)


async def lap(loop: Loop, *, curve: bool) -> ModelOutcome:
    """Of the language model alone, released on a server that does not run."""
    registry = open_registry(loop.settings.state, loop.store)
    await registry.ensure_base(EMBEDDED_MODEL, kind=KIND)
    runner = open_lap_runner(loop, tracker=Tracker(loop.settings.tracking, within_s=0))
    plan = LapPlan(kinds=(KIND,), seed=SEED, shares=SHARES, curve=curve)
    (model,) = (await runner.run(plan)).models
    if model.failure is not None:
        raise model.failure
    return model


def report(data_set: DatasetManifest, found: Parts, lapped: ModelOutcome) -> None:
    plain = [cost for name, cost in found.costs.items() if name.startswith("plain")]
    once_s = sum(cost.seconds for cost in plain) / len(plain)
    alone = {name: cost for name, cost in found.costs.items() if not name.startswith("plain")}
    rows = [_row(name, cost, once_s) for name, cost in found.costs.items()]
    rows.append(_row("all parts, one after the other", _sum(alone.values()), once_s))
    rows.append(_row("the lap", lapped.cost, once_s))
    figures: Row = {
        "reviewed requests": len(data_set.items),
        "of them in training": len(data_set.refs(Split.TRAIN)),
        "held-out clips": len(found.after),
        "words wrong, model in service, %": 100 * word_error_rate(found.before),
        "words wrong, new model, %": 100 * word_error_rate(found.after),
        "the lap came to": lapped.result.value,
    }
    write("lap_time", figures, rows=rows, title="The language model in a lap")


def _row(part: str, cost: Cost, once_s: float) -> Row:
    return {
        "part": part,
        "seconds": round(cost.seconds, 2),
        "processor s": round(cost.cpu_s, 2),
        "times plain Vosk": round(cost.seconds / once_s, 2),
    }


def _sum(costs: Iterable[Cost]) -> Cost:
    together = list(costs)
    return Cost(
        seconds=sum(one.seconds for one in together), cpu_s=sum(one.cpu_s for one in together)
    )


if __name__ == "__main__":
    asyncio.run(main())
