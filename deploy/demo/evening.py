"""What the evening of the household promised, against what it came to."""

from __future__ import annotations

from deploy.demo import story
from deploy.demo.scoring import (
    false_wake_left_nothing,
    fate,
    outcome,
    was_heard,
    was_reported,
    was_stored,
    was_understood,
)
from deploy.demo.telling import Check
from device_sim.household import Spoken


def kept_promises(spoken: list[Spoken], new_before: list[Spoken]) -> list[Check]:
    """`new_before`: what was said in words that the assistant had not learned yet."""
    anas, bens, cleos = (
        [s for s in spoken if s.line.person == name] for name in ("Ana", "Ben", "Cleo")
    )
    familiar = [
        s
        for s in spoken
        if s.intent and not s.line.false_wake and s.said not in story.NEW_PHRASINGS
    ]
    return [
        Check(
            promise="every stream ended with a report",
            held=all(map(was_reported, spoken)),
        ),
        Check(promise="familiar requests are understood", held=all(map(was_understood, familiar))),
        Check(
            promise="phrasings the assistant never learned are not",
            held=not any(map(was_understood, new_before)),
        ),
        Check(
            promise="the false wake was noticed and left nothing",
            held=all(false_wake_left_nothing(s) for s in spoken if s.line.false_wake),
        ),
        Check(
            promise="the timer that lacked a duration was asked about and set",
            held=any(s.said in s.line.replies and outcome(s) == "answered" for s in spoken),
        ),
        Check(
            promise="Cleo, who consented to nothing, was answered and nothing was kept",
            held=not any(was_stored(s) for s in cleos),
        ),
        Check(
            promise="Ana's requests were kept and queued, Ben's only queued",
            held=all(fate(s) == (True, True) for s in anas if was_heard(s))
            and all(fate(s) == (False, not s.line.guest) for s in bens if was_heard(s)),
        ),
    ]
