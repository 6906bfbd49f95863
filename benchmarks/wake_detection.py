"""How well wake words are found, and other sounds left alone, on files of your own.

    python -m benchmarks.wake_detection --phrase alexa FILES_OR_MANIFESTS...

A file (WAV, FLAC, Ogg Opus) is taken as one utterance of the phrase. A manifest (`*.tsv`: file,
speaker, transcript, beside its files) has an utterance of the phrase where the transcript is the
phrase, and other speech where not; `--others` are files and manifests of other speech only.

Three detectors: the device's (openWakeWord), the server's verifier on the same audio, and the
product's way: the device wakes, sends the last second and goes on, the verifier decides.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import soundfile
import soxr
import typer
from pyopen_wakeword import Model, OpenWakeWord, OpenWakeWordFeatures
from rich.progress import track

from assistant.hearing.wake_gate import WakeGate
from assistant.wake.verifier import WakeVerifier
from benchmarks import report

RATE_HZ = 16_000
_PRE_ROLL_MS = 1_000
_DEVICE_STEP = 1_280
_DEVICE_THRESHOLD = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    path: Path
    is_phrase: bool

    def samples(self) -> bytes:
        """With a still second before and after, as a device that listens all day has it."""
        audio, rate = soundfile.read(self.path, dtype="int16", always_2d=True)
        mono = soxr.resample(audio[:, 0], rate, RATE_HZ).astype("<i2")
        noise = np.random.default_rng(5).normal(0, 15, 2 * RATE_HZ).astype("<i2")
        return bytes(np.concatenate([noise[:RATE_HZ], mono, noise[RATE_HZ:]]).tobytes())


def clips(paths: list[Path], phrase: str, *, others: bool) -> Iterator[Clip]:
    for path in paths:
        if path.suffix != ".tsv":
            yield Clip(path=path, is_phrase=not others)
            continue
        for line in path.read_text().splitlines():
            name, _, said = line.split("\t")
            same = said.strip().lower() == phrase.replace("_", " ")
            yield Clip(path=path.parent / name, is_phrase=same and not others)


class Device:
    """Wakes as a device does."""

    def __init__(self, phrase: str) -> None:
        self._word = OpenWakeWord.from_builtin(Model(phrase))
        self._features = OpenWakeWordFeatures.from_builtin()

    def wakes_at(self, audio: bytes) -> int | None:
        """The first byte after which it has woken."""
        self._word.reset()
        self._features.reset()
        step = 2 * _DEVICE_STEP
        for start in range(0, len(audio) - step, step):
            for features in self._features.process_streaming(audio[start : start + step]):
                for probability in self._word.process_streaming(features):
                    if probability >= _DEVICE_THRESHOLD:
                        return start + step
        return None


def verified(verifier: WakeVerifier, phrase: str, audio: bytes, woke_at: int) -> bool:
    """The server's verdict on what the device sends once it woke."""
    gate = WakeGate(verifier, phrase, _PRE_ROLL_MS)
    sent = audio[max(0, woke_at - 32 * _PRE_ROLL_MS) :]
    verdict = gate.accept(sent) or gate.decide_now()
    gate.release()
    return verdict is not None and verdict.accepted


def main(
    files: Annotated[list[Path], typer.Argument(exists=True)],
    others: Annotated[list[Path] | None, typer.Option(exists=True)] = None,
    phrase: str = "alexa",
    most: Annotated[int, typer.Option(help="A random sample of so many clips of each kind.")] = 0,
) -> None:
    found = [*clips(files, phrase, others=False), *clips(others or [], phrase, others=True)]
    verifier, device = WakeVerifier(), Device(phrase)
    names = ("device alone", "verifier alone", "device, then verifier")
    counts = {(name, kind): 0 for name in names for kind in (True, False)}
    totals, minutes = {True: 0, False: 0}, {True: 0.0, False: 0.0}
    for clip in track(_sampled(found, most), description=phrase):
        audio = clip.samples()
        totals[clip.is_phrase] += 1
        minutes[clip.is_phrase] += len(audio) / 32_000 / 60
        woke_at = device.wakes_at(audio)
        detector = verifier.borrow(phrase)
        alone = detector.accept(audio)
        verifier.give_back(detector)
        both = woke_at is not None and verified(verifier, phrase, audio, woke_at)
        for name, hit in zip(names, (woke_at is not None, alone, both), strict=True):
            counts[name, clip.is_phrase] += hit
    rows: list[report.Row] = [
        {
            "detector": name,
            "found": counts[name, True],
            "of": totals[True],
            "share": counts[name, True] / totals[True] if totals[True] else None,
            "false": counts[name, False],
            "of_others": totals[False],
            "false_per_hour": counts[name, False] / minutes[False] * 60 if totals[False] else None,
        }
        for name in names
    ]
    figures: report.Row = {
        "phrase": phrase,
        "pre_roll_ms": _PRE_ROLL_MS,
        "device_threshold": _DEVICE_THRESHOLD,
        "minutes_of_others": minutes[False],
    }
    report.write("wake_detection", figures, rows=rows, title=f"Wake word: {phrase}")


def _sampled(found: list[Clip], most: int) -> list[Clip]:
    if not most:
        return found
    chosen = random.Random(1)
    kinds = [[clip for clip in found if clip.is_phrase is kind] for kind in (True, False)]
    return [clip for kind in kinds for clip in chosen.sample(kind, min(most, len(kind)))]


if __name__ == "__main__":
    typer.run(main)
