"""OpenFst's binary files, types `const` and `vector` over standard arcs, as numpy arrays.

Source of the formats: OpenFst 1.8, `fst.cc` (FstHeader), `const-fst.h`, `vector-fst.h`,
`symbol-table.cc` and `properties.h`. Integers are little-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training_loop.training.language_model.errors import GraphUnreadable

MAGIC = 2125659606
SYMBOLS_MAGIC = 2125658996
ARC = np.dtype([("ilabel", "<i4"), ("olabel", "<i4"), ("weight", "<f4"), ("target", "<i4")])
_CONST_STATE = np.dtype(
    [("final", "<f4"), ("at", "<u4"), ("arcs", "<u4"), ("in_eps", "<u4"), ("out_eps", "<u4")]
)
_HAS_INPUT_SYMBOLS, _HAS_OUTPUT_SYMBOLS, _ALIGNED = 1, 2, 4
_ALIGNMENT = 16
_ALIGNED_CONST_VERSION = 1
_MAX_STATES = 50_000_000

_EXPANDED, _ACCEPTOR, _NOT_ACCEPTOR = 0x1, 0x1_0000, 0x2_0000
_INPUT_SORTED, _INPUT_UNSORTED = 0x1000_0000, 0x2000_0000
_OUTPUT_SORTED, _OUTPUT_UNSORTED = 0x4000_0000, 0x8000_0000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fst:
    """States are numbers from 0; `first[s]` to `first[s + 1]` are the arcs of state s.

    `final` holds the cost of ending at each state, infinite where none may; costs are natural
    -log probabilities. Label 0 is epsilon. `symbols` are those of the output, by label, if the
    file carries any.
    """

    start: int
    final: NDArray[np.float32] = field(repr=False)
    first: NDArray[np.int64] = field(repr=False)
    arcs: NDArray[np.void] = field(repr=False)
    symbols: Mapping[int, str] | None = field(default=None, repr=False)

    @property
    def states(self) -> int:
        return len(self.final)

    def arcs_of(self, state: int) -> NDArray[np.void]:
        return self.arcs[self.first[state] : self.first[state + 1]]

    def sources(self) -> NDArray[np.int64]:
        """The state that each arc leaves."""
        return np.repeat(np.arange(self.states), np.diff(self.first))


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    kind: str
    version: int
    flags: int
    start: int
    states: int
    properties: int


class Reader:
    """A position in a file's bytes. Raises GraphUnreadable past its end."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.at = 0

    def unpack(self, form: str) -> tuple[int, ...]:
        size = struct.calcsize("<" + form)
        self._reach(size)
        values = struct.unpack_from("<" + form, self.content, self.at)
        self.at += size
        return values

    def array(self, kind: np.dtype[np.void] | str, count: int) -> NDArray[Any]:
        dtype = np.dtype(kind)
        if not 0 <= count <= len(self.content):
            raise GraphUnreadable("A graph states an impossible size.")
        self._reach(dtype.itemsize * count)
        found = np.frombuffer(self.content, dtype, count, self.at)
        self.at += dtype.itemsize * count
        return found

    def string(self) -> str:
        (size,) = self.unpack("i")
        return bytes(self.array("u1", size)).decode("utf-8", errors="replace")

    def align(self) -> None:
        self.at += -self.at % _ALIGNMENT

    def _reach(self, size: int) -> None:
        if self.at + size > len(self.content):
            raise GraphUnreadable("A graph ends before its time.")


def read_header(reader: Reader) -> Header:
    (magic,) = reader.unpack("i")
    if magic != MAGIC:
        raise GraphUnreadable("A graph is not a file of OpenFst.")
    kind, arc_type = reader.string(), reader.string()
    version, flags, properties, start, states, _ = reader.unpack("iiQqqq")
    if arc_type != "standard":
        raise GraphUnreadable("A graph's weights are of another kind than the tropical.")
    if not -1 <= states <= _MAX_STATES:
        raise GraphUnreadable("A graph states an impossible size.")
    return Header(
        kind=kind, version=version, flags=flags, start=start, states=states, properties=properties
    )


def read_fst(content: bytes) -> Fst:
    """Raises GraphUnreadable for other types and damaged files."""
    reader = Reader(content)
    header = read_header(reader)
    symbols = read_symbols(reader, header)
    return read_body(reader, header, symbols)


def read_symbols(reader: Reader, header: Header) -> dict[int, str] | None:
    """The output's symbols, else the input's, else None."""
    tables = [
        _read_symbol_table(reader)
        for flag in (_HAS_INPUT_SYMBOLS, _HAS_OUTPUT_SYMBOLS)
        if header.flags & flag
    ]
    return tables[-1] if tables else None


def read_body(reader: Reader, header: Header, symbols: Mapping[int, str] | None = None) -> Fst:
    if header.kind == "const":
        return _read_const(reader, header, symbols)
    if header.kind == "vector":
        return _read_vector(reader, header, symbols)
    raise GraphUnreadable("A graph is of a type that is not read here; const and vector are.")


