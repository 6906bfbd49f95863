"""Which phone each transition of an acoustic model belongs to, read from `am/final.mdl`.

Source of the format: Kaldi, `hmm/transition-model.cc` and `hmm/hmm-topology.cc`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from training_loop.training.language_model.errors import GraphUnreadable, NewWordsUnsupported

_BINARY = b"\0B"
_MAX_COUNT = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One emitting state of one phone in one context: how it is entered again, and left."""

    phone: int
    repeat: int
    leave: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionModel:
    """The phases of a model with one state a phone, as chain models have."""

    phases: tuple[Phase, ...] = field(repr=False)

    @property
    def transitions(self) -> int:
        """Labels of a graph above this number are not transitions."""
        return 2 * len(self.phases)


def read_transition_model(content: bytes) -> TransitionModel:
    """Raises GraphUnreadable when damaged or in text form, and NewWordsUnsupported for phones of
    more than one state."""
    if not content.startswith(_BINARY):
        raise GraphUnreadable("The acoustic model is not a binary file of Kaldi.")
    reader = _KaldiReader(content)
    reader.expect("<TransitionModel>")
    entry_of, entries = _read_topology(reader)
    tuples = reader.one_of("<Tuples>", "<Triples>")
    phases: list[Phase] = []
    transition = 1
    for _ in range(reader.count()):
        phone, state = reader.integer(), reader.integer()
        for _ in range(2 if tuples == "<Tuples>" else 1):
            reader.integer()
        targets = _targets(entries, entry_of, phone, state)
        repeat, leave = targets.index(state), targets.index(state + 1)
        phases.append(Phase(phone=phone, repeat=transition + repeat, leave=transition + leave))
        transition += len(targets)
    return TransitionModel(phases=tuple(phases))


def _targets(
    entries: list[list[list[int]]], entry_of: list[int], phone: int, state: int
) -> list[int]:
    if not 0 <= phone < len(entry_of) or not 0 <= entry_of[phone] < len(entries):
        raise GraphUnreadable("The acoustic model's phones do not fit together.")
    entry = entries[entry_of[phone]]
    emitting = [targets for targets in entry if targets]
    if len(emitting) != 1 or state != 0 or sorted(emitting[0]) != [0, 1]:
        raise NewWordsUnsupported("The model's phones have more than one state.")
    return emitting[0]


def _read_topology(reader: _KaldiReader) -> tuple[list[int], list[list[list[int]]]]:
    """The topology entry of each phone, and for each entry and state where it leads."""
    reader.expect("<Topology>")
    reader.integers()
    entry_of = reader.integers()
    size = reader.integer()
    own_loops = size == -1
    if own_loops:
        size = reader.integer()
    entries: list[list[list[int]]] = []
    for _ in range(reader.within(size)):
        states: list[list[int]] = []
        for _ in range(reader.count()):
            for _ in range(2 if own_loops else 1):
                reader.integer()
            targets: list[int] = []
            for _ in range(reader.count()):
                targets.append(reader.integer())
                reader.real()
            states.append(targets)
        entries.append(states)
    reader.expect("</Topology>")
    return entry_of, entries


class _KaldiReader:
    """Kaldi's binary tokens and sized numbers."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = len(_BINARY)

    def token(self) -> str:
        end = self._content.find(b" ", self._at, self._at + 64)
        if end < 0:
            raise GraphUnreadable("The acoustic model is damaged.")
        found = self._content[self._at : end].decode("ascii", errors="replace")
        self._at = end + 1
        return found

    def expect(self, token: str) -> None:
        self.one_of(token)

    def one_of(self, *tokens: str) -> str:
        found = self.token()
        if found not in tokens:
            raise GraphUnreadable("The acoustic model is damaged.")
        return found

    def integer(self) -> int:
        return int(self._number("<bi"))

    def real(self) -> float:
        return float(self._number("<bf"))

    def count(self) -> int:
        return self.within(self.integer())

    def within(self, count: int) -> int:
        if not 0 <= count <= _MAX_COUNT:
            raise GraphUnreadable("The acoustic model is damaged.")
        return count

    def integers(self) -> list[int]:
        size = self.count()
        if self._at + 4 * size > len(self._content):
            raise GraphUnreadable("The acoustic model is damaged.")
        found = struct.unpack_from(f"<{size}i", self._content, self._at)
        self._at += 4 * size
        return list(found)

    def _number(self, form: str) -> float:
        if self._at + 5 > len(self._content):
            raise GraphUnreadable("The acoustic model is damaged.")
        width, value = struct.unpack_from(form, self._content, self._at)
        if width != 4:
            raise GraphUnreadable("The acoustic model is damaged.")
        self._at += 5
        return value  # type: ignore[no-any-return]
