"""What an export says of itself to its recipient, for programs and for people."""

from __future__ import annotations

import json
import time
from pathlib import Path

from training_loop.datasets.exports.record import ExportRecord, Format

_TERMS = (
    "Use it for this purpose alone and give it to nobody. Delete each item that the tombstone feed "
    "names, in every copy and in every model's next training, and acknowledge it within seven "
    "days. Delete all of it by the day above. Do not try to find out who speaks."
)
_READING = {
    Format.RASA: "rasa train nlu --nlu data --domain domain.yml",
    Format.AUDIO_FOLDER: 'datasets.load_dataset("audiofolder", data_dir="<this directory>")',
    Format.NEMO: "manifest_*.json. Paths of sound files begin at the manifest's own directory.",
    Format.KALDI: "data/*/wav.scp. Paths of sound files (audio/...) begin at this directory: run "
    "Kaldi, or kaldi_native_io.SequentialWaveReader, from here.",
    Format.PARQUET: "*.parquet, one file a split, the sound in it as WAV. "
    'datasets.load_dataset("parquet", data_dir="<this directory>")',
}
_README = """\
{record.export}: {record.items} items for {record.recipient}
What for: {record.purpose}
Delete all of it by {by}.

To be read so: {reading}

{terms}

The feed: training_loop.v1.Exports, WatchTombstones and AcknowledgeTombstones, with the token that
was shown when this was made; or a file from whoever gave it to you.
"""


def describe(directory: Path, record: ExportRecord) -> None:
    """Writes `earmark-export.json` and `README.txt`: what it is, how to read it, what is owed."""
    by = _day(record.expires_at_s)
    told = {
        "export": record.export,
        "data_set": record.data_set,
        "recipient": record.recipient,
        "purpose": record.purpose,
        "created": _day(record.created_at_s),
        "delete_all_by": by,
        "items": record.items,
        "terms": _TERMS.replace("by the day above", f"by {by}"),
    }
    (directory / "earmark-export.json").write_text(json.dumps(told, indent=1) + "\n")
    reading = _READING[record.format]
    readme = _README.format(record=record, by=by, reading=reading, terms=_TERMS)
    (directory / "README.txt").write_text(readme, encoding="utf-8")


def _day(at_s: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at_s))
