"""An intent that few ask for is understood beside one that many ask for, with the real Rasa."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

import pytest
import yaml

from tests.fixtures.training import small_trainer
from training_loop.training.nlu_trainer import nothing
from training_loop.training.project import NluProject

OFTEN = [
    f"{begins} a timer for {minutes} minutes {ends}"
    for begins, minutes, ends in product(
        ("set", "start", "please set", "make", "how about", "how about a long", "long"),
        ("one", "two", "three", "five", "ten", "twenty", "thirty", "forty"),
        ("please", "now", "for the pasta", "for my tea", "in the kitchen", "that i can run"),
    )
]
RARELY = [
    "how long does the timer for ten minutes in the kitchen still run",
    "how long does the timer for my tea still run please",
    "how long does the timer run",
]
NEVER_TAUGHT = [
    "does my timer for five minutes run",
    "does my timer for ten minutes run",
    "does my timer for forty minutes run",
]
"""In words that mostly stand in the other intent's examples."""


@pytest.fixture
def unbalanced(tmp_path: Path, lap_project: NluProject) -> NluProject:
    """Has more than a hundred times as many examples of one intent as of another."""
    root = tmp_path / "unbalanced"
    for name in ("nlu", "test"):
        (root / name).mkdir(parents=True)
    (root / "config.yml").write_bytes(lap_project.config.read_bytes())
    domain = {"version": "3.1", "intents": ["set_timer", "ask_timer", "stop"]}
    (root / "domain.yml").write_text(yaml.safe_dump(domain))
    stop = ["stop", "be quiet", "that is enough", "quiet please"]
    taught = {"set_timer": OFTEN, "ask_timer": RARELY, "stop": stop}
    write(root / "nlu" / "base.yml", taught)
    write(root / "test" / "held_out.yml", {"ask_timer": NEVER_TAUGHT})
    return NluProject.at(root)


def write(path: Path, texts: Mapping[str, Sequence[str]]) -> None:
    nlu = [
        {"intent": intent, "examples": "".join(f"- {text}\n" for text in of)}
        for intent, of in texts.items()
    ]
    path.write_text(yaml.safe_dump({"version": "3.1", "nlu": nlu}))


async def test_an_intent_with_few_examples_is_found_beside_one_with_many(
    unbalanced: NluProject, tmp_path: Path
) -> None:
    """Each intent counts alike, however many examples it has: one example as any other, the rare
    one would not be found."""
    trainer = small_trainer(unbalanced)
    work = tmp_path / "work"
    work.mkdir()
    model = await trainer.train(await trainer.prepare(nothing(), work, seed=1))

    understood = await trainer.evaluate(model, nothing(), workspace=work)

    assert [one.best for one in understood] == ["ask_timer"] * len(NEVER_TAUGHT)
