"""OpenFst's `olabel_lookahead` files: a graph and, for each state, the words that lie ahead.

Source of the format: OpenFst 1.8, `add-on.h` (AddOnImpl, AddOnPair), `label-reachable.h`
(LabelReachableData), `interval-set.h`. Read back by the loader of vosk 0.3.45.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from training_loop.training.language_model.errors import GraphUnreadable
from training_loop.training.language_model.openfst import (
    Fst,
    Reader,
    const_body,
    const_header,
    read_body,
    read_header,
    read_symbols,
)

KIND = "olabel_lookahead"
_ADD_ON_MAGIC = 446681434
_NO_LABEL = -1

Interval = tuple[int, int]
"""Labels from the first, without the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookaheadGraph:
    """`ahead[s]` are the output labels that can come next after state s, as sorted intervals.

    `final_label` stands among them where the end can come next. `relabelled` are the labels as
    composition sees them, by label; None where the file leaves them out.
    """

    fst: Fst
    final_label: int
    ahead: Sequence[tuple[Interval, ...]] = field(repr=False)
    relabelled: dict[int, int] | None = field(default=None, repr=False)

    @property
    def highest_label(self) -> int:
        ends = max((spans[-1][1] - 1 for spans in self.ahead if spans), default=0)
        named = max(self.relabelled.values(), default=0) if self.relabelled else 0
        labels = int(self.fst.arcs["olabel"].max()) if len(self.fst.arcs) else 0
        return max(self.final_label, ends, named, labels)


def read_lookahead(content: bytes) -> LookaheadGraph:
    """Raises GraphUnreadable for anything else or damaged."""
    reader = Reader(content)
    header = read_header(reader)
    if header.kind != KIND:
        raise GraphUnreadable("HCLr.fst is not a lookahead graph.")
    read_symbols(reader, header)
    (magic,) = reader.unpack("i")
    if magic != _ADD_ON_MAGIC:
        raise GraphUnreadable("HCLr.fst is damaged.")
    inner = read_header(reader)
    fst = read_body(reader, inner, read_symbols(reader, inner))
    if reader.unpack("???") != (True, False, True):
        raise GraphUnreadable("HCLr.fst looks ahead on another side than the words'.")
    reach_input, keeps = reader.unpack("??")
    if reach_input:
        raise GraphUnreadable("HCLr.fst looks ahead on another side than the words'.")
    relabelled = _read_labels(reader) if keeps else None
    (final_label,) = reader.unpack("i")
    (sets,) = reader.unpack("q")
    if sets != fst.states:
        raise GraphUnreadable("HCLr.fst is damaged.")
    ahead = [_read_intervals(reader) for _ in range(sets)]
    return LookaheadGraph(fst=fst, final_label=final_label, ahead=ahead, relabelled=relabelled)


def _read_labels(reader: Reader) -> dict[int, int]:
    (size,) = reader.unpack("q")
    pairs = reader.array("<i4", 2 * size).reshape(-1, 2)
    return {int(label): int(index) for label, index in pairs.tolist()}


def _read_intervals(reader: Reader) -> tuple[Interval, ...]:
    (size,) = reader.unpack("q")
    spans = reader.array("<i4", 2 * size).reshape(-1, 2)
    reader.unpack("i")
    return tuple((begin, end) for begin, end in spans.tolist())


def write_lookahead(graph: LookaheadGraph) -> bytes:
    """A file that stock Vosk loads. The arcs of each state must be sorted by output label."""
    pieces = [
        const_header(graph.fst, kind=KIND, version=1),
        struct.pack("<i", _ADD_ON_MAGIC),
        const_header(graph.fst, kind="const", version=2) if not graph.fst.symbols else b"",
        const_body(graph.fst),
        struct.pack("<?????", True, False, True, False, graph.relabelled is not None),
    ]
    if graph.relabelled is not None:
        pairs = sorted(graph.relabelled.items())
        pieces.append(struct.pack("<q", len(pairs)) + np.array(pairs, "<i4").tobytes())
    pieces.append(struct.pack("<iq", graph.final_label, len(graph.ahead)))
    for spans in graph.ahead:
        numbers = [number for span in spans for number in span]
        count = sum(end - begin for begin, end in spans)
        pieces.append(struct.pack(f"<q{len(numbers)}ii", len(spans), *numbers, count))
    return b"".join(pieces)


def merged(spans: Sequence[Interval]) -> tuple[Interval, ...]:
    """Sorted, and touching or overlapping ones joined."""
    joined: list[Interval] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return tuple(joined)
