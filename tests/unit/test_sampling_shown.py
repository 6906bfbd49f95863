"""What de-identification makes reaches reviewers whole, and in the words of reviews."""

from __future__ import annotations

import random

import pytest

from training_loop.deidentify.deidentifier import Deidentifier
from training_loop.review.task import Level, ShownWord
from training_loop.sampling.shown import offered_clip
from training_loop.utterance import NamedEntity, Reading, Utterance

pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"  # spylls leaves its dictionary files open
)

HEARD = "call anna on oh one seven one five five five one two three four please"


def utterance() -> Utterance:
    entities = (
        NamedEntity(name="contact", value="anna", text="anna", start=5, end=9),
        NamedEntity(name="politeness", value="please", text="please", start=64, end=70),
    )
    assert [HEARD[one.start : one.end] for one in entities] == ["anna", "please"]
    return Utterance(
        utterance_id="utt",
        account="acc",
        device="dev",
        captured_at_s=0.0,
        pcm=b"",
        heard=HEARD,
        confidence=0.9,
        intent="call",
        entities=entities,
        alternatives=(
            Reading(text="call hannah please", confidence=0.2),
            Reading(text=HEARD, confidence=0.9),
            Reading(text="call anna please", confidence=0.5),
        ),
    )


def test_placeholders_entities_and_readings_are_those_of_reviews() -> None:
    real = Deidentifier()
    made = real.deidentify(
        utterance(), names=frozenset(), vocabulary=real.lexicon, chance=random.Random(1)
    )
    clip = offered_clip(made, "call")
    assert clip.text == "call <name> on <number> please"
    assert [one.text for one in clip.words] == clip.text.split()
    assert clip.words[1] == ShownWord(
        text="<name>", start_ms=0, end_ms=0, redacted=True, confidence=1.0
    )
    assert clip.redactions == {"name": 1, "number": 1}
    assert clip.readings == ("call <name> please",)
    assert [(one.name, clip.text[one.start : one.end]) for one in clip.entities] == [
        ("politeness", "please")
    ]
    assert (clip.level, clip.intent, clip.pcm) == (Level.TRANSCRIPT_ONLY, "call", b"")
