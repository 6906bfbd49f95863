"""What the language model's training costs and brings: a table, and JSON with --json.

Speech is espeak-ng's. People who talk like that are easy to hear: the figures compare two models
on the same clips, they don't tell how well people are heard. Names that stand in no dictionary are
pronounced by the letters' model, which never saw espeak-ng's rules.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import numpy as np
import soxr
from rich.console import Console
from rich.table import Table

from assistant.asr.models import EMBEDDED_MODEL
from assistant.speech.espeak import Espeak
from training_loop.datasets.gold import GoldItem
from training_loop.datasets.item_ref import ItemRef
from training_loop.datasets.split import Split
from training_loop.training.language_model.trainer import LanguageModelTrainer
from training_loop.training.project import NluProject
from training_loop.utterance import NamedEntity

RATE_HZ = 16_000
DEVICES = (
    *("humidifier", "chandelier", "jukebox", "sauna", "gazebo"),
    *("zorbatron", "quibbler", "luminette", "fenwick pod", "drizzlemat"),
)
ITEMS = (
    *("quinoa", "kombucha", "tahini", "gouda", "pesto"),
    *("brixelade", "nutramix", "zingerbar", "popolini", "shamwash"),
)
SAID = {
    "device": ("turn on the {}", "turn off the {}", "switch the {} on", "is the {} on"),
    "item": ("add {} to my shopping list", "put {} on the list", "we need {}", "buy some {}"),
}
ASKED = {
    "device": ("could you turn the {} off", "please switch on the {}", "turn the {} on now"),
    "item": ("please add {} to the groceries", "take {} off my list", "is {} on my list"),
}
KNOWN = (
    *("what time is it", "set a timer for ten minutes", "turn on the lights in the kitchen"),
    *("what is the weather tomorrow", "stop the music", "set an alarm for seven thirty"),
    *("add milk to my shopping list", "delete everything you know about me", "good night"),
    *("turn the volume down", "how many cups are in a litre", "remind me to call my mother"),
)
VOICES = ("en-us+f3", "en-us+m2", "en-us+f5", "en-us+m7", "en-gb-scotland", "en-us+klatt")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gold", type=int, default=500, help="gold items to learn from")
    parser.add_argument("--base", type=Path, default=EMBEDDED_MODEL, help="a Vosk model")
    parser.add_argument("--cache", type=Path, help="where the letters' model is kept")
    parser.add_argument("--json", type=Path, help="write the figures here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        room = Path(directory)
        figures = await measure(arguments.base, arguments.gold, arguments.cache or room, room)
    table = Table("figure", "before", "after")
    for name, pair in figures.items():
        table.add_row(name, *(f"{value:.4g}" if value is not None else "" for value in pair))
    Console().print(table)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1))


async def measure(
    base: Path, gold: int, cache: Path, room: Path
) -> dict[str, tuple[float | None, float | None]]:
    project = NluProject.locate()
    trainer = LanguageModelTrainer(base=base, project=project, cache=cache)
    began = time.perf_counter()
    prepared = await trainer.prepare(stream(said(gold)), room, seed=7)
    model = await trainer.train(prepared)
    first_s = time.perf_counter() - began
    began = time.perf_counter()
    prepared = await trainer.prepare(stream(said(gold)), room, seed=7)
    model = await trainer.train(prepared)
    again_s = time.perf_counter() - began
    figures: dict[str, tuple[float | None, float | None]] = {
        "training, letters' model to learn, s": (None, first_s),
        "training, s": (None, again_s),
    }
    for name, items in {"new words": asked(), "known requests": known()}.items():
        errors = [await word_error_rate(trainer, which, items, room) for which in (base, model)]
        figures[f"word error rate, {name}, %"] = (errors[0], errors[1])
        ppl = [
            (await trainer.perplexity(which, stream(items), workspace=room)).value
            for which in (base, model)
        ]
        figures[f"perplexity, {name} (known words)"] = (ppl[0], ppl[1])
    figures["size, MB"] = (size_mb(base), size_mb(model))
    figures["Gr.fst, MB"] = (
        (base / "graph/Gr.fst").stat().st_size / 1e6,
        (model / "graph/Gr.fst").stat().st_size / 1e6,
    )
    figures["load, ms"] = (load_ms(base), load_ms(model))
    figures["peak memory of a child, MB"] = (
        None,
        resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
    )
    return figures


def said(count: int) -> list[GoldItem]:
    chance = random.Random(1)
    project = NluProject.locate()
    known_texts = known_phrases(project)
    items = []
    for number in range(count):
        if number % 2:
            items.append(gold_item(number, chance.choice(known_texts), "", Split.TRAIN))
        else:
            kind, names = chance.choice((("device", DEVICES), ("item", ITEMS)))
            name = chance.choice(names)
            text = chance.choice(SAID[kind]).format(name)
            items.append(gold_item(number, text, name, Split.TRAIN))
    return items


def known_phrases(project: NluProject) -> list[str]:
    from training_loop.training.language_model.texts import BaseTexts

    return [" ".join(one.words) for one in BaseTexts.read(project.examples).phrases]


def asked() -> list[GoldItem]:
    texts = [
        (frame.format(name), name)
        for kind, names in (("device", DEVICES), ("item", ITEMS))
        for frame in ASKED[kind]
        for name in names
    ]
    return [
        gold_item(number, text, name, Split.HOLD_OUT, VOICES[number % len(VOICES)])
        for number, (text, name) in enumerate(texts)
    ]


def known() -> list[GoldItem]:
    pairs = [(text, voice) for text in KNOWN for voice in VOICES]
    return [
        gold_item(number, text, "", Split.HOLD_OUT, voice)
        for number, (text, voice) in enumerate(pairs)
    ]


def gold_item(number: int, text: str, name: str, split: Split, voice: str = "") -> GoldItem:
    at = text.find(name)
    kind = "appliance" if name in DEVICES else "item"
    entities = (
        (NamedEntity(name=kind, value=name, text=name, start=at, end=at + len(name)),)
        if name
        else ()
    )
    return GoldItem(
        ref=ItemRef(item=f"{number:032x}", epoch=1),
        split=split,
        speaker=f"speaker {number % 60}",
        text=text,
        intent="",
        entities=entities,
        pcm=speech(text, voice) if voice else b"",
    )


def speech(text: str, voice: str) -> bytes:
    espeak = Espeak()
    pcm = np.frombuffer(espeak.say(text, voice=voice), "<i2")
    chance = np.random.default_rng(7)
    quiet = chance.normal(0, 15, RATE_HZ // 3)
    audio = np.concatenate([quiet, soxr.resample(pcm, espeak.sample_rate_hz, RATE_HZ), quiet])
    return bytes(audio.astype("<i2").tobytes())


async def word_error_rate(
    trainer: LanguageModelTrainer, model: Path, items: Sequence[GoldItem], room: Path
) -> float:
    results = await trainer.evaluate(model, stream(items), workspace=room)
    return 100 * sum(one.word_errors for one in results) / sum(one.words for one in results)


async def stream(items: Sequence[GoldItem]) -> AsyncIterator[GoldItem]:
    for item in items:
        yield item


def size_mb(model: Path) -> float:
    return sum(path.stat().st_size for path in model.rglob("*") if path.is_file()) / 1e6


def load_ms(model: Path) -> float:
    """Until a recogniser is ready, in a process of its own, warm; the best of three."""
    script = (
        "import sys, time, vosk; vosk.SetLogLevel(-1); t = time.perf_counter();"
        "vosk.KaldiRecognizer(vosk.Model(sys.argv[1]), 16000);"
        "print(1000 * (time.perf_counter() - t))"
    )
    return min(
        float(subprocess.check_output([sys.executable, "-c", script, str(model)])) for _ in range(3)
    )


if __name__ == "__main__":
    asyncio.run(main())
