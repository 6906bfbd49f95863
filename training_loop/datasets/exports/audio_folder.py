"""Hugging Face's audio folder: sound files with a `metadata.jsonl` in a directory a split.

Source of the form: Hugging Face Datasets, "Create an audio dataset", AudioFolder.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import IO

from training_loop.datasets.exports.row import Row, wav_of
from training_loop.datasets.split import Split

DIRECTORIES = {Split.TRAIN: "train", Split.TEST: "validation", Split.HOLD_OUT: "test"}
"""Their names for the splits."""


class AudioFolder:
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._metadata: dict[Split, IO[str]] = {}

    def add(self, row: Row) -> None:
        split = self._directory / DIRECTORIES[row.split]
        if row.split not in self._metadata:
            split.mkdir()
            self._metadata[row.split] = (split / "metadata.jsonl").open("w", encoding="utf-8")
        (split / f"{row.item}.wav").write_bytes(wav_of(row.pcm))
        entities = [
            {"name": one.name, "role": one.role, "value": one.value, "text": one.text}
            | {"start": one.start, "end": one.end}
            for one in row.entities
        ]
        line = {"file_name": f"{row.item}.wav", "item": row.item, "speaker": row.speaker}
        line |= {"text": row.text, "intent": row.intent, "heard": row.heard}
        # A list of objects that is empty in every line would have no type to read.
        line |= {"entities": json.dumps(entities, ensure_ascii=False)}
        self._metadata[row.split].write(json.dumps(line, ensure_ascii=False) + "\n")

    def close(self) -> None:
        for file in self._metadata.values():
            file.close()
