"""NVIDIA NeMo's manifests: one JSON object a line, sound files beside them.

Source of the form: NeMo, "Preparing Custom ASR Data": audio_filepath, duration, text; a relative
path is looked for from the manifest's own directory.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import IO

from training_loop.datasets.exports.row import Row, wav_of
from training_loop.datasets.split import Split

_SOUND = "audio"


class NemoManifest:
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._manifests: dict[Split, IO[str]] = {}
        (directory / _SOUND).mkdir()

    def add(self, row: Row) -> None:
        sound = Path(_SOUND) / f"{row.item}.wav"
        (self._directory / sound).write_bytes(wav_of(row.pcm))
        if row.split not in self._manifests:
            path = self._directory / f"manifest_{row.split.value}.json"
            self._manifests[row.split] = path.open("w", encoding="utf-8")
        line = {"audio_filepath": str(sound), "duration": round(row.duration_s, 4)}
        line |= {"text": " ".join(row.text.split()), "item": row.item}
        line |= {"speaker": row.speaker, "intent": row.intent}
        self._manifests[row.split].write(json.dumps(line, ensure_ascii=False) + "\n")

    def close(self) -> None:
        for file in self._manifests.values():
            file.close()
