"""Finds the skills, and the skill for a request."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib.metadata import entry_points
from typing import Final

from assistant.answers import clarification
from assistant.answers.help import Help
from assistant.answers.ports import SkillPorts
from assistant.answers.skill import (
    CONFIRMATION,
    Answer,
    Question,
    Request,
    Skill,
    StopEverything,
)
from assistant.conversation.ports import Reply
from assistant.errors import AssistantError
from assistant.nlu.interpreter import Interpretation
from training_loop.errors import EarmarkError

GROUP: Final = "earmark.skills"
SURE: Final = 0.5
"""From this confidence on a request is carried out."""
CERTAIN: Final = 0.75
"""From this confidence on a request ends an open question that it does not reply to."""
MIDDLING: Final = 0.25
"""From this confidence on it is worth asking "did you mean ...?"."""
ANSWER_WITHIN_S: Final = 15.0

_REPLIES: Final = frozenset({"", "inform", "affirm", "out_of_scope"})
_NOT_UNDERSTOOD: Final = "Sorry, I didn't get that."
_log = logging.getLogger(__name__)

SkillFactory = Callable[[SkillPorts], Skill]


class SkillRefused(AssistantError):
    """A skill cannot be loaded, or claims a name or intent that another one has."""

    code = "SKILL_REFUSED"
    hint = "Uninstall the package that brings it, or ask its author."


class SkillFailed(AssistantError):
    """A skill broke or took too long."""

    code = "SKILL_FAILED"


class SkillRegistry:
    """Lets the right skill answer. Safe for concurrent use."""

    def __init__(self, skills: Iterable[Skill]) -> None:
        """Raises SkillRefused when two skills share a name or an intent."""
        found = tuple(skills)
        self._by_name: dict[str, Skill] = {}
        self._by_intent: dict[str, Skill] = {}
        for skill in (*found, Help(found)):
            self._register(skill)

    @staticmethod
    def load(ports: SkillPorts) -> SkillRegistry:
        """The skills of all installed packages, by the entry point group `earmark.skills`.

        Raises SkillRefused; a broken skill stops the start, it is never left out in silence.
        """
        skills = []
        for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
            try:
                factory: SkillFactory = entry.load()
                skills.append(factory(ports))
            except Exception as error:
                raise SkillRefused(f"the skill '{entry.name}' cannot be loaded") from error
        return SkillRegistry(skills)

    @property
    def skills(self) -> tuple[Skill, ...]:
        return tuple(self._by_name.values())

    async def reply(self, request: Request) -> Reply:
        """Always answers: what nobody understands gets an honest "I didn't get that".

        A reply to the open question goes to the skill that asked; "stop", "cancel" and "no" end
        it; a clearly different request is answered as one. Raises EarmarkError when a skill fails.
        """
        question = request.question
        if question is not None and not self._is_another_request(request, question):
            return await self._answer_to_question(request, question)
        return await self._new_request(request)

    async def _answer_to_question(self, request: Request, question: Question) -> Reply:
        intent = request.interpretation.intent
        if intent in ("cancel", "stop"):
            actions = (StopEverything(),) if intent == "stop" else ()
            return Reply(answer=Answer(text="Okay.", actions=actions), skill=request.asked_by)
        if request.asked_by == clarification.NAME:
            return await self._clarified(request, question)
        if intent == "deny" and question.slot != CONFIRMATION:
            return Reply(answer=Answer(text="Okay, never mind."), skill=request.asked_by)
        skill = self._by_name.get(request.asked_by)
        if skill is None:
            return await self._new_request(request)
        replying = replace(request, expecting=question.slot, slots=question.slots)
        return await self._ask(skill, replying)

    async def _clarified(self, request: Request, question: Question) -> Reply:
        said = request.interpretation
        if said.intent != "affirm" or said.confidence < SURE:
            return Reply(answer=Answer(text="Okay. Please say it differently."), skill="")
        interpretation = clarification.meant(question)
        return await self._new_request(replace(request, interpretation=interpretation))

    async def _new_request(self, request: Request) -> Reply:
        interpretation = request.interpretation
        skill = self._by_intent.get(interpretation.intent)
        if skill is not None and interpretation.confidence >= SURE:
            fresh = replace(request, asked_by="", question=None, expecting="", slots={})
            return await self._ask(skill, fresh)
        if interpretation.intent == "out_of_scope" and interpretation.confidence >= SURE:
            return Reply(answer=Answer(text="Sorry, I can't help with that."), skill="")
        guess = self._guess(interpretation)
        if guess:
            answer = clarification.did_you_mean(guess, interpretation)
            return Reply(answer=answer, skill=clarification.NAME)
        return Reply(answer=Answer(text=_NOT_UNDERSTOOD), skill="")

    def _guess(self, interpretation: Interpretation) -> str:
        """The likeliest intent if it is worth asking about, else empty."""
        best, confidence = interpretation.intent, interpretation.confidence
        if interpretation.ranking:
            best = interpretation.ranking[0].name
            confidence = interpretation.ranking[0].confidence
        known = best in self._by_intent and clarification.can_be_asked(best)
        return best if known and confidence >= MIDDLING else ""

    def _is_another_request(self, request: Request, question: Question) -> bool:
        intent, confidence = request.interpretation.intent, request.interpretation.confidence
        if intent in _REPLIES or intent in question.accepts or intent in ("cancel", "stop"):
            return False
        if intent == "deny" or confidence < CERTAIN:
            return False
        return intent in self._by_intent

    async def _ask(self, skill: Skill, request: Request) -> Reply:
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                answer = await skill.answer(request)
        except EarmarkError:
            raise
        except Exception as error:  # noqa: BLE001 - others write skills; this is their border
            # Not the error itself: its text may hold what was said.
            _log.error("skill %s failed: %s", skill.name, type(error).__name__)
            raise SkillFailed(f"the skill '{skill.name}' failed") from None
        return Reply(answer=answer, skill=skill.name)

    def _register(self, skill: Skill) -> None:
        if skill.name in self._by_name or skill.name == clarification.NAME:
            raise SkillRefused(f"two skills are called '{skill.name}'")
        for intent in sorted(skill.intents):
            other = self._by_intent.setdefault(intent, skill)
            if other is not skill:
                raise SkillRefused(
                    f"the skills '{other.name}' and '{skill.name}' both answer '{intent}'"
                )
        self._by_name[skill.name] = skill
