"""A conditional random field over words, stored as trained.

Rasa's own extractor stores its training set and trains again at every load.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pycrfsuite

from assistant.nlu.lean.tagging import OUTSIDE, Span, spans_of, tags_of
from assistant.nlu.lean.word_features import WordLists, word_features

Words = Sequence[tuple[int, int]]
"""Start and end of each word in the text, in characters."""

_LISTS = "word_lists.json"


class EntityModel:
    """Finds entities. Not thread-safe: the tagger holds the sentence it works on."""

    def __init__(self, directory: Path) -> None:
        """Opens what `train` wrote there."""
        self._lists = WordLists(**json.loads((directory / _LISTS).read_text(encoding="utf-8")))
        # The tagger works on this buffer and keeps no copy: it must live as long.
        self._file = (directory / "entities.crfsuite").read_bytes()
        self._tagger = pycrfsuite.Tagger()
        self._tagger.open_inmemory(self._file)

    def spans(self, text: str, words: Words, intent: str) -> list[Span]:
        """The entities of a text that was given this intent."""
        if not words:
            return []
        self._tagger.set(word_features(_lower(text, words), intent, self._lists))
        tags = self._tagger.tag()
        confidences = [
            0.0 if tag == OUTSIDE else self._tagger.marginal(tag, index)
            for index, tag in enumerate(tags)
        ]
        return spans_of(words, tags, confidences)


def train(
    directory: Path,
    examples: Iterable[tuple[str, Words, str, Sequence[Span]]],
    lists: Mapping[str, Sequence[str]],
    patterns: Mapping[str, str],
    parameters: Mapping[str, float],
) -> None:
    """Trains on texts with their words, intents and entities; `parameters` are CRFsuite's."""
    known = {"lists": lists, "patterns": patterns}
    (directory / _LISTS).write_text(json.dumps(known), encoding="utf-8")
    found = WordLists(lists, patterns)
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params(dict(parameters))
    for text, words, intent, spans in examples:
        if words:
            features = word_features(_lower(text, words), intent, found)
            trainer.append(features, tags_of(words, spans))
    trainer.train(str(directory / "entities.crfsuite"))


def _lower(text: str, words: Words) -> list[str]:
    return [text[start:end].lower() for start, end in words]
