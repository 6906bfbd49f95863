"""How words that stand in no dictionary sound: set-up learns it, each state directory gets it.

Language models need it for new words. Without it the first lap would learn it, half a minute's
work.
"""

from __future__ import annotations

from pathlib import Path

from assistant.home import Home
from assistant.setup.errors import SetupFailed
from training_loop.durable_files import write_atomically
from training_loop.training.language_model.pronunciation import Pronouncer


def letters_are_learned(home: Home) -> bool:
    return Pronouncer(home.pronunciations).file.exists()


def learn_letters(home: Home) -> None:
    """From a public dictionary. Raises SetupFailed."""
    try:
        Pronouncer(home.pronunciations).letters()
    except OSError as fault:
        raise SetupFailed("how letters sound could not be written down") from fault


def lend_letters(home: Home, cache: Path) -> None:
    """Puts what set-up learned into a state directory's cache that lacks it. Raises OSError."""
    learned, lent = Pronouncer(home.pronunciations).file, Pronouncer(cache).file
    if learned.exists() and not lent.exists():
        lent.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(lent, learned.read_bytes())
