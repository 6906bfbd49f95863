"""Timers, alarms and reminders do what was said."""

from __future__ import annotations

from datetime import datetime, timedelta

from assistant.answers.ports import SkillPorts
from assistant.answers.skill import RingKind, StopEverything
from tests.fixtures.answers import BERLIN, SUNDAY_EVENING, Talk, understood


async def set_timer(talk: Talk, length: str, name: str = "") -> str:
    entities = {"duration": length, **({"timer_name": name} if name else {})}
    return await talk.say(f"set a {name} timer for {length}", "set_timer", **entities)


async def test_several_named_timers_run_at_once(talk: Talk, skill_ports: SkillPorts) -> None:
    assert await set_timer(talk, "ten minutes", "pasta") == "Pasta timer set for ten minutes."
    assert await set_timer(talk, "an hour and a half") == "An hour and a half, starting now."
    talk.at(SUNDAY_EVENING + timedelta(minutes=4))
    assert await talk.say("how long is left", "ask_timer") == (
        "Six minutes left on the pasta timer and one hour and twenty six minutes left on the "
        "timer for an hour and a half."
    )
    assert await talk.say("how is the pasta timer", "ask_timer", timer_name="pasta") == (
        "Six minutes left on the pasta timer."
    )
    due = SUNDAY_EVENING.timestamp() + 600
    (ringing,) = await skill_ports.agenda.due(talk.request.account, "dev_kitchen", due)
    assert (ringing.ring.kind, ringing.ring.label) == (RingKind.TIMER, "pasta")


async def test_a_missing_length_is_asked_for(talk: Talk) -> None:
    assert await talk.say("set a pasta timer", "set_timer", timer_name="pasta") == "For how long?"
    assert await talk.say("ten minutes", "inform", duration="ten minutes") == (
        "Pasta timer set for ten minutes."
    )


async def test_a_reply_is_taken_even_when_it_was_barely_understood(talk: Talk) -> None:
    await talk.say("set a timer", "set_timer")
    answer = await talk.hear(understood("uh half an hour please", "calculate", 0.4))
    assert answer.text == "Thirty minutes, starting now."


async def test_a_timer_that_nobody_could_wait_for_is_refused(talk: Talk) -> None:
    assert await set_timer(talk, "ninety days") == "A timer can run for a second up to a week."


async def test_which_timer_is_asked_when_several_run(talk: Talk) -> None:
    await set_timer(talk, "ten minutes", "pasta")
    await set_timer(talk, "twenty minutes", "pizza")
    assert await talk.say("cancel the timer", "cancel_timer") == (
        "Which one: the pasta timer or the pizza timer?"
    )
    assert await talk.say("the pizza one", "inform") == "The pizza timer is cancelled."
    assert await talk.say("cancel my timer", "cancel_timer") == "The pasta timer is cancelled."
    assert await talk.say("cancel my timer", "cancel_timer") == "You have no timers."


async def test_all_timers_are_cancelled_at_once(talk: Talk) -> None:
    await set_timer(talk, "ten minutes")
    await set_timer(talk, "twenty minutes")
    assert await talk.say("cancel all timers", "cancel_timer") == "All your timers are cancelled."


async def test_a_timer_of_another_name_is_not_cancelled(talk: Talk) -> None:
    await set_timer(talk, "ten minutes", "pasta")
    answer = await talk.say("cancel the egg timer", "cancel_timer", timer_name="egg")
    assert answer == "I know no timer like that."
    assert "pasta" in await talk.say("how long", "ask_timer")


async def test_a_timer_is_extended_paused_and_resumed(talk: Talk) -> None:
    await set_timer(talk, "ten minutes")
    assert await talk.say("add time to the timer", "extend_timer") == "By how much?"
    assert await talk.say("five minutes", "inform", duration="five minutes") == (
        "Okay, fifteen minutes left on the timer for ten minutes."
    )
    await talk.say("pause the timer", "pause_timer")
    talk.at(SUNDAY_EVENING + timedelta(hours=5))
    assert "Fifteen minutes left, paused" in await talk.say("how long", "ask_timer")
    await talk.say("resume the timer", "resume_timer")
    assert await talk.say("how long", "ask_timer") == (
        "Fifteen minutes left on the timer for ten minutes."
    )


async def test_the_added_time_survives_the_question_which_timer(talk: Talk) -> None:
    await set_timer(talk, "ten minutes", "pasta")
    await set_timer(talk, "twenty minutes", "pizza")
    question = await talk.say(
        "add five minutes to the timer", "extend_timer", duration__added="five minutes"
    )
    assert question.startswith("Which one")
    assert await talk.say("the first one", "inform") == (
        "Okay, fifteen minutes left on the pasta timer."
    )


async def test_timers_belong_to_their_device(talk: Talk) -> None:
    await set_timer(talk, "ten minutes", "pasta")
    assert await talk.on("dev_bedroom").say("how long", "ask_timer") == "You have no timers."


async def test_an_alarm_is_set_for_the_next_such_time(talk: Talk) -> None:
    assert await talk.say("wake me at seven", "set_alarm", clock_time="seven") == (
        "Alarm set for seven in the evening."
    )
    answer = await talk.say(
        "wake me tomorrow at half past six",
        "set_alarm",
        clock_time="half past six",
        day="tomorrow",
    )
    assert answer == "Alarm set for tomorrow at six thirty in the morning."
    assert await talk.say("what alarms do i have", "ask_alarm") == (
        "You have two alarms: seven in the evening and tomorrow at six thirty in the morning."
    )
    cancelled = await talk.say("cancel the seven alarm", "cancel_alarm", clock_time="seven")
    assert cancelled == "The alarm for seven in the evening is cancelled."


