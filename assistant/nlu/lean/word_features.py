"""What the entity tagger sees of each word: the word, its neighbours, its shape, word lists."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from types import MappingProxyType

_WINDOW = 2


class WordLists:
    """Named lists of phrases and patterns (Rasa's lookup tables and regexes).

    Phrases are found word by word, whatever the case; a pattern marks each word it touches.
    """

    def __init__(
        self, lists: Mapping[str, Iterable[str]], patterns: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._patterns = {name: re.compile(pattern, re.I) for name, pattern in patterns.items()}
        self._names: dict[tuple[str, ...], set[str]] = {}
        for name, phrases in lists.items():
            for phrase in phrases:
                self._names.setdefault(tuple(phrase.lower().split()), set()).add(name)
        self._longest = max(map(len, self._names), default=0)

    def found(self, words: Sequence[str]) -> list[list[str]]:
        """For each word, in which lists a phrase over it stands, and whether it begins it."""
        marks: list[set[str]] = [set() for _ in words]
        for start in range(len(words)):
            for end in range(start + 1, min(start + self._longest, len(words)) + 1):
                for name in self._names.get(tuple(words[start:end]), ()):
                    marks[start].add(f"list={name}:B")
                    for index in range(start + 1, end):
                        marks[index].add(f"list={name}:I")
        self._mark_patterns(words, marks)
        return [sorted(mark) for mark in marks]

    def _mark_patterns(self, words: Sequence[str], marks: list[set[str]]) -> None:
        text = " ".join(words)
        starts = [0, *accumulate(len(word) + 1 for word in words)]
        for name, pattern in self._patterns.items():
            for match in pattern.finditer(text):
                first = bisect_right(starts, match.start()) - 1
                last = bisect_left(starts, match.end())
                for mark in marks[first:last]:
                    mark.add(f"pattern={name}")


def word_features(words: Sequence[str], intent: str, lists: WordLists) -> list[list[str]]:
    """The features of each word of a sentence, in lower case, with the intent it was given."""
    padded = ["^"] * _WINDOW + list(words) + ["$"] * _WINDOW
    marks = lists.found(words)
    return [
        [
            *_own(word, intent),
            *_around(padded[index : index + 2 * _WINDOW + 1]),
            *marks[index],
            *(f"+1:{mark}" for mark in (marks[index + 1] if index + 1 < len(marks) else ())),
            *(f"-1:{mark}" for mark in (marks[index - 1] if index else ())),
        ]
        for index, word in enumerate(words)
    ]


def _own(word: str, intent: str) -> list[str]:
    shape = "digits" if word.isdigit() else "mixed" if any(map(str.isdigit, word)) else "letters"
    return [
        "bias",
        f"shape={shape}",
        f"intent={intent}",
        f"intent={intent}|w={word}",
        *(f"suffix={word[-n:]}" for n in (1, 2, 3, 5)),
        *(f"prefix={word[:n]}" for n in (2, 3, 5)),
    ]


def _around(window: Sequence[str]) -> list[str]:
    two_before, before, word, after, two_after = window
    return [
        f"w={word}",
        f"w-1={before}",
        f"w+1={after}",
        f"w-2={two_before}",
        f"w+2={two_after}",
        f"w-1,0={before}|{word}",
        f"w0,1={word}|{after}",
        f"w-2,-1={two_before}|{before}",
        f"w+1,2={after}|{two_after}",
    ]
