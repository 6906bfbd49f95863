"""OpenFst's files of type `ngram`, in which Vosk's small models keep their grammar.

Histories are a tree of words from the last to the first, in breadth-first order, as bits: one for
each child, then a zero. Arcs are not stored with their targets: those follow from the tree.
Source of the format: OpenFst 1.8, `extensions/ngram/ngram-fst.h` and `bitmap-index.h`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from training_loop.training.language_model.errors import GraphUnreadable
from training_loop.training.language_model.openfst import (
    ARC,
    Fst,
    Header,
    Reader,
    read_body,
    read_header,
    read_symbols,
)

KIND = "ngram"
_START = 1
_Context = tuple[int, ...]


def read_grammar(content: bytes) -> Fst:
    """A `Gr.fst` of any type that Vosk's models come with. Raises GraphUnreadable."""
    reader = Reader(content)
    header = read_header(reader)
    symbols = read_symbols(reader, header)
    if header.kind == KIND:
        return _read_ngram(reader, header, symbols)
    return read_body(reader, header, symbols)


def _read_ngram(reader: Reader, header: Header, symbols: Mapping[int, str] | None) -> Fst:
    states, futures, finals = reader.unpack("QQQ")
    context_bits = _bits(reader, 2 * states + 1)
    future_bits = _bits(reader, futures + states + 1)
    final_bits = _bits(reader, states)
    context_words = reader.array("<i4", states + 1)
    future_words = reader.array("<i4", futures)
    backoff = reader.array("<f4", states + 1)
    final_costs = reader.array("<f4", finals)
    future_costs = reader.array("<f4", futures + 1)[:futures]
    if int(final_bits.sum()) != finals or states <= _START:
        raise GraphUnreadable("Gr.fst is damaged.")
    parents = _group_of_ones(context_bits[2:], states)[: states - 1]
    final = np.full(states, np.inf, "<f4")
    final[final_bits] = final_costs
    arcs = np.zeros(states - 1 + futures, ARC)
    sources = np.concatenate(
        [np.arange(1, states), _group_of_ones(future_bits[1:], states)[:futures]]
    )
    arcs["target"] = np.concatenate(
        [parents, _targets(context_words, parents, sources[states - 1 :], future_words)]
    )
    arcs["ilabel"][states - 1 :] = arcs["olabel"][states - 1 :] = future_words
    arcs["weight"] = np.concatenate([backoff[1:states], future_costs])
    first = np.concatenate([[0], np.cumsum(np.bincount(sources, minlength=states))])
    order = np.argsort(sources, kind="stable")
    return Fst(start=_START, final=final, first=first, arcs=arcs[order], symbols=symbols)


def _bits(reader: Reader, count: int) -> NDArray[np.bool_]:
    words = reader.array("<u8", (count + 63) // 64)
    return np.unpackbits(words.view("u1"), bitorder="little")[:count].astype(bool)


def _group_of_ones(bits: NDArray[np.bool_], groups: int) -> NDArray[np.int64]:
    """Of each one: how many zeros stand before it, the number of its group."""
    found = np.cumsum(~bits)[bits].astype(np.int64)
    if len(found) and int(found.max()) >= groups:
        raise GraphUnreadable("Gr.fst is damaged.")
    return found


def _targets(
    context_words: NDArray[np.int32],
    parents: NDArray[np.int64],
    sources: NDArray[np.int64],
    words: NDArray[np.int32],
) -> list[int]:
    """Where each arc leads: to the longest history that ends with what was said."""
    contexts: list[_Context] = [()]
    for state, parent in enumerate(parents.tolist(), start=1):
        contexts.append((int(context_words[state]), *contexts[parent]))
    state_of = {context: state for state, context in enumerate(contexts)}
    found: list[int] = []
    for source, word in zip(sources.tolist(), words.tolist(), strict=True):
        said = (*contexts[source], word)
        while said not in state_of:
            said = said[1:]
        found.append(state_of[said])
    return found
