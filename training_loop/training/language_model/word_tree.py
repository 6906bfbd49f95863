"""The paths of new words through a graph of sounds, as a tree from their first phones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from training_loop.training.language_model.sounds import Phones, Sounds

Arc = tuple[int, int, float, int]
"""Input label, output label, cost, target."""


class WordTree:
    """The new words' paths; a state stands for the phones so far and the sound of the last."""

    def __init__(self, sounds: Sounds, *, first_state: int) -> None:
        self._sounds = sounds
        self._next = first_state
        self._state_of: dict[tuple[Phones, int], int] = {}
        self._singles: list[tuple[int, int]] = []
        self.arcs: dict[int, list[Arc]] = defaultdict(list)
        self.ahead: dict[int, set[int]] = defaultdict(set)
        self._firsts: dict[int, dict[int, int]] = defaultdict(dict)

    @property
    def states(self) -> list[int]:
        return sorted(self._state_of.values())

    def add(self, phones: Phones, label: int) -> None:
        sounds = self._sounds
        if len(phones) == 1:
            self._singles.append((phones[0], label))
            return
        for sound in sorted(sounds.all_sounds(phones[0])):
            state = self._state(phones[:1], sound)
            self._firsts[phones[0]][sound] = state
            self.ahead[state].add(label)
            for at in range(1, len(phones) - 1):
                sound_here = sounds.sound(phones[at - 1], phones[at])
                target = self._state(phones[: at + 1], sound_here)
                cost = sounds.cost(sound_here)
                self._connect(state, (sound_here, 0, cost, target))
                state = target
                self.ahead[state].add(label)
            last = sounds.sound(phones[-2], phones[-1])
            self._connect(state, (last, label, *self._end(last)))

    def beginning(self, at_boundary: Mapping[int, int]) -> list[Arc]:
        """The arcs that a boundary gets, where each phone has the given sound."""
        arcs: list[Arc] = []
        for phone, states in sorted(self._firsts.items()):
            sound = self._sound_at(phone, at_boundary)
            arcs.append((sound, 0, self._sounds.cost(sound), states[sound]))
        for phone, label in self._singles:
            sound = self._sound_at(phone, at_boundary)
            if sound in self._sounds.boundaries:
                arcs.append((sound, label, *self._end(sound)))
        return arcs

    def _sound_at(self, phone: int, at_boundary: Mapping[int, int]) -> int:
        counts = self._sounds.all_sounds(phone)
        return at_boundary.get(phone, min(counts, key=lambda label: (-counts[label], label)))

    def _end(self, sound: int) -> tuple[float, int]:
        return self._sounds.cost(sound, ending=True), self._sounds.boundaries[sound]

    def _state(self, phones: Phones, sound: int) -> int:
        key = (phones, sound)
        if (found := self._state_of.get(key)) is None:
            found = self._state_of[key] = self._next
            self._next += 1
            repeat = self._sounds.phase_of[sound].repeat
            cost = self._sounds.cost(repeat)
            self.arcs[found].append((repeat, 0, cost, found))
        return found

    def _connect(self, state: int, arc: Arc) -> None:
        if arc not in self.arcs[state]:
            self.arcs[state].append(arc)
