"""What a device's conversation remembers, for whom, and for how long."""

from __future__ import annotations

from assistant.answers.skill import Question
from assistant.conversation.session import (
    RECENT_S,
    REMEMBERED_UTTERANCES,
    SESSION_S,
    ExpiringMap,
    OpenQuestion,
    Sessions,
)


class Clock:
    """Seconds that pass when told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def question() -> OpenQuestion:
    return OpenQuestion(skill="timers", question=Question(slot="duration"))


def test_a_question_is_open_for_its_own_device_and_session_alone() -> None:
    sessions = Sessions()
    sessions.ask("ana", "kitchen", "s1", question())
    assert sessions.take_question("ben", "kitchen", "s1") is None
    assert sessions.take_question("ana", "bedroom", "s1") is None
    assert sessions.take_question("ana", "kitchen", "s2") is None
    assert sessions.take_question("ana", "kitchen", "s1") == question()


def test_a_question_is_answered_once() -> None:
    sessions = Sessions()
    sessions.ask("ana", "kitchen", "s1", question())
    sessions.take_question("ana", "kitchen", "s1")
    assert sessions.take_question("ana", "kitchen", "s1") is None


def test_an_old_question_is_forgotten() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    sessions.ask("ana", "kitchen", "s1", question())
    clock.now += SESSION_S
    assert sessions.take_question("ana", "kitchen", "s1") is None


def test_the_last_answer_and_the_kept_utterances_are_remembered_newest_first() -> None:
    sessions = Sessions()
    for number in range(REMEMBERED_UTTERANCES + 3):
        sessions.remember("ana", "kitchen", f"answer {number}", f"utt_{number}")
    sessions.remember("ana", "kitchen", "last", "")
    recent = sessions.recent("ana", "kitchen")
    assert recent.answer == "last"
    assert recent.utterance_ids[0] == f"utt_{REMEMBERED_UTTERANCES + 2}"
    assert len(recent.utterance_ids) == REMEMBERED_UTTERANCES


def test_what_was_said_last_expires() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    sessions.remember("ana", "kitchen", "hello", "utt_1")
    clock.now += RECENT_S
    assert sessions.recent("ana", "kitchen").answer == ""


async def test_erasing_an_account_leaves_the_others_alone() -> None:
    sessions = Sessions()
    for account in ("ana", "ben"):
        sessions.remember(account, "kitchen", "hello", "utt_1")
        sessions.ask(account, "kitchen", "s1", question())
    assert await sessions.erase("ana") == 2
    assert sessions.recent("ana", "kitchen").answer == ""
    assert sessions.take_question("ana", "kitchen", "s1") is None
    assert sessions.recent("ben", "kitchen").answer == "hello"
    assert await sessions.erase("ana") == 0


def test_a_full_map_drops_its_oldest_entry() -> None:
    entries: ExpiringMap[int, str] = ExpiringMap(60, 3, Clock())
    for number in range(4):
        entries.put(number, "x")
    assert [number for number in range(4) if entries.get(number)] == [1, 2, 3]


def test_nothing_that_was_said_shows_in_a_representation() -> None:
    sessions = Sessions()
    sessions.remember("ana", "kitchen", "your secret list", "utt_1")
    assert "secret" not in repr(sessions.recent("ana", "kitchen"))


def test_a_deletion_is_remembered_as_long_as_a_turn_may_last() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    sessions.remember("ana", "kitchen", "hello", "utt_1")
    sessions.forget_said("ana")
    sessions.forget_said("ana")
    assert sessions.times_forgotten("ana") == 2
    assert sessions.recent("ana", "kitchen").answer == ""
    clock.now += 1199.0
    assert sessions.times_forgotten("ana") == 2
    clock.now += 1.0
    assert sessions.times_forgotten("ana") == 0
