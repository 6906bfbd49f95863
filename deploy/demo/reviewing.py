"""The demo's reviewer: a script that knows what was said and what was meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from deploy.demo.story import MARKED
from device_sim.household import Spoken
from training_loop.loop import Loop
from training_loop.queue.review import Review
from training_loop.review.annotation import parse
from training_loop.review.desk import QueueDesk, ScriptedReviewer, Skip
from training_loop.review.ontology import Ontology
from training_loop.review.session import Outcome
from training_loop.utterance import Utterance

REVIEWER = "demo-reviewer"


def known(spoken: list[Spoken], reply_intent: str) -> dict[str, Review]:
    """What was said and meant, by the id under which it was kept."""
    reviews = {}
    for one in spoken:
        report = one.turn.report if one.turn else None
        if report is None or not report.utterance_id:
            continue
        marked = parse(MARKED.get(one.said, one.said))
        reviews[report.utterance_id] = Review(
            text=marked.text,
            intent=one.intent or reply_intent,
            entities=marked.entities,
            reviewer=REVIEWER,
        )
    return reviews


async def review_all(loop: Loop, domain: Path, truth: Mapping[str, Review]) -> Counter[Outcome]:
    """Reviews every clip that the queue hands out; skips what the script knows nothing of."""

    def decide(utterance: Utterance) -> Review | Skip:
        return truth.get(utterance.utterance_id) or Skip()

    desk = QueueDesk(loop.queue, REVIEWER)
    try:
        return await ScriptedReviewer(desk, Ontology.read(domain), decide).review_all()
    finally:
        await desk.close()
