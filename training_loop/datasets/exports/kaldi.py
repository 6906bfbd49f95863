"""Kaldi data directories: wav.scp, text, utt2spk and spk2utt, sorted as `LC_ALL=C sort` does.

Source of the form: Kaldi, "Data preparation". Utterances begin with their speaker, so that both
orders agree. Paths of sound files begin at the export's own directory: run Kaldi from there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from training_loop.datasets.exports.row import Row, wav_of
from training_loop.datasets.split import Split


class KaldiData:
    """Holds texts and names in memory until `close`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._texts: dict[Split, dict[str, str]] = defaultdict(dict)
        self._speakers: dict[Split, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        (directory / "audio").mkdir()

    def add(self, row: Row) -> None:
        utterance = f"{row.speaker}-{row.item}"
        (self._directory / "audio" / f"{utterance}.wav").write_bytes(wav_of(row.pcm))
        self._texts[row.split][utterance] = " ".join(row.text.split())
        self._speakers[row.split][row.speaker].append(utterance)

    def close(self) -> None:
        for split, texts in self._texts.items():
            data = self._directory / "data" / split.value
            data.mkdir(parents=True)
            names = sorted(texts, key=str.encode)
            speakers = self._speakers[split]
            _lines(data / "wav.scp", (f"{name} audio/{name}.wav" for name in names))
            _lines(data / "text", (f"{name} {texts[name]}" for name in names))
            _lines(data / "utt2spk", (f"{name} {name.partition('-')[0]}" for name in names))
            _lines(
                data / "spk2utt",
                (f"{who} {' '.join(sorted(speakers[who]))}" for who in sorted(speakers)),
            )


def _lines(path: Path, lines: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
