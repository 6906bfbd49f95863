"""How loud each device is, as far as it was told here: in memory alone."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_MOST_DEVICES: Final = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Loudness:
    """0 to 100. `before_mute` is what "unmute" returns to."""

    percent: int = 50
    before_mute: int = 50


class SoundState:
    """Is a PersonalStore without keys: the device itself knows best after a restart."""

    name = "sound"
    key_kinds: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], Loudness] = OrderedDict()

    def loudness(self, account: str, device: str) -> Loudness:
        return self._known.get((account, device), Loudness())

    def set(self, account: str, device: str, percent: int) -> Loudness:
        """Clamped to 0 to 100; muting remembers what was."""
        before = self.loudness(account, device)
        clamped = min(100, max(0, percent))
        audible = clamped or before.percent or before.before_mute
        after = Loudness(percent=clamped, before_mute=audible)
        self._known[(account, device)] = after
        self._known.move_to_end((account, device))
        if len(self._known) > _MOST_DEVICES:
            self._known.popitem(last=False)
        return after

    async def export(self, account: str) -> Mapping[str, object]:
        return {key[1]: known.percent for key, known in self._known.items() if key[0] == account}

    async def erase(self, account: str) -> int:
        gone = [key for key in self._known if key[0] == account]
        for key in gone:
            del self._known[key]
        return len(gone)