def _read_symbol_table(reader: Reader) -> dict[int, str]:
    (magic,) = reader.unpack("i")
    if magic != SYMBOLS_MAGIC:
        raise GraphUnreadable("A graph's symbols are damaged.")
    reader.string()
    _, size = reader.unpack("qq")
    table: dict[int, str] = {}
    for _ in range(size):
        symbol = reader.string()
        (label,) = reader.unpack("q")
        table[label] = symbol
    return table


def _read_const(reader: Reader, header: Header, symbols: Mapping[int, str] | None) -> Fst:
    aligned = header.flags & _ALIGNED or header.version == _ALIGNED_CONST_VERSION
    if aligned:
        reader.align()
    states = reader.array(_CONST_STATE, header.states)
    if aligned:
        reader.align()
    first = np.concatenate([[0], np.cumsum(states["arcs"], dtype=np.int64)])
    arcs = reader.array(ARC, int(first[-1]))
    return _checked(start=header.start, final=states["final"], first=first, arcs=arcs, sym=symbols)


def _read_vector(reader: Reader, header: Header, symbols: Mapping[int, str] | None) -> Fst:
    final: list[float] = []
    pieces: list[NDArray[Any]] = []
    while len(final) != header.states and reader.at < len(reader.content):
        (weight,) = reader.unpack("f")
        (count,) = reader.unpack("q")
        final.append(weight)
        pieces.append(reader.array(ARC, count))
    if header.states >= 0 and len(final) != header.states:
        raise GraphUnreadable("A graph ends before its time.")
    first = np.concatenate([[0], np.cumsum([len(piece) for piece in pieces], dtype=np.int64)])
    arcs = np.concatenate(pieces) if pieces else np.zeros(0, ARC)
    return _checked(
        start=header.start, final=np.array(final, "<f4"), first=first, arcs=arcs, sym=symbols
    )


def _checked(
    *,
    start: int,
    final: NDArray[Any],
    first: NDArray[np.int64],
    arcs: NDArray[Any],
    sym: Mapping[int, str] | None,
) -> Fst:
    states = len(final)
    targets = arcs["target"]
    if not 0 <= start < states or (len(targets) and not (targets >= 0).all()):
        raise GraphUnreadable("A graph's states do not fit together.")
    if len(targets) and int(targets.max()) >= states:
        raise GraphUnreadable("A graph's states do not fit together.")
    return Fst(start=start, final=final, first=first, arcs=arcs, symbols=sym)


def write_const(fst: Fst) -> bytes:
    """A file of type `const` that OpenFst's own readers load."""
    return const_header(fst, kind="const", version=2) + _symbols(fst) + const_body(fst)


def const_header(fst: Fst, *, kind: str, version: int) -> bytes:
    flags = _HAS_OUTPUT_SYMBOLS if kind == "const" and fst.symbols else 0
    numbers = (version, flags, _properties(fst), fst.start, fst.states, len(fst.arcs))
    named = struct.pack("<i", MAGIC) + _string(kind) + _string("standard")
    return named + struct.pack("<iiQqqq", *numbers)


def const_body(fst: Fst) -> bytes:
    states = np.zeros(fst.states, _CONST_STATE)
    sources = fst.sources()
    states["final"], states["at"] = fst.final, fst.first[:-1]
    states["arcs"] = np.diff(fst.first)
    states["in_eps"] = np.bincount(sources[fst.arcs["ilabel"] == 0], minlength=fst.states)
    states["out_eps"] = np.bincount(sources[fst.arcs["olabel"] == 0], minlength=fst.states)
    return states.tobytes() + fst.arcs.tobytes()


def _symbols(fst: Fst) -> bytes:
    if not fst.symbols:
        return b""
    head = struct.pack("<i", SYMBOLS_MAGIC) + _string("words")
    head += struct.pack("<qq", max(fst.symbols) + 1, len(fst.symbols))
    return head + b"".join(
        _string(symbol) + struct.pack("<q", label) for label, symbol in sorted(fst.symbols.items())
    )


def _string(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("<i", len(encoded)) + encoded


def _properties(fst: Fst) -> int:
    """What holds; bits that are left out mean "not known"."""
    arcs, sources = fst.arcs, fst.sources()
    same = sources[1:] == sources[:-1]
    acceptor = bool((arcs["ilabel"] == arcs["olabel"]).all())
    by_input = bool((np.diff(arcs["ilabel"])[same] >= 0).all())
    by_output = bool((np.diff(arcs["olabel"])[same] >= 0).all())
    return (
        _EXPANDED
        | (_ACCEPTOR if acceptor else _NOT_ACCEPTOR)
        | (_INPUT_SORTED if by_input else _INPUT_UNSORTED)
        | (_OUTPUT_SORTED if by_output else _OUTPUT_UNSORTED)
    )
