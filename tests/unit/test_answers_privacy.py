"""What people can do about their privacy by voice, on the real store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.fixtures.answers import BERLIN, Talk, understood
from tests.fixtures.store import an_utterance, consenting_account, say
from training_loop.loop import Loop
from training_loop.rights import CONSENT_TEXT_VERSION, PrivacySettings
from training_loop.store import keys


@pytest.fixture
async def holder(talk: Talk, loop: Loop) -> Talk:
    """Of an account that allows everything."""
    account = await consenting_account(loop)
    return Talk(talk.skills, replace(talk.request, account=account))


async def settings(loop: Loop, talk: Talk) -> PrivacySettings:
    return await loop.rights.settings(talk.request.account)


async def test_what_is_kept_is_told_truly(talk: Talk, holder: Talk, loop: Loop) -> None:
    assert await talk.say("what do you keep", "ask_what_is_kept") == (
        "I keep no history of what you ask. I don't learn from you."
    )
    await say(loop, holder.request.account)
    assert await holder.say("what do you keep", "ask_what_is_kept") == (
        "I keep what you ask for ninety days; one request now. "
        "I learn from you; one recording in line, and people may listen."
    )


async def test_what_was_just_said_is_deleted(holder: Talk, loop: Loop) -> None:
    account = holder.request.account
    older = await say(loop, account)
    last = await say(loop, account)
    ids = (last.utterance_id, older.utterance_id)
    holder.request = replace(holder.request, previous_utterance_ids=ids)
    answer = await holder.hear(understood("delete what i just said", "delete_last"))
    assert answer.forget
    page = await loop.rights.history(account, 10)
    assert [entry.utterance_id for entry in page.entries] == [older.utterance_id]
    assert await loop.rights.counts(account) == {"history": 1, "queue": 1, "models": 0}


async def test_deleting_when_nothing_was_kept_is_said_so(talk: Talk) -> None:
    answer = await talk.hear(understood("delete what i just said", "delete_last"))
    assert (answer.text, answer.forget) == ("Nothing of it was kept.", True)


async def test_today_begins_at_midnight_where_the_account_is(holder: Talk, loop: Loop) -> None:
    """23:30 UTC of yesterday is 0:30 of today in Berlin."""
    account = holder.request.account
    now = datetime.now(UTC).astimezone(BERLIN)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    holder.at(midnight + timedelta(hours=20))
    today = an_utterance(account, at_s=(midnight + timedelta(minutes=30)).timestamp())
    yesterday = an_utterance(account, at_s=(midnight - timedelta(minutes=30)).timestamp())
    for utterance in (today, yesterday):
        await say(loop, account, utterance)
    answer = await holder.hear(understood("delete everything i said today", "delete_today"))
    assert answer.forget
    page = await loop.rights.history(account, 10)
    assert [entry.utterance_id for entry in page.entries] == [yesterday.utterance_id]


async def test_learning_has_stopped_when_the_answer_is_given(holder: Talk, loop: Loop) -> None:
    await say(loop, holder.request.account)
    answer = await holder.say("stop learning from me", "stop_learning")
    assert answer.startswith("Done.")
    now = await settings(loop, holder)
    assert (now.improve_models, now.human_review) == (False, False)
    counts = await loop.rights.counts(holder.request.account)
    assert (counts["history"], counts["queue"]) == (1, 0)


async def test_learning_starts_only_after_an_explanation_and_a_yes(talk: Talk, loop: Loop) -> None:
    explanation = await talk.say("learn from me", "start_learning")
    assert "encrypted" in explanation
    assert explanation.endswith("Shall I start learning from you?")
    assert not (await settings(loop, talk)).improve_models
    assert (await talk.say("yes", "affirm")).startswith("Thank you.")
    now = await settings(loop, talk)
    assert (now.improve_models, now.human_review, now.keep_history) == (True, False, False)


@pytest.mark.parametrize("reply", ["deny", "inform", "cancel", "ask_time"])
async def test_anything_but_a_yes_starts_nothing(talk: Talk, loop: Loop, reply: str) -> None:
    await talk.say("learn from me", "start_learning")
    await talk.say("well", reply)
    assert not (await settings(loop, talk)).improve_models


async def test_a_doubtful_yes_starts_nothing(talk: Talk, loop: Loop) -> None:
    await talk.say("learn from me", "start_learning")
    await talk.hear(understood("yeh", "affirm", 0.4))
    assert not (await settings(loop, talk)).improve_models


async def test_the_consent_says_that_it_was_given_by_voice(talk: Talk, loop: Loop) -> None:
    await talk.say("learn from me", "start_learning")
    await talk.say("yes", "affirm")
    entries: Any = loop.store.lrange(keys.consent_log(talk.request.account), 0, -1)
    log = b"".join(await entries)
    assert b"voice" in log
    assert CONSENT_TEXT_VERSION.encode() in log


async def test_nobody_listened_is_an_answer(talk: Talk) -> None:
    answer = await talk.say("who listened to me", "ask_who_listened")
    assert answer == "Nobody has listened to you."


async def test_guests_change_and_learn_nothing(holder: Talk, loop: Loop) -> None:
    await say(loop, holder.request.account)
    guest = holder.as_guest()
    before = await settings(loop, holder)
    for intent in ("ask_what_is_kept", "delete_today", "stop_learning", "ask_who_listened"):
        answer = await guest.say("please", intent)
        assert answer == "As a guest, nothing you say is kept or learned from."
    assert await settings(loop, holder) == before
    assert (await loop.rights.counts(holder.request.account))["history"] == 1


async def test_answers_do_not_depend_on_the_switches(talk: Talk, holder: Talk, loop: Loop) -> None:
    """The same requests of two accounts, one of which allows everything."""
    assert (await settings(loop, holder)).improve_models
    requests = [
        ("set a timer for ten minutes", "set_timer", {"duration": "ten minutes"}),
        ("add milk", "add_to_list", {"item": "milk"}),
        ("what is two plus two", "calculate", {"expression": "two plus two"}),
        ("turn on the kitchen light", "turn_on", {"appliance": "light", "room": "kitchen"}),
        ("learn from me", "start_learning", {}),
    ]
    for text, intent, entities in requests:
        said: dict[str, str | list[str]] = {**entities}
        assert await talk.say(text, intent, **said) == await holder.say(text, intent, **said)
