"""How words that stand in no dictionary are pronounced: an n-gram model over letters with phones.

Source: M. Bisani and H. Ney, "Joint-sequence models for grapheme-to-phoneme conversion", Speech
Communication 50 (2008). Its smoothing here is modified Kneser-Ney.
"""

from __future__ import annotations

import gzip
import heapq
import json
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from training_loop.durable_files import write_atomically
from training_loop.training.language_model.alignment import Entry, Pronunciation, align
from training_loop.training.language_model.kneser_ney import estimate
from training_loop.training.language_model.ngram import BEGIN, END, History, NGramModel
from training_loop.training.language_model.pruning import prune

ORDER = 5
PRUNED = 1e-7
BEAM = 24
MAX_LETTERS = 40
_LEARN_FROM = 10_000
_LEAST_COUNT = 2
_SPLIT = "}"
_JOIN = "_"

_Hypothesis = tuple[float, History]


class LetterToSound:
    """Says any word written in the letters of the dictionary that it learned from."""

    def __init__(self, model: NGramModel) -> None:
        self._model = model
        self._units: dict[str, list[str]] = defaultdict(list)
        for unit in sorted(model.vocabulary - {END}):
            self._units[unit.partition(_SPLIT)[0]].append(unit)

    @staticmethod
    def learn(entries: Sequence[Entry]) -> LetterToSound:
        """From words and their phones. Their order matters: units come from the first 10,000."""
        aligned = align(entries, learn_from=_LEARN_FROM)
        often = Counter(unit for path in aligned for unit in path)
        sentences = [
            tuple(letters + _SPLIT + _JOIN.join(phones) for letters, phones in path)
            for path in aligned
            if all(often[unit] >= _LEAST_COUNT for unit in path)
        ]
        return LetterToSound(prune(estimate(sentences, order=ORDER), PRUNED))

    def pronounce(self, word: str, *, most: int = 1) -> tuple[Pronunciation, ...]:
        """The likeliest pronunciations, best first; none for letters that it never saw."""
        word = word[:MAX_LETTERS]
        at: dict[int, list[_Hypothesis]] = defaultdict(list)
        at[0] = [(0.0, (BEGIN,))]
        for place in range(len(word)):
            for score, units in heapq.nlargest(BEAM, at.pop(place, [])):
                for size in (1, 2):
                    for unit in self._units.get(word[place : place + size], ()):
                        if place + size <= len(word):
                            chance = self._model.probability(unit, units)
                            at[place + size].append((score + math.log(chance), (*units, unit)))
        ended = [
            (score + math.log(self._model.probability(END, units)), units)
            for score, units in at[len(word)]
        ]
        found = dict.fromkeys(_phones(units) for _, units in heapq.nlargest(BEAM, ended))
        return tuple(phones for phones in found if phones)[:most]

    def save(self, path: Path) -> None:
        """Compressed JSON, complete or not there at all."""
        model = self._model
        content = {
            "order": model.order,
            "probabilities": {
                " ".join(history): {word: float(f"{p:.5g}") for word, p in words.items()}
                for history, words in model.probabilities.items()
            },
            "backoff": {" ".join(h): float(f"{b:.5g}") for h, b in model.backoff.items()},
        }
        packed = gzip.compress(json.dumps(content, separators=(",", ":")).encode(), 6, mtime=0)
        write_atomically(path, packed)

    @staticmethod
    def load(path: Path) -> LetterToSound:
        """Raises OSError, ValueError, KeyError or TypeError when the file is not what was saved."""
        content = json.loads(gzip.decompress(path.read_bytes()))
        return LetterToSound(
            NGramModel(
                order=content["order"],
                probabilities={_history(h): w for h, w in content["probabilities"].items()},
                backoff={_history(h): b for h, b in content["backoff"].items()},
            )
        )


def _history(joined: str) -> History:
    return tuple(joined.split(" ")) if joined else ()


def _phones(units: History) -> Pronunciation:
    return tuple(
        phone for unit in units[1:] for phone in unit.partition(_SPLIT)[2].split(_JOIN) if phone
    )
