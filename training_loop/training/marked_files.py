"""Rasa's NLU files, read as marked texts and written from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from training_loop.errors import InvalidArgument
from training_loop.review.annotation import AnnotationFault, parse, write
from training_loop.training.noised_text import MarkedText

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_marked(directory: Path) -> Iterator[MarkedText]:
    """All intent examples below a directory, in the order of file names and lines.

    Raises InvalidArgument, which names the file, for an example that is not in Rasa's form.
    """
    for path in sorted(directory.rglob("*.yml")):
        content = yaml.load(path.read_text(), Loader=_LOADER) or {}  # noqa: S506 - safe loaders
        for entry in content.get("nlu", ()):
            for line in _lines(entry.get("examples", "")) if "intent" in entry else ():
                try:
                    marked = parse(line)
                except AnnotationFault as fault:
                    raise InvalidArgument(f"{path.name} holds a text that is wrong.") from fault
                yield MarkedText(text=marked.text, intent=entry["intent"], entities=marked.entities)


def write_marked(examples: Iterable[MarkedText], path: Path, *, source: str) -> None:
    """As Rasa NLU YAML for the owner alone. Each carries `source` and its number as metadata, since
    Rasa drops examples that are equal."""
    by_intent: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for number, example in enumerate(examples):
        text = write(example.text, example.entities)
        by_intent[example.intent].append({"text": text, "metadata": {source: number}})
    nlu = [{"intent": intent, "examples": rows} for intent, rows in sorted(by_intent.items())]
    content = yaml.safe_dump(
        {"version": "3.1", "nlu": nlu}, allow_unicode=True, sort_keys=False, width=10_000
    )
    path.touch(mode=0o600)
    path.write_text(content)


def _lines(examples: str | list[Any]) -> Iterator[str]:
    if isinstance(examples, str):
        for line in examples.splitlines():
            if text := line.strip().removeprefix("-").strip():
                yield text
    else:
        for row in examples:
            yield (row if isinstance(row, str) else str(row["text"])).strip()
