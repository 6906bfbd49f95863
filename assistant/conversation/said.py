"""What a person said in one turn, and what becomes of it: an utterance, and what to ask about."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from assistant.answers.skill import Previous
from assistant.conversation.opening import Opening
from assistant.conversation.ports import Reply
from assistant.hearing.events import Heard
from assistant.nlu.interpreter import Interpretation
from training_loop.utterance import Fate, Utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """By voice or by keyboard."""

    text: str = field(repr=False)
    captured_at_s: float
    ended_at: float
    """time.perf_counter() when they had finished."""
    heard: Heard | None = field(default=None, repr=False)


def utterance_of(
    opening: Opening, said: Said, interpretation: Interpretation | None, reply: Reply
) -> Utterance:
    """Under an id of its own."""
    heard = said.heard
    transcript = heard.transcript if heard else None
    return Utterance(
        utterance_id=f"utt_{secrets.token_hex(12)}",
        account=opening.account,
        device=opening.device,
        captured_at_s=said.captured_at_s,
        pcm=heard.pcm if heard else b"",
        heard=said.text,
        confidence=transcript.confidence if transcript else 1.0,
        words=transcript.words if transcript else (),
        alternatives=transcript.alternatives if transcript else (),
        intent=interpretation.intent if interpretation else "",
        intent_confidence=interpretation.confidence if interpretation else 0.0,
        entities=interpretation.entities if interpretation else (),
        answer=reply.answer.text,
        skill=reply.skill,
        device_kind=opening.device_kind,
        locale=opening.locale,
        wake_score=heard.wake_score if heard else None,
    )


def previous_of(
    said: Said, interpretation: Interpretation | None, reply: Reply, utterance_id: str, fate: Fate
) -> Previous | None:
    """What can be asked about in the next turn."""
    if interpretation is None or reply.answer.forget:
        return None
    transcript = said.heard.transcript if said.heard else None
    return Previous(
        interpretation=interpretation,
        spoken=transcript is not None,
        confidence=transcript.confidence if transcript else 1.0,
        alternatives=transcript.alternatives if transcript else (),
        skill=reply.skill,
        utterance_id=utterance_id,
        fate=fate,
    )