async def test_morning_is_no_minute(talk: Talk) -> None:
    """The a of "seven a m" is no number, and its m no unit."""
    answer = await talk.say("wake me at seven a m", "set_alarm", clock_time="seven a m")
    assert answer == "Alarm set for tomorrow at seven in the morning."


async def test_what_repeats_is_set_once_and_said_so(talk: Talk) -> None:
    answer = await talk.say(
        "wake me every tuesday at eight", "set_alarm", clock_time="eight", day="every tuesday"
    )
    assert answer == "Alarm set for Tuesday at eight in the morning. I can't repeat it."


async def test_alarms_are_told_apart_by_their_day(talk: Talk) -> None:
    await talk.say("wake me at seven", "set_alarm", clock_time="seven", day="on friday")
    assert await talk.say("any alarms tomorrow", "ask_alarm", day="tomorrow") == (
        "You have no alarms tomorrow."
    )
    cancelled = await talk.say("no alarm tomorrow", "cancel_alarm", day="tomorrow")
    assert cancelled == "You have no alarms."
    assert "Friday" in await talk.say("any alarms on friday", "ask_alarm", day="on friday")


async def test_a_missing_time_is_asked_for_and_the_day_kept(talk: Talk) -> None:
    assert await talk.say("wake me on friday", "set_alarm", day="on friday") == "For what time?"
    assert await talk.say("at eight", "inform", clock_time="eight") == (
        "Alarm set for Friday at eight in the morning."
    )


async def test_a_past_time_is_refused(talk: Talk) -> None:
    answer = await talk.say("wake me today at noon", "set_alarm", clock_time="noon", day="today")
    assert answer == "That time has already passed."


async def test_snooze_rings_again_and_the_old_ring_stays_acknowledged(
    talk: Talk, skill_ports: SkillPorts
) -> None:
    """The device may acknowledge late: that must not silence the snoozed alarm."""
    agenda, account = skill_ports.agenda, talk.request.account
    assert await talk.say("snooze", "snooze") == "Nothing is ringing."
    await talk.say("wake me at seven", "set_alarm", clock_time="seven")
    seven = datetime(2026, 11, 22, 19, 0, tzinfo=BERLIN)
    talk.at(seven)
    (ringing,) = await agenda.due(account, "dev_kitchen", seven.timestamp())
    answer = await talk.hear(understood("snooze", "snooze"))
    assert answer.text == "Okay, nine minutes more."
    assert answer.actions == (StopEverything(),)
    await agenda.acknowledge(account, "dev_kitchen", ringing.entry_id)
    assert await agenda.due(account, "dev_kitchen", seven.timestamp()) == ()
    again = (seven + timedelta(minutes=9)).timestamp()
    assert len(await agenda.due(account, "dev_kitchen", again)) == 1


async def test_what_was_acknowledged_can_be_snoozed(talk: Talk, skill_ports: SkillPorts) -> None:
    agenda, account = skill_ports.agenda, talk.request.account
    await set_timer(talk, "ten minutes", "pasta")
    later = SUNDAY_EVENING + timedelta(minutes=10)
    talk.at(later)
    (ringing,) = await agenda.due(account, "dev_kitchen", later.timestamp())
    await agenda.acknowledge(account, "dev_kitchen", ringing.entry_id)
    answer = await talk.say("two more minutes", "snooze", duration="two more minutes")
    assert answer == "Okay, two minutes more."
    (again,) = await agenda.due(account, "dev_kitchen", later.timestamp() + 120)
    assert again.label == "pasta"


async def test_stop_acknowledges_what_rings(talk: Talk, skill_ports: SkillPorts) -> None:
    await set_timer(talk, "ten minutes")
    later = SUNDAY_EVENING + timedelta(minutes=10)
    talk.at(later)
    answer = await talk.hear(understood("stop", "stop"))
    assert StopEverything() in answer.actions
    account = talk.request.account
    assert await skill_ports.agenda.due(account, "dev_kitchen", later.timestamp()) == ()


async def test_a_reminder_needs_a_task_and_a_time(talk: Talk) -> None:
    assert await talk.say("remind me", "set_reminder") == "What should I remind you about?"
    assert await talk.say("to call my mom", "inform") == "When should I remind you?"
    answer = await talk.say("tomorrow at five", "inform", day="tomorrow", clock_time="five")
    assert answer == "Okay, I'll remind you tomorrow at five in the afternoon: call your mom."


async def test_reminders_are_known_on_every_device_and_cancelled_by_their_words(
    talk: Talk,
) -> None:
    await talk.say(
        "remind me to call mom in an hour",
        "set_reminder",
        task="call mom",
        duration="an hour",
    )
    await talk.say(
        "remind me tomorrow evening to water the plants",
        "set_reminder",
        task="water the plants",
        day="tomorrow evening",
    )
    bedroom = talk.on("dev_bedroom")
    assert await bedroom.say("what are my reminders", "ask_reminders") == (
        "You have two reminders: call mom, seven in the evening; water the plants, tomorrow at "
        "seven in the evening."
    )
    assert await bedroom.say("cancel the reminder about the plants", "cancel_reminder") == (
        "Okay, I won't remind you: water the plants."
    )


async def test_guests_have_no_part_in_the_agenda_of_the_account(talk: Talk) -> None:
    await set_timer(talk, "ten minutes", "secret")
    guest = talk.as_guest()
    for intent in ("set_timer", "ask_timer", "ask_reminders", "ask_alarm", "read_list"):
        answer = await guest.say("how long is left", intent)
        assert answer == "Sorry, I only do that for the people who live here."
