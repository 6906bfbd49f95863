"""Parquet: one file a split, the sound in it as WAV bytes, as Hugging Face Datasets reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from training_loop.datasets.errors import ExporterMissing
from training_loop.datasets.exports.row import Row, wav_of
from training_loop.datasets.split import Split

_GROUP = 256
"""Rows that are in memory at once."""


class ParquetFiles:
    """Raises ExporterMissing where pyarrow is not installed."""

    def __init__(self, directory: Path) -> None:
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError as fault:
            raise ExporterMissing("Parquet needs pyarrow.") from fault
        self._arrow, self._parquet = pyarrow, pyarrow.parquet
        self._directory = directory
        self._waiting: dict[Split, list[dict[str, Any]]] = {}
        self._files: dict[Split, Any] = {}

    def add(self, row: Row) -> None:
        waiting = self._waiting.setdefault(row.split, [])
        waiting.append(_record(row))
        if len(waiting) >= _GROUP:
            self._flush(row.split)

    def close(self) -> None:
        for split in self._waiting:
            self._flush(split)
        for file in self._files.values():
            file.close()

    def _flush(self, split: Split) -> None:
        rows, self._waiting[split] = self._waiting[split], []
        schema = self._schema()
        if split not in self._files:
            path = self._directory / f"{split.value}.parquet"
            self._files[split] = self._parquet.ParquetWriter(path, schema, compression="zstd")
        if rows:
            self._files[split].write_table(self._arrow.Table.from_pylist(rows, schema=schema))

    def _schema(self) -> Any:
        arrow = self._arrow
        words = [(name, arrow.string()) for name in ("name", "role", "value", "text")]
        places = [(name, arrow.int32()) for name in ("start", "end")]
        return arrow.schema(
            [
                *((name, arrow.string()) for name in ("item", "speaker", "text", "intent")),
                ("heard", arrow.string()),
                ("entities", arrow.list_(arrow.struct([*words, *places]))),
                ("audio", arrow.struct([("bytes", arrow.binary()), ("path", arrow.string())])),
                ("duration_s", arrow.float32()),
            ]
        )


def _record(row: Row) -> dict[str, Any]:
    names = ("name", "role", "value", "text", "start", "end")
    sound = {"bytes": wav_of(row.pcm), "path": f"{row.item}.wav"} if row.pcm else None
    return {
        "item": row.item,
        "speaker": row.speaker,
        "text": row.text,
        "intent": row.intent,
        "heard": row.heard,
        "entities": [{name: getattr(one, name) for name in names} for one in row.entities],
        "audio": sound,
        "duration_s": row.duration_s,
    }
