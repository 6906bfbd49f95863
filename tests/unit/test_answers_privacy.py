"""What people can do about their privacy by voice, on the real store."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from assistant.answers.skill import Previous
from tests.fixtures.answers import BERLIN, Talk, understood
from tests.fixtures.store import an_utterance, consenting_account, say, try_to_say
from training_loop.loop import Loop
from training_loop.rights import CONSENT_TEXT_VERSION, PrivacySettings
from training_loop.store import keys
from training_loop.utterance import Fate, Reading


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


async def test_everything_is_deleted_after_a_yes_and_only_then(holder: Talk, loop: Loop) -> None:
    account = holder.request.account
    for _ in range(2):
        await say(loop, account)
    warned = await holder.say("delete everything", "delete_everything")
    assert warned.endswith("Shall I delete everything?")
    assert (await loop.rights.counts(account))["history"] == 2
    answer = await holder.hear(understood("yes", "affirm"))
    assert answer.forget
    assert await loop.rights.counts(account) == {"history": 0, "queue": 0, "models": 0}


@pytest.mark.parametrize(
    "reply", [("no", "deny", 0.95), ("well", "inform", 0.95), ("yeh", "affirm", 0.4)]
)
async def test_anything_but_a_clear_yes_deletes_nothing(
    holder: Talk, loop: Loop, reply: tuple[str, str, float]
) -> None:
    await say(loop, holder.request.account)
    await holder.say("delete everything", "delete_everything")
    await holder.hear(understood(*reply))
    assert (await loop.rights.counts(holder.request.account))["history"] == 1


@pytest.mark.parametrize(
    ("entities", "seconds", "said"),
    [({}, 3600, "one hour"), ({"duration__total": "ten minutes"}, 600, "ten minutes")],
)
async def test_learning_is_paused_when_the_answer_is_given(
    holder: Talk, loop: Loop, entities: dict[str, str], seconds: int, said: str
) -> None:
    account = holder.request.account
    words: dict[str, str | list[str]] = {**entities}
    answer = await holder.say("pause learning", "pause_learning", **words)
    assert answer == f"Done. I won't learn from you for {said}."
    paused = (await settings(loop, holder)).paused_until_s
    assert abs(paused - time.time() - seconds) < 60
    fate = await try_to_say(loop, an_utterance(account))
    assert (fate.kept, fate.queued) == (True, False)
    holder.at(datetime.now(BERLIN))
    assert "Learning is paused" in await holder.say("what do you keep", "ask_what_is_kept")


async def test_where_nothing_is_learned_there_is_nothing_to_pause(talk: Talk) -> None:
    answer = await talk.say("pause learning", "pause_learning")
    assert answer == "I don't learn from you, so there is nothing to pause."


async def test_a_yes_to_learning_ends_a_pause(holder: Talk, loop: Loop) -> None:
    await holder.say("pause learning", "pause_learning")
    await holder.say("learn from me", "start_learning")
    await holder.say("yes", "affirm")
    assert (await settings(loop, holder)).paused_until_s == 0


async def test_a_changed_explanation_is_told(holder: Talk, loop: Loop) -> None:
    account = keys.account(holder.request.account)
    await loop.store.hset(account, "learning_text", "2020-01")
    assert "agree again" in await holder.say("what do you keep", "ask_what_is_kept")


def answered(utterance_id: str = "", **fate: Any) -> Previous:
    return Previous(
        interpretation=understood(
            "set a timer for ten minutes", "set_timer", 0.95, duration__total="ten minutes"
        ),
        spoken=True,
        confidence=0.9,
        alternatives=(
            Reading(text="set a timer for ten minutes", confidence=0.9),
            Reading(text="set a tiger for ten minutes", confidence=0.4),
        ),
        skill="timers",
        utterance_id=utterance_id,
        fate=Fate(**fate),
    )


@pytest.mark.parametrize(
    ("fate", "kept"),
    [
        ({"kept": True, "queued": True}, "It is in your history, and I may learn from it"),
        ({"kept": True, "reason": "paused"}, "I don't learn from it, because learning is paused."),
        ({"queued": True}, "It is not in your history."),
        ({"reason": "no_consent"}, "Nothing of it was kept, because you have not allowed it."),
        ({"reason": "some_new_word"}, "Nothing of it was kept."),
    ],
)
async def test_the_last_answer_is_explained(talk: Talk, fate: dict[str, Any], kept: str) -> None:
    talk.request = replace(talk.request, previous=answered(**fate))
    answer = await talk.say("why did you answer that", "explain_answer")
    assert answer.startswith(
        "I heard: set a timer for ten minutes. I was ninety percent sure of the words. "
        "It could also have been: set a tiger for ten minutes. "
        "I took it that you wanted to set a timer, ninety five percent sure, with ten minutes."
    )
    assert kept in answer


async def test_without_a_last_answer_there_is_nothing_to_explain(talk: Talk) -> None:
    answer = await talk.say("why did you answer that", "explain_answer")
    assert answer == "I don't remember an answer of mine that I could explain."


@pytest.mark.parametrize("intent", ["set_timer", "inform", "out_of_scope"])
async def test_what_was_really_said_is_noted_with_what_was_heard(
    holder: Talk, loop: Loop, intent: str
) -> None:
    """Also where it would be a request of its own: it is the reply that was asked for."""
    said = await say(loop, holder.request.account)
    previous = answered(said.utterance_id, kept=True, queued=True)
    holder.request = replace(holder.request, previous=previous)
    asked = await holder.say("that's not what i said", "correct_last")
    assert asked == "Sorry about that. What did you say?"
    answer = await holder.say("sell a tiger", intent)
    assert answer == "Thank you. I noted that you said: sell a tiger."
    (entry,) = (await loop.rights.history(holder.request.account, 10)).entries
    assert entry.corrected_text == "sell a tiger"
    assert entry.corrected_intent == ("set_timer" if intent == "set_timer" else "")


async def test_what_was_not_kept_or_is_deleted_cannot_be_corrected(
    holder: Talk, loop: Loop
) -> None:
    answer = await holder.say("that's not what i said", "correct_last")
    assert answer == "Sorry about that. Nothing of it was kept; please say it again."
    said = await say(loop, holder.request.account)
    previous = answered(said.utterance_id, kept=True)
    holder.request = replace(holder.request, previous=previous)
    await holder.say("that's not what i said", "correct_last")
    await loop.rights.delete_utterance(holder.request.account, said.utterance_id)
    answer = await holder.say("sell a tiger", "inform")
    assert answer == "What you want to correct is deleted already."


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
