"""The right skill answers, a question finds its way back, and doubt is spoken aloud."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

import pytest

from assistant.answers.registry import SkillFailed, SkillRefused, SkillRegistry
from assistant.answers.skill import CONFIRMATION, Answer, Question, Request
from assistant.nlu.interpreter import IntentScore, Interpretation
from tests.fixtures.answers import Talk, understood
from training_loop.errors import StoreUnavailable


class Pizza:
    """Asks for a size, and then whether it is really wanted."""

    name = "pizza"
    examples = ("order a pizza",)

    def __init__(self, *intents: str, name: str = "pizza") -> None:
        self.intents = frozenset(intents or ("order_pizza",))
        self.name = name

    async def answer(self, request: Request) -> Answer:
        text = request.interpretation.text
        if request.expecting == "size":
            question = Question(slot=CONFIRMATION, slots={"size": text})
            return Answer(text=f"Really {text}?", question=question)
        if request.expecting == CONFIRMATION:
            if request.interpretation.intent != "affirm":
                return Answer(text="No pizza then.")
            return Answer(text=f"{request.slots['size']} pizza ordered.")
        question = Question(slot="size", slots={"of": "pizza"}, accepts=frozenset({"tell_size"}))
        return Answer(text="What size?", question=question)


class Clock:
    name = "clock"
    intents = frozenset({"ask_time", "tell_size"})
    examples = ("what time is it",)

    async def answer(self, request: Request) -> Answer:
        assert not request.expecting
        assert request.question is None
        return Answer(text="Late.")


def talk_with(*skills: Pizza | Clock) -> Talk:
    return Talk(
        SkillRegistry(skills),
        Request(
            account="acc_1",
            device="dev_1",
            interpretation=understood("", ""),
            now=datetime(2026, 11, 22, tzinfo=UTC),
        ),
    )


@pytest.fixture
def pizzeria() -> Talk:
    return talk_with(Pizza(), Clock())


async def test_a_conversation_of_three_turns(pizzeria: Talk) -> None:
    assert await pizzeria.say("order a pizza", "order_pizza") == "What size?"
    assert await pizzeria.say("large", "inform") == "Really large?"
    assert await pizzeria.say("yes", "affirm") == "large pizza ordered."
    assert pizzeria.reply.skill == "pizza"


async def test_no_to_a_confirmation_reaches_the_skill(pizzeria: Talk) -> None:
    await pizzeria.say("order a pizza", "order_pizza")
    await pizzeria.say("large", "inform")
    assert await pizzeria.say("no", "deny") == "No pizza then."


@pytest.mark.parametrize("intent", ["cancel", "stop", "deny"])
async def test_a_question_is_ended(pizzeria: Talk, intent: str) -> None:
    await pizzeria.say("order a pizza", "order_pizza")
    assert (await pizzeria.say("no stop", intent)).startswith("Okay")
    assert pizzeria.request.question is None


async def test_an_accepted_or_unsure_intent_is_a_reply(pizzeria: Talk) -> None:
    await pizzeria.say("order a pizza", "order_pizza")
    assert await pizzeria.say("a large one", "tell_size") == "Really a large one?"
    await pizzeria.say("no", "deny")
    await pizzeria.say("order a pizza", "order_pizza")
    unsure = await pizzeria.hear(understood("lodge", "ask_time", 0.6))
    assert unsure.text == "Really lodge?"


async def test_a_clearly_different_request_is_answered_as_one(pizzeria: Talk) -> None:
    await pizzeria.say("order a pizza", "order_pizza")
    assert await pizzeria.say("what time is it", "ask_time") == "Late."
    assert pizzeria.request.question is None


async def test_doubt_is_asked_about_and_a_yes_carries_it_out(pizzeria: Talk) -> None:
    asked = await pizzeria.hear(understood("orda pizza", "order_pizza", 0.4, size="big"))
    assert asked.text == "I'm not sure. Did you want to order pizza?"
    assert await pizzeria.say("yes", "affirm") == "What size?"
    assert await pizzeria.say("large", "inform") == "Really large?"


async def test_what_was_doubted_keeps_its_entities(pizzeria: Talk) -> None:
    seen: list[Interpretation] = []

    class Curious(Pizza):
        async def answer(self, request: Request) -> Answer:
            seen.append(request.interpretation)
            return Answer(text="")

    talk = talk_with(Curious())
    doubted = understood("orda big pizza", "order_pizza", 0.4, size="big")
    await talk.hear(doubted)
    await talk.say("yes", "affirm")
    assert (seen[0].text, seen[0].entities) == (doubted.text, doubted.entities)


async def test_a_no_to_doubt_carries_nothing_out(pizzeria: Talk) -> None:
    await pizzeria.hear(understood("orda pizza", "order_pizza", 0.4))
    assert await pizzeria.say("no", "deny") == "Okay. Please say it differently."
    assert pizzeria.reply.skill == ""


async def test_another_request_after_doubt_is_answered(pizzeria: Talk) -> None:
    await pizzeria.hear(understood("orda pizza", "order_pizza", 0.4))
    assert await pizzeria.say("what time is it", "ask_time") == "Late."


@pytest.mark.parametrize(
    ("intent", "confidence"),
    [("", 0.0), ("order_pizza", 0.1), ("inform", 0.9), ("greet", 0.4), ("unknown_thing", 0.9)],
)
async def test_what_nobody_understands_is_admitted(
    pizzeria: Talk, intent: str, confidence: float
) -> None:
    answer = await pizzeria.hear(understood("blah", intent, confidence))
    assert answer.text == "Sorry, I didn't get that."
    assert (pizzeria.reply.skill, answer.question) == ("", None)


async def test_an_unnamed_intent_is_guessed_from_the_ranking(pizzeria: Talk) -> None:
    ranking = (
        IntentScore(name="order_pizza", confidence=0.45),
        IntentScore(name="ask_time", confidence=0.2),
    )
    unnamed = Interpretation(text="piza", intent="", confidence=0.45, ranking=ranking)
    assert (await pizzeria.hear(unnamed)).text.endswith("Did you want to order pizza?")


async def test_help_names_what_the_skills_can_do(pizzeria: Talk) -> None:
    answer = await pizzeria.say("help", "help")
    assert "'order a pizza'" in answer
    assert "'what time is it'" in answer


def test_two_skills_with_one_intent_or_name_are_refused() -> None:
    with pytest.raises(SkillRefused, match="order_pizza"):
        SkillRegistry([Pizza(), Pizza(name="other")])
    with pytest.raises(SkillRefused, match="pizza"):
        SkillRegistry([Pizza(), Pizza("eat_pizza")])


async def test_a_broken_skill_becomes_an_expected_failure_and_says_nothing_of_the_request(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(Pizza):
        async def answer(self, request: Request) -> Answer:
            raise ValueError(request.interpretation.text)

    with caplog.at_level(logging.DEBUG), pytest.raises(SkillFailed) as failure:
        await talk_with(Broken()).say("my secret wish", "order_pizza")
    assert "secret" not in caplog.text + str(failure.value)
    assert failure.value.__cause__ is None


async def test_expected_failures_are_passed_on() -> None:
    class Storeless(Pizza):
        async def answer(self, request: Request) -> Answer:
            raise StoreUnavailable("away")

    with pytest.raises(StoreUnavailable):
        await talk_with(Storeless()).say("pizza", "order_pizza")


async def test_a_skill_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.answers.registry.ANSWER_WITHIN_S", 0.02)

    class Hanging(Pizza):
        async def answer(self, request: Request) -> Answer:
            await asyncio.Event().wait()
            raise AssertionError

    with pytest.raises(SkillFailed):
        await talk_with(Hanging()).say("pizza", "order_pizza")
