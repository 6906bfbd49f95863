"""What training on misheard words brings: python -m benchmarks.noised_text [--gold 575] [--seeds 1]

People of the learning simulation speak to the installed ears; what they said and what was heard is
gold. The language understanding is trained on it three times: in the words that were said, also in
those that were heard, and also with confusions of two speakers or more put into other texts. Each
is asked what other people said, in the words that were heard of them, once for each seed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import vosk

from assistant.asr.models import EMBEDDED_MODEL
from benchmarks.learning.people import population
from benchmarks.learning.said import requests
from benchmarks.learning.speaking import Clip, Studio
from benchmarks.report import Row, write
from training_loop.datasets.gold import GoldItem, Group
from training_loop.datasets.item_ref import ItemRef
from training_loop.datasets.split import Split
from training_loop.training import noised_text
from training_loop.training.example_result import ExampleResult
from training_loop.training.nlu_trainer import HEARD, NluTrainer
from training_loop.training.project import NluProject
from training_loop.training.rasa_command import RasaCommand

A_PERSON_SAYS = 5
PROVING = 120
"""People whom no model learned from."""
SAID, ALSO_HEARD, ALSO_NOISED = "as it was said", "and as it was heard", "and noised"


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gold", type=int, default=575, help="reviewed requests")
    parser.add_argument("--seeds", type=int, default=1, help="how often, with other people")
    chosen = parser.parse_args()
    vosk.SetLogLevel(-1)
    found: dict[str, list[ExampleResult]] = {SAID: [], ALSO_HEARD: [], ALSO_NOISED: []}
    further = dict.fromkeys(found, 0)
    for seed in range(1, chosen.seeds + 1):
        with tempfile.TemporaryDirectory(prefix="earmark-noised-") as directory:
            room = Path(directory)
            taught, proved = spoken(room, chosen.gold, seed)
            for name, results in found.items():
                (room / name).mkdir()
                more, texts = await understood(name, taught, proved, room / name, seed)
                results += more
                further[name] += texts
    figures: Row = {
        "gold": chosen.gold,
        "seeds": chosen.seeds,
        "heard texts": further[ALSO_HEARD],
        "noised texts": further[ALSO_NOISED] - further[ALSO_HEARD],
    }
    rows = [row(name, results) for name, results in found.items()]
    write("noised_text", figures, rows=rows, title="Requests with the right intent, by training")


def spoken(room: Path, gold: int, seed: int) -> tuple[list[GoldItem], list[GoldItem]]:
    """What teaches, and what proves, both as it was said and as it was heard."""
    chance = random.Random(seed)
    accounts = -(-gold // A_PERSON_SAYS)
    people = population(accounts=accounts, unseen=PROVING, consent=1.0, leave=0.0, chance=chance)
    studio, model = Studio(room, seed), vosk.Model(str(EMBEDDED_MODEL))
    items = [
        item_of(clip, heard(model, clip.path.read_bytes()), teaches=number < accounts)
        for number, person in enumerate(people)
        for clip in studio.record(
            person, requests(person.habit(frozenset()), chance, A_PERSON_SAYS)
        )
    ]
    taught = [one for one in items if one.split is Split.TRAIN]
    return taught[:gold], [one for one in items if one.split is Split.HOLD_OUT]


def heard(model: vosk.Model, samples: bytes) -> str:
    recogniser = vosk.KaldiRecognizer(model, 16_000)
    recogniser.AcceptWaveform(samples)
    text: str = json.loads(recogniser.FinalResult())["text"]
    return text


def item_of(clip: Clip, text: str, *, teaches: bool) -> GoldItem:
    return GoldItem(
        ref=ItemRef(item=f"item-{clip.number:05}", epoch=1),
        split=Split.TRAIN if teaches else Split.HOLD_OUT,
        speaker=clip.speaker.voice.name,
        text=clip.said.text,
        intent=clip.said.intent,
        entities=clip.said.entities,
        heard=text,
        group=Group(),
    )


async def understood(
    training: str, taught: Sequence[GoldItem], proved: Sequence[GoldItem], room: Path, seed: int
) -> tuple[list[ExampleResult], int]:
    """How a model so trained understands what proves, and how many texts it read beside gold."""
    trainer = NluTrainer(project=NluProject.locate(), rasa=RasaCommand.locate())
    if training == SAID:
        taught = [replace(one, heard=one.text) for one in taught]
    share = noised_text.NOISED_SHARE if training == ALSO_NOISED else 0.0
    with patch.object(noised_text, "NOISED_SHARE", share):
        prepared = await trainer.prepare(each(taught), room, seed=seed)
    model = await trainer.train(prepared)
    results = await trainer.evaluate(model, each(proved), workspace=room)
    theirs = {one.ref.item for one in proved}
    found = [one for one in results if one.example.removesuffix(HEARD) in theirs]
    return found, prepared.counts["noised"]


async def each(items: Iterable[GoldItem]) -> AsyncIterator[GoldItem]:
    for item in items:
        yield item


def row(training: str, results: Sequence[ExampleResult]) -> Row:
    """Shares in per cent. A request that was heard as it was said counts as heard, too."""
    misheard = {one.example for one in results if one.example.endswith(HEARD)}
    as_said = [one for one in results if one.example not in misheard]
    as_heard = [one for one in results if one.example + HEARD not in misheard]
    wrong = [one for one in results if one.example in misheard]
    return {
        "trained on gold": training,
        "requests": len(as_said),
        "as they were said": right(as_said),
        "as they were heard": right(as_heard),
        "misheard": len(wrong),
        "those alone": right(wrong),
    }


def right(results: Sequence[ExampleResult]) -> float:
    return round(100 * sum(one.right for one in results) / max(1, len(results)), 1)


if __name__ == "__main__":
    asyncio.run(main())
