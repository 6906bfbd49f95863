"""What is known of wake words that nobody said, for choosing the score to believe one from."""

from __future__ import annotations

from training_loop.loop import Loop
from training_loop.review.false_wakes import FalseWakeScores
from training_loop.training.thresholds_trainer import WakeOutcome


async def wake_outcomes(loop: Loop) -> tuple[WakeOutcome, ...]:
    """False wakes that reviewers found: for `ThresholdsTrainer`, which has those that were meant
    from its items. Raises StoreUnavailable."""
    counted = await FalseWakeScores(loop.store).counted()
    return tuple(
        WakeOutcome(score=score, said=False)
        for score, number in sorted(counted.items())
        for _ in range(number)
    )
