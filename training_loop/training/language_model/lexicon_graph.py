"""Adds words to the graph that knows how words sound, `HCLr.fst`.

The graph leads from one word boundary to the next along phones, in the contexts that the acoustic
model tells apart. Its states are split by the phone before them, whose repetition is a loop on
the state itself (Kaldi's `add-self-loops --reorder=true`). New words become a tree of paths of
the same kind beside the old ones, from every boundary where words begin to the boundary that
follows their last phone; nothing that was there changes. Composition at run time needs neither a
deterministic nor a minimal graph, so words that sound alike need no disambiguation.

What sounds a phone has after another is read from the old paths, see `sounds`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from training_loop.training.language_model.lookahead import Interval, LookaheadGraph, merged
from training_loop.training.language_model.openfst import ARC, Fst
from training_loop.training.language_model.sounds import Phones, Sounds
from training_loop.training.language_model.transition_model import TransitionModel
from training_loop.training.language_model.word_tree import Arc, WordTree

MOST_SAYINGS = 200_000
_LONGEST = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class WordSound:
    """One word's label and the ways it is said."""

    label: int
    pronunciations: tuple[Phones, ...] = field(repr=False)


class LexiconGraph:
    """A lookahead graph, with what is known of its sounds."""

    def __init__(self, graph: LookaheadGraph, transitions: TransitionModel) -> None:
        """Raises NewWordsUnsupported or GraphUnreadable for graphs of another make."""
        self._graph = graph
        self._sounds = Sounds.of(graph.fst, transitions)

    def can_say(self, phones: Phones) -> bool:
        """Whether the graph knows each of the phones and an end of word after the last."""
        if not phones or not all(self._sounds.all_sounds(phone) for phone in phones):
            return False
        return any(last in self._sounds.boundaries for last in self._sounds_of_last(phones))

    def with_words(self, words: Sequence[WordSound]) -> LookaheadGraph:
        """The graph with the words; their labels must follow each other above all old labels.

        Pronunciations that `can_say` denies must not be among them.
        """
        labels = sorted(word.label for word in words)
        if not labels:
            return self._graph
        first, last = labels[0], labels[-1]
        if first <= self._graph.highest_label or last - first + 1 != len(labels):
            raise ValueError("labels of new words must follow each other above all others")
        tree = WordTree(self._sounds, first_state=self._graph.fst.states)
        for word in sorted(words, key=lambda word: word.label):
            for phones in word.pronunciations:
                tree.add(phones, word.label)
        return self._joined(tree, (first, last + 1))

    def sayings(
        self, labels: frozenset[int], silent: frozenset[int]
    ) -> Iterator[tuple[int, Phones]]:
        """Words among `labels` with the phones on their paths, from one boundary to the next.

        `silent` are the phones that belong to no word. No more than `MOST_SAYINGS` are given.
        """
        fst = self._graph.fst
        root = min(self._beginnings())
        final = np.isfinite(fst.final)
        waiting: list[tuple[int, int, Phones]] = [(root, 0, ())]
        given = steps = 0
        while waiting and given < MOST_SAYINGS and steps < 20 * MOST_SAYINGS:
            state, label, said = waiting.pop()
            steps += 1
            for arc in fst.arcs_of(state).tolist():
                entered = self._sounds.phase_of.get(arc[0])
                if arc[0] in self._sounds.repeats or (entered and entered.phone in silent):
                    continue
                phones = (*said, entered.phone) if entered else said
                found = label or arc[1]
                if found and found not in labels:
                    continue
                if final[arc[3]] and phones and found:
                    given += 1
                    yield found, phones
                elif len(phones) < _LONGEST:
                    waiting.append((arc[3], found, phones))

    def _sounds_of_last(self, phones: Phones) -> tuple[int, ...]:
        if len(phones) > 1:
            return (self._sounds.sound(phones[-2], phones[-1]),)
        return tuple(self._sounds.all_sounds(phones[0]))

    def _joined(self, tree: WordTree, span: Interval) -> LookaheadGraph:
        old = self._graph.fst
        added: dict[int, list[Arc]] = defaultdict(list, tree.arcs)
        roots = self._beginnings()
        for root, sounds in roots.items():
            added[root] += tree.beginning(sounds)
        states = old.states + len(tree.states)
        final = np.concatenate([old.final, np.full(len(tree.states), np.inf, "<f4")])
        fst = _with_arcs(old, states, final, added)
        reaching = _silently_reaching(old, set(roots))
        ahead = [
            merged((*spans, span)) if state in reaching else spans
            for state, spans in enumerate(self._graph.ahead)
        ]
        ahead += [merged([(label, label + 1) for label in tree.ahead[s]]) for s in tree.states]
        relabelled = self._graph.relabelled
        if relabelled is not None:
            relabelled = {**relabelled, **{label: label for label in range(*span)}}
        return LookaheadGraph(
            fst=fst, final_label=self._graph.final_label, ahead=ahead, relabelled=relabelled
        )

    def _beginnings(self) -> dict[int, dict[int, int]]:
        """Of each boundary from which words begin: the sound that each phone has there."""
        fst = self._graph.fst
        roots: dict[int, dict[int, int]] = {}
        for state in np.isfinite(fst.final).nonzero()[0].tolist():
            labels = Counter(
                label
                for label, target in fst.arcs_of(state)[["ilabel", "target"]].tolist()
                if label in self._sounds.phase_of and target != state
            )
            if labels:
                roots[state] = {self._sounds.phase_of[label].phone: label for label in labels}
        return roots


def _with_arcs(
    old: Fst,
    states: int,
    final: np.ndarray[tuple[int], np.dtype[np.float32]],
    added: Mapping[int, list[Arc]],
) -> Fst:
    rows: list[np.ndarray[tuple[int], np.dtype[np.void]]] = []
    for state in range(states):
        row = old.arcs_of(state) if state < old.states else np.zeros(0, ARC)
        if state in added:
            row = np.concatenate([row, np.array(added[state], ARC)])
            row = row[np.argsort(row["olabel"], kind="stable")]
        rows.append(row)
    first = np.concatenate([[0], np.cumsum([len(row) for row in rows], dtype=np.int64)])
    return Fst(
        start=old.start, final=final, first=first, arcs=np.concatenate(rows), symbols=old.symbols
    )


def _silently_reaching(fst: Fst, goals: set[int]) -> set[int]:
    """The states from which a goal can be reached without saying a word, the goals among them."""
    silent = fst.arcs["olabel"] == 0
    before: dict[int, list[int]] = defaultdict(list)
    pairs = zip(fst.arcs["target"][silent].tolist(), fst.sources()[silent].tolist(), strict=True)
    for target, source in pairs:
        before[target].append(source)
    reached = set(goals)
    waiting = list(goals)
    while waiting:
        for source in before[waiting.pop()]:
            if source not in reached:
                reached.add(source)
                waiting.append(source)
    return reached
