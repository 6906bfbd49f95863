"""Tries a speech model in a process of its own: a damaged graph ends the process that loads it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from assistant.asr.models import SpeechModelUnusable, check_speech_model, load_speech_model
from assistant.asr.recognizer_pool import RecognizerPool
from training_loop.children import environment_of_children

_WITHIN_S = 60.0
_CHILD = "import os; os.nice(15); from assistant.asr.model_probe import main; main()"
"""Polite before it imports anything: whoever speaks meanwhile comes first."""


def probe(model: Path) -> None:
    """Returns when the model loads and decodes. Blocking; the work is another process's.

    Raises SpeechModelUnusable, also when the model takes longer than a minute.
    """
    check_speech_model(model)
    try:
        ended = subprocess.run(
            (sys.executable, "-I", "-c", _CHILD, str(model)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment_of_children(),
            timeout=_WITHIN_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SpeechModelUnusable("The speech model took too long to load.") from None
    if ended.returncode:
        raise SpeechModelUnusable("The speech model is damaged: it does not decode.")


def main() -> None:
    """Of the other process; the model is its argument."""
    RecognizerPool(load_speech_model(Path(sys.argv[1])), most_idle=1).warm(1)
