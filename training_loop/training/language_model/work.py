"""What the language model's trainer does in processes of its own.

Each function takes and gives JSON values (see `training_loop.training.work`); texts and audio
travel in files of the workspace. Vosk is imported only where clips are heard.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from training_loop.errors import TrainingLoopError
from training_loop.training.alignment import differences, word_errors
from training_loop.training.language_model.building import (
    LanguageModelSettings,
    SpokenPhrase,
    build,
    perplexity_of,
)
from training_loop.training.language_model.pronunciation import Pronouncer
from training_loop.training.language_model.texts import BaseTexts, phrase
from training_loop.training.language_model.vosk_directory import assemble
from training_loop.training.work import Tell
from training_loop.utterance import NamedEntity

RATE_HZ = 16_000
_CHUNK_BYTES = 6_400
_TAIL = bytes(2 * RATE_HZ // 2)
"""Half a second of silence, so that the last word ends."""

_STEPS = ("reading", "words", "counting", "pruning", "writing")


def train(given: Mapping[str, Any], tell: Tell) -> Mapping[str, Any]:
    """Makes the model's directory at `target`. A refusal comes back as its code and sentence."""
    try:
        texts = BaseTexts.read(Path(given["examples"]))
        built = build(
            Path(given["base"]),
            texts,
            list(read_phrases(Path(given["gold"]))),
            LanguageModelSettings(**given["settings"]),
            seed=given["seed"],
            pronouncer=Pronouncer(Path(given["cache"])),
            progress=lambda step: tell("training", _STEPS.index(step) / len(_STEPS), step),
        )
    except TrainingLoopError as refusal:
        return {"refused": refusal.code, "why": str(refusal)}
    facts = {**built.facts, "data_sha256": given["data_sha256"]}
    assemble(Path(given["base"]), built.files, facts, Path(given["target"]))
    return {"facts": facts}


class Ears:
    """Hears clips with stock Vosk, loaded once: see `training_loop.training.each_item`."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        from vosk import KaldiRecognizer, Model, SetLogLevel

        SetLogLevel(-1)
        self._recognizer = KaldiRecognizer(Model(given["model"]), RATE_HZ)

    def __call__(self, item: bytes) -> list[Any]:
        """Words, word errors, milliseconds of processor time, and for each entity of a `clip`
        whether all its words were heard."""
        head, _, pcm = item.partition(b"\n")
        said, spans = json.loads(head)
        began = time.process_time()
        heard = " ".join(_decode(self._recognizer, pcm)).split()
        took_ms = 1000 * (time.process_time() - began)
        words = said.lower().split()
        whole = [heard_whole(said, start, end, heard) for start, end in spans]
        return [len(words), word_errors(words, heard), round(took_ms, 3), whole]


def clip(said: str, entities: Iterable[NamedEntity], pcm: bytes) -> bytes:
    """What `Ears` hear."""
    spans = [(one.start, one.end) for one in entities]
    return json.dumps([said, spans]).encode() + b"\n" + pcm


def heard_whole(said: str, start: int, end: int, heard: Sequence[str]) -> bool:
    """Whether each word that the characters `start` to `end` touch was heard, and none between
    them that was not said."""
    spans = [word.span() for word in re.finditer(r"\S+", said)]
    touched = [place for place, (begins, ends) in enumerate(spans) if begins < end and ends > start]
    if not touched:
        return True
    first, beyond = touched[0], touched[-1] + 1
    return not any(
        one.start < beyond and one.end > first for one in differences(said.lower().split(), heard)
    )


def read(given: Mapping[str, Any], tell: Tell) -> Mapping[str, Any]:
    """The perplexity of a model's grammar on phrases."""
    phrases = [one.phrase for one in read_phrases(Path(given["gold"]))]
    found = perplexity_of(Path(given["model"]), phrases)
    return {"value": found.value, "words": found.words, "unknown": found.unknown}


def write_phrases(path: Path, spoken: Iterable[tuple[str, str, Iterable[NamedEntity]]]) -> None:
    """Speakers, texts and entities, one in a line."""
    with path.open("w") as file:
        for speaker, text, entities in spoken:
            marks = [[one.start, one.end, one.name, one.role] for one in entities]
            file.write(json.dumps([speaker, text, marks]) + "\n")


def read_phrases(path: Path) -> Iterator[SpokenPhrase]:
    """What `write_phrases` wrote, without texts that nobody can say as they are written."""
    for line in path.read_text().splitlines():
        speaker, text, marks = json.loads(line)
        found = phrase(text, (_entity(text, mark) for mark in marks))
        if found is not None:
            yield SpokenPhrase(speaker=speaker, phrase=found)


def _entity(text: str, mark: list[Any]) -> NamedEntity:
    start, end, name, role = mark
    said = text[start:end]
    return NamedEntity(name=name, role=role, value=said, text=said, start=start, end=end)


def _decode(recognizer: Any, pcm: bytes) -> Iterator[str]:
    audio = pcm + _TAIL
    for at in range(0, len(audio), _CHUNK_BYTES):
        if recognizer.AcceptWaveform(audio[at : at + _CHUNK_BYTES]):
            yield json.loads(recognizer.Result())["text"]
    yield json.loads(recognizer.FinalResult())["text"]
    recognizer.Reset()
