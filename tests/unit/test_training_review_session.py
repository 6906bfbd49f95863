"""A review starts from what was recognised, keeps to the domain, and ends once."""

from __future__ import annotations

import pytest

from tests.fixtures.training import ONTOLOGY
from training_loop.errors import InvalidArgument
from training_loop.review.annotation import AnnotationFault
from training_loop.review.session import Outcome, ReviewOver, ReviewSession
from training_loop.utterance import NamedEntity, Utterance


def utterance(heard: str, intent: str = "set_timer", *entities: NamedEntity) -> Utterance:
    return Utterance(
        utterance_id="u1",
        account="a",
        device="d",
        captured_at_s=1.0,
        pcm=b"",
        heard=heard,
        confidence=0.5,
        intent=intent,
        entities=entities,
    )


def entity(text: str, start: int, name: str = "duration", role: str = "") -> NamedEntity:
    return NamedEntity(
        name=name, role=role, value=text, text=text, start=start, end=start + len(text)
    )


@pytest.fixture
def session() -> ReviewSession:
    heard = utterance("set a timer for ten minutes", "set_timer", entity("ten minutes", 16))
    return ReviewSession(heard, ONTOLOGY)


def test_what_was_recognised_right_is_confirmed_as_it_stands(session: ReviewSession) -> None:
    draft = session.confirm()
    assert draft.marked == "set a timer for [ten minutes](duration)"
    assert draft.intent == "set_timer"


def test_a_corrected_text_keeps_the_marks_of_words_that_still_stand(
    session: ReviewSession,
) -> None:
    session.correct_text("please set the timer for ten minutes")
    assert session.draft.marked == "please set the timer for [ten minutes](duration)"
    session.correct_text("set a timer for often minutes")
    assert session.draft.entities == ()


def test_entities_and_roles_the_domain_lacks_change_nothing(session: ReviewSession) -> None:
    before = session.draft
    for marked in ("[ten](planet)", '[ten]{"entity": "duration", "role": "x"}'):
        with pytest.raises(InvalidArgument):
            session.annotate(marked)
    with pytest.raises(InvalidArgument):
        session.choose_intent("order_pizza")
    with pytest.raises(AnnotationFault):
        session.annotate("[ten")
    assert session.draft == before


def test_what_the_domain_lacks_is_not_taken_from_the_recogniser() -> None:
    heard = utterance("ten minutes", "nlu_fallback", entity("ten", 0, name="number"))
    session = ReviewSession(heard, ONTOLOGY)
    assert (session.draft.intent, session.draft.entities) == ("", ())
    with pytest.raises(InvalidArgument):
        session.confirm()
    assert session.outcome is None


def test_a_withdrawn_clip_leaves_no_draft(session: ReviewSession) -> None:
    session.withdraw()
    assert session.outcome is Outcome.WITHDRAWN
    assert (session.draft.text, session.draft.entities) == ("", ())


@pytest.mark.parametrize("end", ["confirm", "skip", "flag", "withdraw"])
def test_a_review_ends_once(session: ReviewSession, end: str) -> None:
    getattr(session, end)()
    for action in (session.confirm, session.skip, session.flag, session.withdraw):
        with pytest.raises(ReviewOver):
            action()
    with pytest.raises(ReviewOver):
        session.choose_intent("stop")
