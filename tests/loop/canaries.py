"""Words and sounds that nothing else has, and the search for them in bytes of any kind."""

from __future__ import annotations

import random
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from training_loop.loop import Loop

_LETTERS = "bdfgklmnprstvz"
_PIECE = 4 << 20
_OVERLAP = 1 << 10


def _word() -> str:
    """A word that nothing and nobody else says."""
    return "".join(secrets.choice(_LETTERS) + secrets.choice("aeiou") for _ in range(7))


def tone(seconds: float) -> bytes:
    """A faint sound whose samples nothing else has."""
    chance = random.Random(secrets.token_bytes(8))
    samples = (chance.randrange(-12, 13) for _ in range(int(seconds * 16_000)))
    return b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples)


@dataclass(slots=True, kw_only=True)
class Canaries:
    """What must not be found, by what it is. Texts are looked for in three encodings."""

    sought: dict[str, bytes] = field(default_factory=dict)

    def word(self, where: str) -> str:
        word = _word()
        self.text(f"word of {where}", word)
        return word

    def text(self, name: str, text: str) -> None:
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            self.sought[f"{name}, {encoding}"] = text.encode(encoding)

    def sound(self, name: str, pcm: bytes) -> None:
        """Any tenth of a second of it gives it away."""
        for at in range(0, len(pcm) - 3200, 3200):
            self.sought[f"sound of {name} at {at}"] = pcm[at : at + 64]

    def found_in(self, pieces: Iterable[bytes]) -> set[str]:
        return {name for piece in pieces for name, bytes_ in self.sought.items() if bytes_ in piece}


def files(*roots: Path) -> Iterable[bytes]:
    """Every file's name and content."""
    for root in roots:
        for path in [root, *root.rglob("*")]:
            yield str(path.relative_to(root)).encode()
            if path.is_file() and not path.is_socket():
                yield path.read_bytes()


def memory(process: int) -> Iterable[bytes]:
    """What a process can write to, in pieces that overlap."""
    for line in Path(f"/proc/{process}/maps").read_text().splitlines():
        found = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
        if found:
            yield from _region(process, int(found[1], 16), int(found[2], 16))


def _region(process: int, start: int, end: int) -> Iterable[bytes]:
    with Path(f"/proc/{process}/mem").open("rb", buffering=0) as pages:
        for at in range(start, end, _PIECE):
            try:
                pages.seek(at)
                yield pages.read(min(_PIECE + _OVERLAP, end - at))
            except (OSError, ValueError, OverflowError):  # gone meanwhile, or not for reading
                return


async def dump(loop: Loop) -> list[bytes]:
    """Every key of the store with its serialised value."""
    found: list[bytes] = []
    async for key in loop.store.scan_iter(count=1000):
        found += [key, await loop.store.dump(key) or b""]
    return found
