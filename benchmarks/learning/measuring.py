"""How well a group is understood: whole commands, intents, words. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import jiwer

from benchmarks.learning.said import Novelty
from benchmarks.learning.speaking import Answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """Of one group's clips with one set of models; shares are 0 to 1."""

    clips: int
    whole_command: float
    """Intent and every entity's value as it was meant."""
    intent: float
    word_error_rate: float
    wrong: int
    """Whole commands that are not right."""
    by_intent: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Intents that were understood, of so many."""
    whole_by_intent: dict[str, tuple[int, int]] = field(default_factory=dict)
    whole_by_novelty: dict[str, tuple[int, int]] = field(default_factory=dict)


def understanding(answers: Sequence[Answered]) -> Understanding:
    intents: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    of: Counter[str] = Counter()
    novel: Counter[Novelty] = Counter()
    novel_of: Counter[Novelty] = Counter()
    for one in answers:
        said = one.clip.said
        of[said.intent] += 1
        novel_of[said.novelty] += 1
        intents[said.intent] += intent_is_right(one)
        whole[said.intent] += is_right(one)
        novel[said.novelty] += is_right(one)
    right = whole.total()
    return Understanding(
        clips=len(answers),
        whole_command=right / len(answers),
        intent=intents.total() / len(answers),
        word_error_rate=float(
            jiwer.wer([one.clip.said.text for one in answers], [one.heard for one in answers])
        ),
        wrong=len(answers) - right,
        by_intent={name: (intents[name], count) for name, count in sorted(of.items())},
        whole_by_intent={name: (whole[name], count) for name, count in sorted(of.items())},
        whole_by_novelty={
            kind.value: (novel[kind], count) for kind in Novelty if (count := novel_of[kind])
        },
    )


def intent_is_right(one: Answered) -> bool:
    meaning = one.turn.interpretation
    return meaning is not None and meaning.intent == one.clip.said.intent


def is_right(one: Answered) -> bool:
    meaning = one.turn.interpretation
    if meaning is None or not intent_is_right(one):
        return False
    found = {(entity.name, entity.role, entity.value) for entity in meaning.entities}
    return found == one.clip.said.means()


def worse_intents(before: Understanding, after: Understanding) -> dict[str, tuple[int, int, int]]:
    """Intents that are understood less often than before: right before, right after, of so many."""
    return {
        name: (right, after.by_intent[name][0], count)
        for name, (right, count) in before.by_intent.items()
        if after.by_intent[name][0] < right
    }
