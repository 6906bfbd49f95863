"""Gold that contradicts itself: the same words with different intents. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from training_loop.datasets.gold import GoldItem


def without_contradictions(items: Iterable[GoldItem]) -> tuple[tuple[GoldItem, ...], int]:
    """What is left to learn from, in its order, and how many items were left out.

    Where the same words have several intents, the one that more speakers meant than all others
    together stays; otherwise nobody knows what they mean, and all of them go.
    """
    held = tuple(items)
    meant: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for item in held:
        meant[_words(item)][item.intent].add(item.speaker)
    kept = tuple(item for item in held if _prevails(meant[_words(item)], item.intent))
    return kept, len(held) - len(kept)


def _words(item: GoldItem) -> str:
    return " ".join(item.text.lower().split())


def _prevails(intents: dict[str, set[str]], intent: str) -> bool:
    others = sum(len(speakers) for name, speakers in intents.items() if name != intent)
    return len(intents[intent]) > others
