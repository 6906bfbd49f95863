"""The worker's process: de-identifies one clip after the other, at the lowest priority.

It gets clips on its standard input and answers on its standard output, and ends with its input. It
knows no account, holds no key and reaches no store.
"""

from __future__ import annotations

import json
import os
import random
import resource
import sys
from collections.abc import Iterable
from typing import BinaryIO

from training_loop.review.clip_record import clip_bytes
from training_loop.review.task import DeidentifiedClip
from training_loop.sampling.ports import Deidentifier, Vocabulary
from training_loop.sampling.wire import Message, read, utterance_of
from training_loop.utterance import Utterance

_NICENESS = 10


class SaidByMany:
    """The open words, and those of one utterance that enough accounts said."""

    def __init__(self, open_words: Vocabulary, said: Iterable[str]) -> None:
        self._open_words = open_words
        self._said = frozenset(said)

    def known(self, word: str) -> bool:
        return word in self._said or self._open_words.known(word)


def serve(
    deidentifier: Deidentifier, open_words: Vocabulary, requests: BinaryIO, answers: BinaryIO
) -> None:
    """Returns when there are no more requests. A clip that fails is answered with the kind of
    failure alone: a message could hold words."""
    chance = random.SystemRandom()
    while (request := read(requests)) is not None:
        try:
            clip = deidentifier.deidentify(
                utterance_of(request),
                names=frozenset(request.content["names"]),
                vocabulary=SaidByMany(open_words, request.content["known"]),
                chance=chance,
            )
            answer = Message(content={"clip": json.loads(clip_bytes(clip))}, pcm=clip.pcm)
        except Exception as failure:  # noqa: BLE001 - one clip must not end all
            answer = Message(content={"failed": type(failure).__name__})
        answers.write(bytes(answer))
        answers.flush()


class _Deidentifying:
    """De-identification proper, loaded here alone: it takes a second and a hundred megabytes."""

    def __init__(self) -> None:
        from training_loop.deidentify.deidentifier import Deidentifier as Real

        self._real = Real()
        self.open_words: Vocabulary = self._real.lexicon

    def deidentify(
        self,
        utterance: Utterance,
        *,
        names: frozenset[str],
        vocabulary: Vocabulary,
        chance: random.Random,
    ) -> DeidentifiedClip:
        from training_loop.sampling.shown import offered_clip

        clip = self._real.deidentify(utterance, names=names, vocabulary=vocabulary, chance=chance)
        return offered_clip(clip, utterance.intent)


def main() -> None:
    os.nice(_NICENESS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # what was said is in this memory
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a library that prints breaks no answer
    real = _Deidentifying()
    serve(real, real.open_words, sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
