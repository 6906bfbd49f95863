"""Confidences that are what they say: an NLU's answers under chosen thresholds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from assistant.nlu.interpreter import Interpretation, Interpreter
from training_loop.training.thresholds import NluThresholds, Thresholds


def under(thresholds: NluThresholds, said: Interpretation) -> Interpretation:
    """With calibrated confidences, and an intent where the likeliest reaches the fallback's.

    It decides in place of the engine: what the engine was too unsure to name may be named.
    """
    ranking = tuple(
        replace(score, confidence=thresholds.calibrated(score.confidence)) for score in said.ranking
    )
    if not ranking:
        return said
    best = ranking[0]
    return replace(
        said,
        intent=best.name if best.confidence >= thresholds.fallback else "",
        confidence=best.confidence,
        ranking=ranking,
    )


class CalibratedInterpreter:
    """An Interpreter around another one. Thresholds are used while the model that they were chosen
    for serves, and not a request longer: another model's confidences mean something else."""

    def __init__(
        self,
        interpreter: Interpreter,
        model_in_service: Callable[[], str],
    ) -> None:
        """`model_in_service` gives the fingerprint of the archive that answers now."""
        self._interpreter = interpreter
        self._thresholds: Thresholds | None = None
        self._model_in_service = model_in_service

    def use(self, thresholds: Thresholds) -> None:
        """From the next request on."""
        self._thresholds = thresholds

    async def interpret(self, text: str) -> Interpretation:
        """As `Interpreter.interpret`."""
        before = self._model_in_service()
        said = await self._interpreter.interpret(text)
        chosen = self._thresholds
        if chosen is None or {before, self._model_in_service()} != {chosen.nlu_model}:
            return said
        return under(chosen.nlu, said)

    async def healthy(self) -> bool:
        return await self._interpreter.healthy()

    async def close(self) -> None:
        await self._interpreter.close()
