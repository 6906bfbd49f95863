"""One training as it is recorded. Nothing that anybody said fits in."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from training_loop.errors import InvalidArgument

_WORD = re.compile(r"[A-Za-z0-9_.:+/@<>=-]{1,128}", re.ASCII)
_METRIC = re.compile(r"[A-Za-z0-9_./-]{1,128}", re.ASCII)
_PNG = b"\x89PNG\r\n\x1a\n"
_HTML = b"<!doctype html>"
_LIVE = re.compile(rb"<(?:script|iframe|object|embed|link|img|form)\b", re.IGNORECASE)
_PERSONAL_ID = re.compile(rb"(?<![A-Za-z0-9_])(?:acc|utt|dev)_[A-Za-z0-9_-]{16,}")
_LARGEST_ARTEFACT = 5 * 1024 * 1024
_MOST = 1000
_DEEPEST = 6
_PERSONAL = re.compile(r"(?:acc|utt|dev)_")

ALIASES = frozenset({"candidate", "refused", "shadow", "canary", "serving"})
"""Those that are ours; others that somebody gave a model are left alone."""


class NotRecordable(InvalidArgument):
    """A value might be something that somebody said, or is about somebody."""

    code = "NOT_RECORDABLE"
    hint = "Record numbers and stable words: intents, counts, scores, ids of models and data sets."


class Outcome(Enum):
    FINISHED = "finished"
    FAILED = "failed"
    KILLED = "killed"
    """Cancelled, or a consent ended in the middle of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedRun:
    """Raises NotRecordable for a value with a space, an id of a person, or an artefact other than
    a PNG, JSON of numbers and stable words, or a page as `is_page` wants it. Times are Unix times.
    """

    kind: str
    """The model's kind as a stable word, for example "nlu"."""
    model: str = ""
    """The id in the registry; empty where none came of it."""
    outcome: Outcome = Outcome.FINISHED
    began_at_s: float
    ended_at_s: float
    parameters: Mapping[str, str | int | float] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    series: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """By name, in steps: a learning curve."""
    artefacts: Mapping[str, bytes] = field(default_factory=dict)
    """By file name: "confusion.png", "report.json", "report.html"."""
    key: str = field(default_factory=lambda: secrets.token_hex(16))
    """The same run is recorded once, however often it is told."""

    def __post_init__(self) -> None:
        for word in (self.kind, self.model, self.key):
            _stable(word or "-")
        for name, value in self.parameters.items():
            _stable(name)
            _stable(str(value) or "-")
        figures = [(name, (value,)) for name, value in self.metrics.items()]
        for name, values in (*figures, *self.series.items()):
            if not _METRIC.fullmatch(name) or not all(map(math.isfinite, values)):
                raise NotRecordable("A metric is a finite number with a plain name.")
        sizes = (self.parameters, self.metrics, self.series, self.artefacts)
        if any(len(of) > _MOST for of in (*sizes, *self.series.values())):
            raise NotRecordable(f"A run has at most {_MOST} values of each kind.")
        for name, content in self.artefacts.items():
            _artefact(name, content)

    def to_bytes(self) -> bytes:
        fields = {name: getattr(self, name) for name in _FIELDS}
        fields["outcome"] = self.outcome.value
        fields["artefacts"] = {
            name: base64.b64encode(content).decode() for name, content in self.artefacts.items()
        }
        return json.dumps(fields).encode()

    @staticmethod
    def from_bytes(written: bytes) -> TrackedRun:
        """Raises ValueError, KeyError, TypeError or NotRecordable."""
        fields: dict[str, Any] = json.loads(written)
        fields["outcome"] = Outcome(fields["outcome"])
        fields["series"] = {name: tuple(of) for name, of in fields["series"].items()}
        fields["artefacts"] = {
            name: base64.b64decode(content) for name, content in fields["artefacts"].items()
        }
        return TrackedRun(**{name: fields[name] for name in _FIELDS})


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedStanding:
    """What the models of a kind are at a time; an alias that is not named is nobody's then.

    Raises NotRecordable for an alias that is none of ours, and for anything but stable words.
    """

    kind: str
    aliases: Mapping[str, str]
    """Of ALIASES, to the model that has it."""
    at_s: float

    def __post_init__(self) -> None:
        if not ALIASES.issuperset(self.aliases):
            raise NotRecordable("This is no alias of a model.")
        for word in (self.kind, *self.aliases.values()):
            _stable(word)

    @property
    def key(self) -> str:
        return hashlib.sha256(self.to_bytes()).hexdigest()[:32]

    def to_bytes(self) -> bytes:
        fields = {"kind": self.kind, "aliases": dict(self.aliases), "at_s": self.at_s}
        return json.dumps(fields).encode()

    @staticmethod
    def from_bytes(written: bytes) -> TrackedStanding:
        """Raises ValueError, KeyError, TypeError or NotRecordable."""
        fields = json.loads(written)
        return TrackedStanding(**{name: fields[name] for name in ("kind", "aliases", "at_s")})


_FIELDS = (
    *("kind", "model", "outcome", "began_at_s", "ended_at_s", "parameters", "metrics", "series"),
    *("artefacts", "key"),
)


def _stable(word: str) -> None:
    if not _WORD.fullmatch(word) or _PERSONAL.match(word):
        raise NotRecordable("A run holds stable words without spaces, and nothing of a person.")


def is_page(content: bytes) -> bool:
    """Whether it is an HTML page that may be recorded: one that runs and loads nothing and has no
    id of a person. What it says in words is up to whoever writes it: the report of a lap counts."""
    if not content.startswith(_HTML) or len(content) > _LARGEST_ARTEFACT:
        return False
    return not (_LIVE.search(content) or _PERSONAL_ID.search(content))


def _artefact(name: str, content: bytes) -> None:
    _stable(name)
    if "/" in name or len(content) > _LARGEST_ARTEFACT:
        raise NotRecordable("An artefact is one file of at most 5 MiB.")
    if name.endswith(".png") and content.startswith(_PNG):
        return
    if name.endswith(".html") and is_page(content):
        return
    if not name.endswith(".json"):
        raise NotRecordable("An artefact is a PNG, a JSON file or a page that loads nothing.")
    try:
        value = json.loads(content)
    except ValueError as fault:
        raise NotRecordable("This artefact is no JSON.") from fault
    _plain(value, _DEEPEST)


def _plain(value: object, deeper: int) -> None:
    if deeper < 0:
        raise NotRecordable("A report is that deep only.")
    if isinstance(value, str):
        _stable(value or "-")
    elif isinstance(value, list):
        for one in value:
            _plain(one, deeper - 1)
    elif isinstance(value, dict):
        for name, one in value.items():
            _stable(name)
            _plain(one, deeper - 1)
