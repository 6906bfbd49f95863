"""The request that benchmarks of the store keep many times."""

from __future__ import annotations

import time

from training_loop.utterance import Utterance


def timer_request(account: str, utterance_id: str, pcm: bytes) -> Utterance:
    return Utterance(
        utterance_id=utterance_id,
        account=account,
        device="dev_benchmark",
        captured_at_s=time.time(),
        pcm=pcm,
        heard="set a timer for ten minutes",
        confidence=0.9,
        intent="set_timer",
        intent_confidence=0.9,
        answer="Ten minutes, starting now.",
    )
