"""Vosk's graphs: read, written, and told apart from damaged ones."""

from __future__ import annotations

import struct
from collections import deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.asr.models import EMBEDDED_MODEL
from tests.fixtures.language_model import SENTENCES
from training_loop.training.language_model.errors import GraphUnreadable, NewWordsUnsupported
from training_loop.training.language_model.grammar_graph import from_graph, to_graph
from training_loop.training.language_model.kneser_ney import estimate
from training_loop.training.language_model.lookahead import read_lookahead, write_lookahead
from training_loop.training.language_model.ngram import perplexity
from training_loop.training.language_model.ngram_fst import read_grammar
from training_loop.training.language_model.openfst import (
    MAGIC,
    Fst,
    const_header,
    read_fst,
    write_const,
)
from training_loop.training.language_model.transition_model import read_transition_model

GRAPH = EMBEDDED_MODEL / "graph"
WORDS = sorted({word for sentence in SENTENCES for word in sentence})
LABELS = {word: number for number, word in enumerate(WORDS, start=1)}
BY_LABEL = {number: word for word, number in LABELS.items()}


NGRAM_PROPERTIES = 0x25A5_5555_0001
"""An acceptor, deterministic, sorted, weighted, cyclic, accessible: what all files of it say."""


def small_grammar() -> Fst:
    return to_graph(estimate(SENTENCES, order=3), LABELS)


def as_vector(fst: Fst) -> bytes:
    """The graph as a file of type `vector`."""
    states = b"".join(
        struct.pack("<fq", fst.final[state], len(fst.arcs_of(state))) + fst.arcs_of(state).tobytes()
        for state in range(fst.states)
    )
    return const_header(fst, kind="vector", version=2) + states


def as_ngram(fst: Fst) -> bytes:
    """A backoff grammar as a file of type `ngram`: its tree of contexts, breadth first."""
    words: dict[int, int] = {}  # of each state the first word of its history
    waiting = deque([(fst.start, 0)])
    waiting += [(int(arc["target"]), int(arc["ilabel"])) for arc in fst.arcs_of(0)]
    while waiting:
        state, word = waiting.popleft()
        if state and state not in words:
            words[state] = word
            waiting += [(int(a["target"]), word) for a in fst.arcs_of(state) if a["ilabel"]]
    below: dict[int, list[tuple[int, float, int]]] = {}
    for state in range(1, fst.states):
        back = fst.arcs_of(state)[0]
        assert back["ilabel"] == 0
        below.setdefault(int(back["target"]), []).append((words[state], back["weight"], state))
    contexts, futures, finals = "10", "0", ""
    context_words, backoffs = [-1], [float("inf")]
    future_arcs: list[tuple[int, float]] = []
    queue, final_costs = deque([0]), []
    while queue:
        state = queue.popleft()
        finals += "1" if np.isfinite(fst.final[state]) else "0"
        final_costs += [fst.final[state]] if np.isfinite(fst.final[state]) else []
        for word, cost, child in sorted(below.get(state, ())):
            contexts += "1"
            context_words.append(word)
            backoffs.append(cost)
            queue.append(child)
        said = [(int(a["ilabel"]), float(a["weight"])) for a in fst.arcs_of(state) if a["ilabel"]]
        contexts, futures = contexts + "0", futures + "1" * len(said) + "0"
        future_arcs += said
    numbers = struct.pack("<QQQ", fst.states, len(future_arcs), len(final_costs))
    header = struct.pack("<i", MAGIC) + b"".join(
        struct.pack("<i", len(name)) + name for name in (b"ngram", b"standard")
    )
    header += struct.pack("<iiQqqq", 4, 0, NGRAM_PROPERTIES, 1, fst.states, 0)
    columns = (
        np.array([*context_words, 0][: fst.states + 1], "<i4"),
        np.array([label for label, _ in future_arcs], "<i4"),
        np.array([*backoffs, 0.0][: fst.states + 1], "<f4"),
        np.array(final_costs, "<f4"),
        np.array([*(cost for _, cost in future_arcs), 0.0], "<f4"),
    )
    bits = b"".join(map(packed, (contexts, futures, finals)))
    return header + numbers + bits + b"".join(column.tobytes() for column in columns)


def packed(bits: str) -> bytes:
    padded = bits + "0" * (-len(bits) % 64)
    return np.packbits(np.array(list(padded), "u1"), bitorder="little").tobytes()


def test_the_shipped_grammar_survives_reading_and_writing() -> None:
    content = (GRAPH / "Gr.fst").read_bytes()
    fst = read_fst(content)
    again = read_fst(write_const(fst))
    assert (again.arcs == fst.arcs).all()
    assert (again.final == fst.final).all()
    assert again.start == fst.start
    assert len(write_const(fst)) == len(content)


