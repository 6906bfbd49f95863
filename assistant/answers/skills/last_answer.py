""" "Why did you answer that?" and "that's not what I said", about the answer before."""

from __future__ import annotations

from typing import Final

from assistant.answers import clarification
from assistant.answers.skill import Answer, Previous, Question, Request
from assistant.answers.spoken.numbers import say_number
from assistant.answers.spoken.phrases import say_list
from training_loop.consent.errors import UtteranceNotFound
from training_loop.rights import PrivacyRights

_SURE: Final = 0.5
_ALTERNATIVES: Final = 2
_NO_INTENT: Final = frozenset({"", "affirm", "deny", "inform", "out_of_scope"})
_BECAUSE: Final = {
    "child": "because this is a child's profile",
    "guest": "because guests are never kept",
    "no_consent": "because you have not allowed it",
    "no_training": "because you asked me not to",
    "paused": "because learning is paused",
    "text_changed": "because my explanation has changed and you have not agreed to it yet",
    "storage_unavailable": "because there was no room to keep it",
}


class LastAnswer:
    """Speaks of what the device remembers for a few minutes, kept or not."""

    def __init__(self, rights: PrivacyRights) -> None:
        self._rights = rights

    async def explain(self, request: Request) -> Answer:
        previous = request.previous
        if previous is None:
            return Answer(text="I don't remember an answer of mine that I could explain.")
        return Answer(text=" ".join((_heard(previous), _understood(previous), _kept(previous))))

    async def correct(self, request: Request) -> Answer:
        """Asks what was said, and notes the reply with the utterance it corrects."""
        if request.expecting:
            return await self._corrected(request)
        previous = request.previous
        if previous is None or not previous.utterance_id:
            return Answer(text="Sorry about that. Nothing of it was kept; please say it again.")
        question = Question(
            slot="corrected_text",
            slots={"intent": "correct_last", "utterance_id": previous.utterance_id},
            accepts=clarification.INTENTS,
        )
        return Answer(text="Sorry about that. What did you say?", question=question)

    async def _corrected(self, request: Request) -> Answer:
        said = request.interpretation
        sure = said.confidence >= _SURE and said.intent not in _NO_INTENT
        try:
            await self._rights.correct(
                request.account,
                request.slots["utterance_id"],
                text=said.text,
                intent=said.intent if sure else "",
            )
        except UtteranceNotFound:
            return Answer(text="What you want to correct is deleted already.")
        return Answer(text=f"Thank you. I noted that you said: {said.text}.")


def _heard(previous: Previous) -> str:
    text = previous.interpretation.text
    if not previous.spoken:
        return f"You wrote: {text}."
    heard = f"I heard: {text}. I was {_percent(previous.confidence)} sure of the words."
    others = [one.text for one in previous.alternatives if one.text and one.text != text]
    if others:
        heard += f" It could also have been: {say_list(others[:_ALTERNATIVES], last='or')}."
    return heard


def _understood(previous: Previous) -> str:
    meaning = previous.interpretation
    if not previous.skill:
        return "I could not tell what you wanted."
    wanted = clarification.phrase(meaning.intent)
    understood = f"I took it that you wanted to {wanted}, {_percent(meaning.confidence)} sure"
    parts = [entity.text for entity in meaning.entities if entity.text]
    return f"{understood}, with {say_list(parts)}." if parts else f"{understood}."


def _kept(previous: Previous) -> str:
    fate = previous.fate
    if fate.kept and fate.queued:
        return "It is in your history, and I may learn from it, as you allowed."
    why = _BECAUSE.get(fate.reason, "")
    because = f", {why}" if why else ""
    if fate.kept:
        return f"It is in your history, as you allowed. I don't learn from it{because}."
    if fate.queued:
        return "I may learn from it, as you allowed. It is not in your history."
    return f"Nothing of it was kept{because}."


def _percent(confidence: float) -> str:
    return f"{say_number(round(confidence * 100))} percent"
