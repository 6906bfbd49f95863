"""Every sentence of the held-out set, understood as labelled, gets an answer from a skill."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from assistant.nlu.interpreter import Interpretation
from tests.fixtures.answers import Talk
from training_loop.utterance import NamedEntity

PROJECT = Path(__file__).parents[2] / "assistant" / "nlu" / "project"
FILES = sorted(path.stem for path in (PROJECT / "test").glob("*.yml"))
NOT_REQUESTS = {"inform", "out_of_scope"}
ENTITY = re.compile(r"\[(?P<text>[^]]+)](?:\((?P<name>\w+)\)|(?P<labels>\{[^}]+}))")


def synonyms() -> dict[str, str]:
    entries = yaml.safe_load((PROJECT / "nlu" / "synonyms.yml").read_text())["nlu"]
    return {
        line.removeprefix("- "): entry["synonym"]
        for entry in entries
        for line in entry["examples"].splitlines()
    }


def labelled(line: str, intent: str, canonical: dict[str, str]) -> Interpretation:
    """A line of Rasa's training format, as a perfect interpreter would see it."""
    text, entities, end = "", [], 0
    for match in ENTITY.finditer(line):
        text += line[end : match.start()]
        end = match.end()
        labels = json.loads(match["labels"]) if match["labels"] else {"entity": match["name"]}
        said = match["text"]
        entities.append(
            NamedEntity(
                name=labels["entity"],
                role=labels.get("role", ""),
                value=labels.get("value", canonical.get(said, said)),
                text=said,
                start=len(text),
                end=len(text) + len(said),
            )
        )
        text += said
    return Interpretation(
        text=text + line[end:], intent=intent, confidence=0.95, entities=tuple(entities)
    )


@pytest.mark.parametrize("name", FILES)
async def test_every_labelled_sentence_is_answered(talk: Talk, name: str) -> None:
    canonical = synonyms()
    entries = yaml.safe_load((PROJECT / "test" / f"{name}.yml").read_text())["nlu"]
    unanswered = []
    for entry in entries:
        if entry["intent"] in NOT_REQUESTS:
            continue
        for line in entry["examples"].splitlines():
            sentence = labelled(line.removeprefix("- "), entry["intent"], canonical)
            answer = await talk.hear(sentence)
            if not talk.reply.skill or not answer.text or answer.text.startswith("Sorry, I didn't"):
                unanswered.append(sentence.text)
            talk.forget_question()
    assert not unanswered
