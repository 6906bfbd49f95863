"""Privacy requests as people make them: spoken or typed to a real server with the real model."""

from __future__ import annotations

import io
import wave

from tests.fixtures.server import Party, spoken
from training_loop.v1 import privacy_pb2


async def _history(party: Party) -> list[privacy_pb2.UtteranceRecord]:
    page = await party.privacy.ListUtterances(
        privacy_pb2.ListUtterancesRequest(), **party.as_holder
    )
    return list(page.utterances)


async def test_an_answer_is_explained_even_where_nothing_is_kept(party: Party) -> None:
    heard = (await party.say(spoken("what time is it"))).heard
    turn = await party.type("why did you answer that")
    assert turn.one("interpretation").intent == "explain_answer"
    assert turn.answer.startswith(f"I heard: {heard}. I was ")
    assert "I took it that you wanted to ask for the time" in turn.answer
    assert turn.answer.endswith("Nothing of it was kept, because you have not allowed it.")


async def test_what_was_said_can_be_heard_and_explained_by_its_holder(party: Party) -> None:
    await party.consent(keep_history=True)
    report = (await party.say(spoken("what time is it"))).report
    request = privacy_pb2.ExplainUtteranceRequest(utterance_id=report.utterance_id)
    explained = await party.privacy.ExplainUtterance(request, **party.as_holder)
    assert explained.skill == "clock"
    assert explained.understood.intent == "ask_time"
    assert 0 < explained.understood.confidence <= 1
    assert [word.text for word in explained.heard.words] == ["what", "time", "is", "it"]
    play = privacy_pb2.PlayUtteranceRequest(utterance_id=report.utterance_id)
    chunks = [one.data async for one in party.privacy.PlayUtterance(play, **party.as_holder)]
    with wave.open(io.BytesIO(b"".join(chunks))) as sound:
        assert sound.getnframes() / sound.getframerate() > 0.5


async def test_that_is_not_what_i_said(party: Party) -> None:
    await party.consent(keep_history=True, improve_models=True)
    await party.type("what time is it", session_id="kitchen-talk")
    asked = await party.type("that's not what i said", session_id="kitchen-talk")
    assert asked.answer.endswith("What did you say?")
    noted = await party.type("set a timer for ten minutes", session_id="kitchen-talk")
    assert noted.answer == "Thank you. I noted that you said: set a timer for ten minutes."
    corrected = [one for one in await _history(party) if one.corrected_text]
    assert [(one.heard, one.corrected_intent) for one in corrected] == [
        ("what time is it", "set_timer")
    ]


async def test_learning_pauses_by_voice(party: Party) -> None:
    await party.consent(improve_models=True)
    turn = await party.type("pause learning for two hours")
    assert turn.answer == "Done. I won't learn from you for two hours."
    fate = (await party.type("what time is it")).report.fate
    assert (fate.queued, fate.reason) == (False, "paused")


async def test_everything_is_deleted_by_voice_after_a_yes(party: Party) -> None:
    await party.consent(keep_history=True, improve_models=True)
    await party.type("what time is it")
    asked = await party.type("delete everything i ever said", session_id="talk")
    assert asked.answer.endswith("Shall I delete everything?")
    assert await _history(party)
    done = await party.type("yes", session_id="talk")
    assert done.answer == "Done. Everything you ever said is deleted."
    assert await _history(party) == []
