"""Texts as sparse vectors of word and character n-grams, weighted by TF-IDF.

The same weighting as scikit-learn's TfidfVectorizer (sublinear tf, smoothed idf, each kind of
n-gram of length 1), without its cost for a single text.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

_CHARACTERS = range(2, 6)


def features(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Word n-grams (one and two, with the sentence's ends) and character 2- to 5-grams."""
    return list(_word_ngrams(words)), list(_character_ngrams(words))


def _word_ngrams(words: Sequence[str]) -> Iterator[str]:
    yield from words
    bounded = ["^", *words, "$"]
    for first, second in pairwise(bounded):
        yield f"{first} {second}"


def _character_ngrams(words: Sequence[str]) -> Iterator[str]:
    """N-grams within words, a space marking their ends. `#` keeps them apart from words."""
    for word in words:
        padded = f" {word} "
        for n in _CHARACTERS:
            if n >= len(padded):
                yield f"#{padded}"
                break
            for start in range(len(padded) - n + 1):
                yield f"#{padded[start : start + n]}"


class Weighting:
    """Which n-grams are known, and what each is worth."""

    def __init__(self, vocabulary: dict[str, int], idf: Sequence[float]) -> None:
        self.vocabulary = vocabulary
        self.idf = idf

    @classmethod
    def learn(cls, texts: Iterable[Sequence[str]], least_texts: int) -> Weighting:
        """Knows the n-grams that occur in at least `least_texts` of the texts (words: in one)."""
        count = 0
        frequency: Counter[str] = Counter()
        for words in texts:
            count += 1
            word_ngrams, character_ngrams = features(words)
            frequency.update({*word_ngrams, *character_ngrams})
        kept = sorted(
            name for name, n in frequency.items() if n >= least_texts or not name.startswith("#")
        )
        idf = [math.log((1 + count) / (1 + frequency[name])) + 1 for name in kept]
        return cls({name: index for index, name in enumerate(kept)}, idf)

    def vector(self, words: Sequence[str]) -> tuple[list[int], list[float]]:
        """Indices and values of the known n-grams; words and characters weigh the same."""
        indices: list[int] = []
        values: list[float] = []
        for block in features(words):
            found = Counter(map(self.vocabulary.get, block))
            found.pop(None, None)
            weights = [
                (index, (1 + math.log(n)) * self.idf[index])
                for index, n in found.items()
                if index is not None
            ]
            length = math.sqrt(sum(weight * weight for _, weight in weights)) or 1.0
            indices += [index for index, _ in weights]
            values += [weight / length for _, weight in weights]
        return indices, values
