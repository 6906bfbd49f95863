"""The way back from a model: which earlier one may serve."""

from __future__ import annotations

from collections.abc import Set

from training_loop.datasets.item_ref import ItemRef
from training_loop.registry.errors import ModelTampered, ModelUnknown
from training_loop.registry.manifest import Manifest
from training_loop.registry.record import withdrawn_items
from training_loop.registry.shelf import Shelf


def parent_of(shelf: Shelf, model: str) -> str:
    """The model that served when it was made; empty where that is not known."""
    if not model:
        return ""
    try:
        return shelf.manifest(model).parent
    except (ModelTampered, ModelUnknown):
        return ""


def nearest_usable(shelf: Shelf, model: str, consented: Set[ItemRef]) -> Manifest | None:
    """The nearest model before one that may serve. Those that were tampered with, or that learned
    from something no longer consented to, are passed over. Blocking: verifies what it finds."""
    earlier = parent_of(shelf, model)
    while earlier:
        manifest = _usable(shelf, earlier, consented)
        if manifest is not None:
            return manifest
        earlier = parent_of(shelf, earlier)
    return None


def _usable(shelf: Shelf, model: str, consented: Set[ItemRef]) -> Manifest | None:
    try:
        manifest = shelf.verified(model)
    except (ModelTampered, ModelUnknown):
        return None
    return None if withdrawn_items(manifest, consented) else manifest
