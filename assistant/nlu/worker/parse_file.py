"""Parses a file of texts with one model: `python -m assistant.nlu.worker.parse_file ...`.

`--texts` holds JSON lines with a `text` each, `--out` gets one JSON line for each in turn:
`intent_ranking`, `entities` and `took_ms`, the processor time of the parse. Standard output says
now and then how many are done, and nothing that was said. Exit code 3: the model was refused.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.nlu.lean import absent, quiet

if TYPE_CHECKING:
    from assistant.nlu.worker.model import LoadedModel

MODEL_REFUSED = 3
_TELL_EVERY = 50


def main() -> None:
    parser = argparse.ArgumentParser(prog="assistant.nlu.worker.parse_file")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    quiet.settle()
    absent.install_for_serving()
    from assistant.nlu.worker.model import LoadedModel, ModelRefused

    try:
        model = LoadedModel(options.model)
    except ModelRefused as refused:
        sys.stderr.write(f"parse_file: {refused}\n")
        sys.exit(MODEL_REFUSED)
    options.out.touch(mode=0o600)
    with options.texts.open() as texts, options.out.open("w") as out:
        for number, parsed in enumerate(_parsed(model, texts), start=1):
            out.write(json.dumps(parsed) + "\n")
            if number % _TELL_EVERY == 0:
                sys.stdout.write(f"parsed {number}\n")
                sys.stdout.flush()


def _parsed(model: LoadedModel, lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        text = json.loads(line)["text"]
        began = time.thread_time()
        parsed = model.parse(text)
        took_ms = (time.thread_time() - began) * 1000
        yield {**parsed, "took_ms": took_ms}


if __name__ == "__main__":
    main()