def test_the_shipped_lexicon_survives_reading_and_writing() -> None:
    content = (GRAPH / "HCLr.fst").read_bytes()
    written = write_lookahead(read_lookahead(content))
    differing = [
        at for at, pair in enumerate(zip(content, written, strict=True)) if len(set(pair)) > 1
    ]
    assert all(at < 145 for at in differing), "only properties in the headers may differ"


def test_a_grammar_reads_back_as_the_model_it_was_made_from() -> None:
    model = estimate(SENTENCES, order=3)
    found = from_graph(read_fst(write_const(small_grammar())), BY_LABEL)
    assert found.probabilities.keys() == model.probabilities.keys()
    for history, words in model.probabilities.items():
        assert found.probabilities[history] == pytest.approx(words, rel=1e-5)
    assert perplexity(found, SENTENCES).value == pytest.approx(
        perplexity(model, SENTENCES).value, rel=1e-5
    )


@pytest.mark.parametrize("form", [write_const, as_vector, as_ngram])
def test_every_form_of_a_grammar_reads_as_the_same_model(form: object) -> None:
    assert callable(form)
    wanted = from_graph(small_grammar(), BY_LABEL)
    found = from_graph(read_grammar(form(small_grammar())), BY_LABEL)
    assert found.backoff == pytest.approx(wanted.backoff)
    assert found.probabilities == wanted.probabilities


def test_symbols_inside_a_grammar_survive() -> None:
    fst = small_grammar()
    named = Fst(start=fst.start, final=fst.final, first=fst.first, arcs=fst.arcs, symbols=BY_LABEL)
    again = read_grammar(write_const(named))
    assert again.symbols == BY_LABEL
    assert (again.arcs == fst.arcs).all()


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_a_graph_that_was_cut_short_is_refused(data: st.DataObject) -> None:
    form = data.draw(st.sampled_from((write_const, as_vector, as_ngram)))
    content = form(small_grammar())
    end = data.draw(st.integers(0, len(content) - 1))
    with pytest.raises(GraphUnreadable):
        read_grammar(content[:end])


def test_a_lexicon_that_was_cut_short_or_is_none_is_refused() -> None:
    content = (GRAPH / "HCLr.fst").read_bytes()
    for damaged in (
        content[:40],
        content[:100_000],
        content[:-3],
        b"",
        write_const(small_grammar()),
    ):
        with pytest.raises(GraphUnreadable):
            read_lookahead(damaged)


def test_the_acoustic_model_tells_its_transitions() -> None:
    content = (EMBEDDED_MODEL / "am" / "final.mdl").read_bytes()
    model = read_transition_model(content)
    assert len(model.phases) == 157
    assert {phase.phone for phase in model.phases} == set(range(1, 158))
    assert all(
        {phase.repeat, phase.leave} == {2 * n - 1, 2 * n} for n, phase in enumerate(model.phases, 1)
    )
    for damaged in (content[:900], b"", b"text"):
        with pytest.raises(GraphUnreadable):
            read_transition_model(damaged)


def transition_model(tuples: list[tuple[int, int]], *, states: int = 1) -> bytes:
    """A binary `final.mdl` without its network: phones and the pdfs of their only states."""

    def number(value: int) -> bytes:
        return struct.pack("<bi", 4, value)

    def vector(values: list[int]) -> bytes:
        return number(len(values)) + struct.pack(f"<{len(values)}i", *values)

    phones = sorted({phone for phone, _ in tuples})
    content = b"\0B<TransitionModel> <Topology> " + vector(phones)
    content += vector([-1] + [0] * max(phones)) + number(1) + number(states + 1)
    for state in range(states):
        content += number(0) + number(2)
        for target in (state, state + 1):
            content += number(target) + struct.pack("<bf", 4, 0.5)
    content += number(-1) + number(0) + b"</Topology> <Triples> " + number(len(tuples))
    content += b"".join(number(phone) + number(0) + number(pdf) for phone, pdf in tuples)
    return content + b"</Triples> "


def test_a_plain_topology_is_read_and_more_states_a_phone_are_refused() -> None:
    model = read_transition_model(transition_model([(1, 0), (2, 1), (2, 2)]))
    assert [(p.phone, p.repeat, p.leave) for p in model.phases] == [(1, 1, 2), (2, 3, 4), (2, 5, 6)]
    with pytest.raises(NewWordsUnsupported):
        read_transition_model(transition_model([(1, 0), (2, 1)], states=3))
