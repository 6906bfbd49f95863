"""A deletion of what was said reaches what conversations remember of it."""

from __future__ import annotations

import asyncio

import pytest

from assistant.answers.skill import Question
from assistant.conversation.opening import Opening
from assistant.conversation.session import OpenQuestion, Sessions
from assistant.conversation.turn import Answered, Turn
from tests.fixtures.store import consenting_account, say
from tests.fixtures.turns import turn_ports
from training_loop.erasure.personal_store import ConversationMemory
from training_loop.loop import Loop

QUESTION = OpenQuestion(skill="timers", question=Question(slot="duration"))


@pytest.fixture
def sessions(loop: Loop) -> Sessions:
    """Registered, as a server does it."""
    made = Sessions()
    loop.personal_stores.register(made)
    return made


@pytest.mark.parametrize("how", ["utterance", "since", "device", "request"])
async def test_nothing_of_what_was_deleted_can_be_repeated_or_asked_about(
    loop: Loop, sessions: Sessions, how: str
) -> None:
    account, other = await consenting_account(loop), await consenting_account(loop)
    said = await say(loop, account)
    for one in (account, other):
        for device in ("dev_kitchen", "dev_bath"):
            sessions.remember(one, device, "Milk is on your list.", said.utterance_id)
            sessions.ask(one, device, "s1", QUESTION)
    began = sessions.times_forgotten(account)
    rights = loop.rights
    await {
        "utterance": lambda: rights.delete_utterance(account, said.utterance_id),
        "since": lambda: rights.delete_since(account, 0),
        "device": lambda: rights.delete_matching(account, device="dev_kitchen"),
        "request": lambda: rights.delete_since(account, 0, "request-1"),
    }[how]()
    for device in ("dev_kitchen", "dev_bath"):
        recent = sessions.recent(account, device)
        assert (recent.answer, recent.utterance_ids, recent.previous) == ("", (), None)
        assert sessions.take_question(account, device, "s1") is None
        assert sessions.recent(other, device).answer
        assert sessions.take_question(other, device, "s1") == QUESTION
    assert sessions.times_forgotten(account) == began + 1, "turns in flight have nothing to add"
    assert sessions.times_forgotten(other) == 0


async def test_a_conversation_is_forgotten_before_the_deletion_is_answered(
    loop: Loop, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the erasure cannot end now."""
    account = await consenting_account(loop)
    sessions.remember(account, "dev_kitchen", "Milk is on your list.", "utt_1")

    asked, never_ends = asyncio.Event(), asyncio.Event()

    async def never(*_: object) -> None:
        asked.set()
        await never_ends.wait()

    monkeypatch.setattr(loop.erasures, "finish", never)
    deleting = asyncio.create_task(loop.rights.delete_since(account, 0))
    async with asyncio.timeout(60):
        await asked.wait()
    assert not sessions.recent(account, "dev_kitchen").answer
    deleting.cancel()


def test_only_conversations_forget_with_every_deletion(loop: Loop, sessions: Sessions) -> None:
    """Keys in backups and lists do not go with one utterance."""
    forgetting = [one.name for one in loop.personal_stores if isinstance(one, ConversationMemory)]
    assert forgetting == ["sessions"]


async def test_a_turn_that_a_deletion_interrupts_leaves_nothing_in_the_conversation(
    loop: Loop, sessions: Sessions
) -> None:
    account = await consenting_account(loop)
    opening = Opening(account=account, device="dev_kitchen", session="s1", text_only=True)
    for interrupted in (False, True):
        turn = Turn(opening, turn_ports(loop, sessions))
        async for event in turn.text("what time is it"):
            if interrupted and isinstance(event, Answered):
                await loop.rights.delete_since(account, 0)
        assert bool(sessions.recent(account, "dev_kitchen").answer) is not interrupted
