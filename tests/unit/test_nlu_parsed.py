"""From Rasa's words to an interpretation."""

from __future__ import annotations

from assistant.nlu.interpreter import IntentScore
from assistant.nlu.parsed import interpretation
from training_loop.utterance import NamedEntity


def score(name: str, confidence: float) -> IntentScore:
    return IntentScore(name=name, confidence=confidence)


def entity(name: str, start: int, end: int, confidence: float = 1.0) -> NamedEntity:
    return NamedEntity(name=name, value="x", text="x", start=start, end=end, confidence=confidence)


def test_unsure_names_no_intent_and_keeps_the_ranking() -> None:
    ranking = [score("nlu_fallback", 0.5), score("ask_time", 0.4), score("ask_date", 0.35)]
    read = interpretation("time", ranking, [])
    assert read.intent == ""
    assert read.confidence == 0.4
    assert [intent.name for intent in read.ranking] == ["ask_time", "ask_date"]


def test_sure_names_the_best_intent() -> None:
    read = interpretation("time", [score("ask_time", 0.9), score("ask_date", 0.1)], [])
    assert (read.intent, read.confidence) == ("ask_time", 0.9)


def test_a_model_that_names_nothing_is_not_understood() -> None:
    read = interpretation("time", [], [])
    assert (read.intent, read.confidence) == ("", 0.0)


def test_of_entities_in_the_same_words_the_surest_stays() -> None:
    found = [entity("city", 0, 6, 0.6), entity("room", 4, 9, 0.8), entity("day", 10, 12, 0.2)]
    read = interpretation("a text", [], found)
    assert [e.name for e in read.entities] == ["room", "day"]
