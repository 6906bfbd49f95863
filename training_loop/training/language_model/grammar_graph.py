"""A language model as the graph `Gr.fst`, and such a graph as a language model again.

A state is a history; an arc is a word; an arc without a word goes to the shorter history at the
cost of its backoff (M. Mohri et al., "Weighted finite-state transducers in speech recognition",
2002, section 3). The same model gives the same bytes.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping

import numpy as np

from training_loop.training.language_model.errors import GraphUnreadable
from training_loop.training.language_model.ngram import BEGIN, END, History, NGramModel
from training_loop.training.language_model.openfst import ARC, Fst

EPSILON = 0
_LEAST_PROBABILITY = 1e-30


def to_graph(model: NGramModel, labels: Mapping[str, int], *, backoff_label: int = EPSILON) -> Fst:
    """`labels` are the recogniser's words; what the model has besides is left out.

    `backoff_label` is what the arcs to shorter histories read: epsilon, or the label of "#0"
    where the lexicon's graph passes that through.
    """
    states = _states(model, labels)
    rows: list[list[tuple[int, int, float, int]]] = []
    final = np.full(len(states), np.inf, "<f4")
    for history, state in states.items():
        arcs: list[tuple[int, int, float, int]] = []
        for word, probability in model.probabilities.get(history, {}).items():
            cost = -math.log(max(probability, _LEAST_PROBABILITY))
            if word == END:
                final[state] = cost
            elif (label := labels.get(word)) is not None:
                target = states[_longest((*history, word), model.order, states)]
                arcs.append((label, label, cost, target))
        if history:
            cost = -math.log(max(model.backoff.get(history, 1.0), _LEAST_PROBABILITY))
            arcs.append((backoff_label, EPSILON, cost, states[_longest(history[1:], 99, states)]))
        rows.append(sorted(arcs))
    first = np.concatenate([[0], np.cumsum([len(row) for row in rows], dtype=np.int64)])
    flat = np.array([arc for row in rows for arc in row], dtype=ARC)
    return Fst(start=states[_longest((BEGIN,), 99, states)], final=final, first=first, arcs=flat)


def _states(model: NGramModel, labels: Mapping[str, int]) -> dict[History, int]:
    """The histories that can be said in these words and have n-grams, the empty one first."""
    known = sorted(
        (
            history
            for history in model.probabilities
            if all(word == BEGIN or word in labels for word in history)
        ),
        key=lambda history: (len(history), [labels.get(word, 0) for word in history]),
    )
    return {history: number for number, history in enumerate(known)}


def _longest(history: History, order: int, states: Mapping[History, int]) -> History:
    """The longest end of the history that is a state."""
    shorter = history[max(0, len(history) - order + 1) :]
    while shorter not in states:
        shorter = shorter[1:]
    return shorter


def from_graph(fst: Fst, words: Mapping[int, str]) -> NGramModel:
    """The model that the graph was made from. Raises GraphUnreadable if it is no such graph."""
    backoff_of = _backoffs(fst)
    histories = _histories(fst, words, {state: arc[0] for state, arc in backoff_of.items()})
    probabilities: dict[History, dict[str, float]] = {}
    backoff: dict[History, float] = {}
    for state, history in histories.items():
        arcs = fst.arcs_of(state)
        entries = {
            words[label]: math.exp(-cost)
            for label, cost in zip(arcs["olabel"].tolist(), arcs["weight"].tolist(), strict=True)
            if label in words and label != EPSILON
        }
        if np.isfinite(fst.final[state]):
            entries[END] = math.exp(-float(fst.final[state]))
        probabilities[history] = entries
        if state in backoff_of:
            backoff[history] = math.exp(-backoff_of[state][1])
    if () not in probabilities:
        raise GraphUnreadable("Gr.fst has no state without a history.")
    order = 1 + max(len(history) for history in probabilities)
    return NGramModel(order=order, probabilities=probabilities, backoff=backoff)


def backoff_label_of(fst: Fst) -> int:
    """What a graph's arcs to shorter histories read."""
    silent = fst.arcs["ilabel"][fst.arcs["olabel"] == EPSILON]
    return int(silent[0]) if len(silent) else EPSILON


def _backoffs(fst: Fst) -> dict[int, tuple[int, float]]:
    """Of each state that has one: the state of the shorter history, and the cost."""
    silent = (fst.arcs["olabel"] == EPSILON).nonzero()[0]
    sources = fst.sources()[silent].tolist()
    if len(set(sources)) != len(sources):
        raise GraphUnreadable("Gr.fst is not a backoff model.")
    arcs = fst.arcs[silent]
    pairs = zip(arcs["target"].tolist(), arcs["weight"].tolist(), strict=True)
    return dict(zip(sources, pairs, strict=True))


def _histories(
    fst: Fst, words: Mapping[int, str], shorter: Mapping[int, int]
) -> dict[int, History]:
    """What was said on the way to each state, as far as the state remembers it."""
    depth = {state: _depth(state, shorter) for state in range(fst.states)}
    if depth[fst.start] > 1:
        raise GraphUnreadable("Gr.fst begins in the middle of a sentence.")
    known: dict[int, History] = {state: () for state, deep in depth.items() if deep == 0}
    if len(known) != 1:
        raise GraphUnreadable("Gr.fst is not a backoff model.")
    known[fst.start] = (BEGIN,) * depth[fst.start]
    waiting = deque(known)
    while waiting:
        state = waiting.popleft()
        for arc in fst.arcs_of(state):
            target, word = int(arc["target"]), words.get(int(arc["olabel"]))
            if target in known or not word or int(arc["olabel"]) == EPSILON:
                continue
            said = (*known[state], word)
            if len(said) >= depth[target]:
                known[target] = said[len(said) - depth[target] :]
                waiting.append(target)
    return known


def _depth(state: int, shorter: Mapping[int, int]) -> int:
    deep = 0
    while state in shorter:
        state = shorter[state]
        deep += 1
        if deep > len(shorter):
            raise GraphUnreadable("Gr.fst backs off in a circle.")
    return deep
