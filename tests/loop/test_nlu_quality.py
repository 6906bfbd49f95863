"""The Rasa project's data: enough of it, honest, sayable, and accepted by Rasa."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

import assistant
from assistant.home import Home
from assistant.setup.environment import rasa_command
from training_loop.training.evaluation import evaluation_of
from training_loop.training.nlu_trainer import NluTrainer, nothing
from training_loop.training.project import NluProject
from training_loop.training.rasa_command import RasaCommand

PROJECT = Path(assistant.__file__).parent / "nlu" / "project"
WORDS = Path(__file__).parents[2] / "models" / "earmark-en" / "graph" / "words.txt"

TYPED_ONLY = {"colder", "multiply", "tv", "weekday"}
"""Words that only typed requests bring: the speech model does not know them."""

_ENTITY = re.compile(r"\[(?P<text>[^\]]+)\](?:\((?P<plain>\w+)\)|(?P<full>\{[^}]*\}))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    intent: str
    text: str
    pattern: str
    """The text with each entity replaced by its name."""
    entities: tuple[str, ...]
    """`name` or `name.role` of each entity."""


def examples(split: str) -> list[Example]:
    return [
        example for path in sorted((PROJECT / split).glob("*.yml")) for example in _read_file(path)
    ]


def _read_file(path: Path) -> Iterator[Example]:
    for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
        if "intent" in entry:
            for line in entry["examples"].splitlines():
                yield _read(entry["intent"], line.removeprefix("- "))


def _read(intent: str, marked: str) -> Example:
    return Example(
        intent=intent,
        text=_ENTITY.sub(lambda found: found["text"], marked),
        pattern=_ENTITY.sub(lambda found: f"<{_kind(found)}>", marked),
        entities=tuple(_kind(found) for found in _ENTITY.finditer(marked)),
    )


def _kind(found: re.Match[str]) -> str:
    if found["plain"]:
        return found["plain"]
    full = json.loads(found["full"])
    return f"{full['entity']}.{full['role']}" if "role" in full else str(full["entity"])


def _declared(entity: str | dict[str, dict[str, list[str]]]) -> list[str]:
    if isinstance(entity, str):
        return [entity]
    return [f"{name}.{role}" for name, more in entity.items() for role in more["roles"]]


@pytest.fixture(scope="module")
def training() -> list[Example]:
    return examples("nlu")


@pytest.fixture(scope="module")
def held_out() -> list[Example]:
    return examples("test")


@pytest.fixture(scope="module")
def intents() -> list[str]:
    domain = yaml.safe_load((PROJECT / "domain.yml").read_text(encoding="utf-8"))
    return list(domain["intents"])


def test_at_least_45_intents_are_understood(intents: list[str]) -> None:
    assert len(intents) == len(set(intents))
    assert len(intents) >= 45


def test_each_intent_has_20_examples_to_learn_from(
    intents: list[str], training: list[Example]
) -> None:
    texts = {intent: {e.text for e in training if e.intent == intent} for intent in intents}
    assert {intent: len(said) for intent, said in texts.items() if len(said) < 20} == {}
    assert {e.intent for e in training} == set(intents)


def test_each_intent_has_8_held_out_examples(intents: list[str], held_out: list[Example]) -> None:
    texts = {intent: {e.text for e in held_out if e.intent == intent} for intent in intents}
    assert {intent: len(said) for intent, said in texts.items() if len(said) < 8} == {}
    assert {e.intent for e in held_out} == set(intents)


@pytest.mark.parametrize("split", ["nlu", "test"])
def test_entities_and_roles_are_those_of_the_domain(split: str) -> None:
    """Rasa itself takes any name and role. Each has examples in both splits."""
    domain = yaml.safe_load((PROJECT / "domain.yml").read_text(encoding="utf-8"))
    declared = {kind for entity in domain["entities"] for kind in _declared(entity)}
    assert {kind for example in examples(split) for kind in example.entities} == declared


@pytest.mark.parametrize("split", ["nlu", "test"])
def test_no_sentence_is_there_twice(split: str) -> None:
    """Neither under one intent nor under two that contradict each other."""
    texts = [example.text for example in examples(split)]
    assert sorted({text for text in texts if texts.count(text) > 1}) == []


def test_no_held_out_sentence_is_learned_from(
    training: list[Example], held_out: list[Example]
) -> None:
    learned = {example.text for example in training}
    assert [example.text for example in held_out if example.text in learned] == []


def test_held_out_sentences_are_phrased_differently(
    training: list[Example], held_out: list[Example]
) -> None:
    """Other slot values in a learned phrase prove nothing. Bare replies have no other phrasing."""
    learned = {example.pattern for example in training}
    asked = [example for example in held_out if example.intent != "inform"]
    assert [example.text for example in asked if example.pattern in learned] == []


@pytest.mark.parametrize("split", ["nlu", "test"])
def test_the_speech_model_knows_the_words(split: str) -> None:
    """What can't be heard can't be asked for."""
    known = {line.split()[0] for line in WORDS.read_text(encoding="utf-8").splitlines()}
    said = {word for example in examples(split) for word in example.text.split()}
    assert sorted(said - known - TYPED_ONLY) == []
    assert not TYPED_ONLY & known


def test_rasa_accepts_the_project(tmp_path: Path) -> None:
    """`rasa data validate` finds no fault; that an NLU-only project has no stories is none."""
    finished = subprocess.run(
        [
            *(rasa_command(Home.from_environment()), "data", "validate"),
            *("--config", str(PROJECT / "config.yml"), "--domain", str(PROJECT / "domain.yml")),
            *("--data", str(PROJECT / "nlu"), str(PROJECT / "test")),
        ],
        cwd=tmp_path,
        env=os.environ | {"RASA_TELEMETRY_ENABLED": "false"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-2000:]
    warnings = re.findall(r"UserWarning: .*", finished.stdout + finished.stderr)
    assert [w for w in warnings if "is not used in any story or rule" not in w] == []


async def test_the_model_understands_what_it_was_not_taught(
    base_nlu_model: Path, tmp_path: Path
) -> None:
    trainer = NluTrainer(project=NluProject.at(PROJECT), rasa=RasaCommand.locate())
    measured = evaluation_of(await trainer.evaluate(base_nlu_model, nothing(), workspace=tmp_path))
    assert measured.intent_accuracy >= 0.93
    assert measured.entity_f1 is not None
    assert measured.entity_f1 >= 0.88
    assert {name for name, score in measured.intents.items() if score.recall < 0.6} == set()
