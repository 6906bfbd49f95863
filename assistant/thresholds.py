"""The thresholds that a server decides by: its own, until a package of chosen ones is released."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path

from assistant.hearing.ears import Ears
from assistant.hearing.endpointer import Endpointing
from assistant.nlu.thresholds import CalibratedInterpreter
from assistant.wake.verifier import ACCEPT_FROM
from training_loop.registry.kinds import ARTEFACTS
from training_loop.registry.registry import ModelRegistry, ServingModel
from training_loop.training.thresholds import NluThresholds, Thresholds
from training_loop.training.trainer import ModelKind


def unchosen(endpointing: Endpointing) -> Thresholds:
    """What a server does of itself, as a package: what rolling back returns to in the end.

    It is for no NLU, whose own confidences and fallback stand. Equal settings give equal bytes.
    """
    return Thresholds(
        nlu_model="",
        nlu=NluThresholds(),
        trailing_silence_ms=endpointing.trailing_silence_ms,
        wake_accept_from=ACCEPT_FROM,
        outcomes={},
        costs={},
    )


async def ensure_base(registry: ModelRegistry, endpointing: Endpointing) -> ServingModel:
    """As `ModelRegistry.ensure_base`, with what this server does of itself."""
    kind = ModelKind.THRESHOLDS
    with tempfile.TemporaryDirectory() as made:
        package = Path(made) / ARTEFACTS[kind]
        unchosen(endpointing).write(package)
        return await registry.ensure_base(package, kind=kind)


def ending_after(endpointing: Endpointing, thresholds: Thresholds) -> Endpointing:
    """With the silence that was chosen, as far as the other times leave room for it."""
    silence_ms = max(endpointing.speculate_after_ms, thresholds.trailing_silence_ms)
    return replace(endpointing, trailing_silence_ms=min(silence_ms, endpointing.maximum_ms - 1))


class ThresholdsInUse:
    """Puts packages to use, one whole package at a time."""

    def __init__(
        self, endpointing: Endpointing, ears: Ears, interpreter: CalibratedInterpreter | None
    ) -> None:
        """Without an interpreter the NLU is somebody else's, and decides for itself."""
        self._endpointing = endpointing
        self._ears = ears
        self._interpreter = interpreter

    async def apply(self, package: ServingModel) -> None:
        """Requests and utterances that begin after it returns are decided by this package.

        Its NLU part waits for the model that it is for, where another one serves. Raises
        ThresholdsRefused for one that cannot be used, and then nothing changes.
        """
        chosen = await asyncio.to_thread(Thresholds.read, package.path)
        self._ears.decide_by(
            ending_after(self._endpointing, chosen), wake_accept_from=chosen.wake_accept_from
        )
        if self._interpreter is not None:
            self._interpreter.use(chosen)
