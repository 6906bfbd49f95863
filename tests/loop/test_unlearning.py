"""What an account taught is gone after its erasure and the next training, in every bit.

Two installations with keys, ids and an order of their own: in one an account teaches, is erased,
and the models are made anew; in the other it never was.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from assistant.asr.models import EMBEDDED_MODEL
from benchmarks.installations import Making, Person, Request, installation, models_of, move_in
from benchmarks.membership import (
    Phrases,
    confidences,
    grammar_of,
    known_words,
    likelihoods,
    random_phrases,
    remembered,
)
from tests.fixtures.training import small_trainer
from tests.loop.test_lap import content_of
from training_loop.datasets.split import Shares, Split
from training_loop.loop import Loop
from training_loop.registry.shelf import sha256_of
from training_loop.review.annotation import parse
from training_loop.training.language_model.trainer import LanguageModelTrainer
from training_loop.training.language_model.vosk_directory import MANIFEST, VoskModel, hashes
from training_loop.training.project import NluProject
from training_loop.training.rasa_command import RasaCommand
from training_loop.training.thresholds import Thresholds
from training_loop.training.thresholds_choice import LEAST_OUTCOMES
from training_loop.training.thresholds_trainer import NluInService, ThresholdsTrainer

SHARES = Shares(test=0.0, hold_out=0.3)
PER_ACCOUNT = 25
SEED = 5
LEAVING = "leaving"
NEW_WORD = "gazebo"
"""In the pronouncing dictionary, not among the model's words."""

FOUND = 0.95
BY_CHANCE = 0.75
"""Area under the curve. With 20 phrases that a model knows nothing of it is above this once in
20,000 times: its standard deviation is 1 / sqrt(12 * 20)."""

_TIMERS = ("set a timer for", "start a timer of", "count down", "wake me in", "timer for")
_TIMES = ("two minutes", "five minutes", "ten minutes", "twenty minutes", "an hour")
_OTHERS = {
    "ask_time": ("what time is it", "tell me the time", "do you know the time", "the hour"),
    "stop": ("stop", "be quiet", "that is enough", "silence", "no more of this"),
}
_ENDINGS = ("please", "now", "robot", "for me", "at once", "dear", "today")


def usual(chance: random.Random, number: int) -> list[Request]:
    """Different requests; some of them were misheard."""
    marked = [
        (f"{frame} [{time}](duration) {end}", "set_timer")
        for frame in _TIMERS
        for time in _TIMES
        for end in _ENDINGS
    ]
    marked += [
        (f"{text} {end}", intent)
        for intent, texts in _OTHERS.items()
        for text in texts * 4
        for end in _ENDINGS
    ]
    drawn = chance.sample(sorted(set(marked)), number)
    return [said(text, intent, misheard=chance.random() < 0.3) for text, intent in drawn]


def said(marked: str, intent: str, *, misheard: bool = False) -> Request:
    read = parse(marked)
    heard = read.text.replace("time", "dime").replace("stop", "shop") if misheard else ""
    return Request(text=read.text, intent=intent, entities=read.entities, heard=heard)


def those_who_stay() -> list[Person]:
    """One of them says more than one account may teach, one is in the hold-out."""
    chance = random.Random(SEED)
    own = {
        "ann": (
            Request(text="hush little robot", intent="stop"),
            Request(text="ring at noon", intent="set_timer", heard="sing at noon"),
        ),
        "bob": (Request(text=f"stop the {NEW_WORD}", intent="stop"),),
    }
    people = [
        Person(name=name, said=(*own.get(name, ()), *usual(chance, 11)))
        for name in ("ann", "bob", "cleo", "dan")
    ]
    talker = Person(name="talker", said=tuple(usual(chance, 2 * PER_ACCOUNT)))
    proving = Person(name="proving", said=tuple(usual(chance, 4)), split=Split.HOLD_OUT)
    return [*people, talker, proving]


def the_one_who_leaves(phrases: Phrases) -> Person:
    """Phrases that nobody else says, and what touches the words of others: a label that contradicts
    one of theirs, the second speaker of a new word, the second who was misheard in a way."""
    planted = (Request(text=text, intent="ask_time") for text in phrases.planted)
    touching = (
        Request(text="hush little robot", intent="ask_time"),
        Request(text=f"what is a {NEW_WORD}", intent="ask_time"),
        Request(text="ring in a while", intent="set_timer", heard="sing in a while"),
    )
    return Person(name=LEAVING, said=(*planted, *touching))


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    nlu: Path
    language_model: Path
    thresholds: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    phrases: Phrases = field(repr=False)
    before: Models
    after: Models
    never: Models


@pytest.fixture(scope="module")
def world(lap_project: NluProject, tmp_path_factory: pytest.TempPathFactory) -> World:
    return asyncio.run(_live(lap_project, tmp_path_factory.mktemp("unlearning")))


async def _live(project: NluProject, root: Path) -> World:
    staying = those_who_stay()
    texts = (one.text for person in staying for one in person.said)
    phrases = random_phrases(
        known_words(EMBEDDED_MODEL, texts), planted=20, others=199, length=4, seed=SEED
    )
    language_model = LanguageModelTrainer(
        base=EMBEDDED_MODEL, project=project, cache=root / "cache"
    )
    making = Making(
        trainers=(small_trainer(project), language_model),
        shares=SHARES,
        per_account=PER_ACCOUNT,
        seed=SEED,
    )

    async def models(loop: Loop, moment: str, *, thresholds: bool = True) -> Models:
        nlu, language_model = await models_of(loop, making, root / moment)
        chosen = await _thresholds(loop, project, nlu, root / moment) if thresholds else None
        return Models(nlu=nlu, language_model=language_model, thresholds=chosen)

    async with installation(root / "one") as loop:
        people = [*staying, the_one_who_leaves(phrases)]
        accounts = await move_in(loop, people, shares=SHARES, seed=1)
        before = await models(loop, "before", thresholds=False)
        await loop.rights.delete_account(accounts[LEAVING])
        after = await models(loop, "after")
    async with installation(root / "other") as loop:
        await move_in(loop, staying, shares=SHARES, seed=2)
        never = await models(loop, "never")
    return World(phrases=phrases, before=before, after=after, never=never)


async def _thresholds(loop: Loop, project: NluProject, nlu: Path, room: Path) -> bytes:
    """Chosen for the new model, from what is known without any package before."""
    manifest = await loop.datasets.latest()
    assert manifest is not None
    model = NluInService(archive=nlu, fingerprint=sha256_of(nlu))
    trainer = ThresholdsTrainer(nlu=small_trainer(project), model=model)
    items = loop.datasets.read(manifest.name, Split.TRAIN)
    own = room / "thresholds"
    own.mkdir()
    package = await trainer.train(await trainer.prepare(items, own, seed=SEED))
    assert Thresholds.read(package).outcomes["nlu"] >= LEAST_OUTCOMES
    return package.read_bytes()


def test_made_anew_after_an_erasure_models_are_those_that_never_knew_the_account(
    world: World,
) -> None:
    assert world.after.nlu.read_bytes() == world.never.nlu.read_bytes()
    after, never = world.after.language_model, world.never.language_model
    assert hashes(after) == hashes(never)
    assert (after / MANIFEST).read_bytes() == (never / MANIFEST).read_bytes()
    assert world.after.thresholds == world.never.thresholds


def test_before_the_account_was_in_every_model_and_changed_what_others_taught(world: World) -> None:
    before, after = content_of(world.before.nlu), content_of(world.after.nlu)
    assert before != after
    assert hashes(world.before.language_model) != hashes(world.after.language_model)
    planted = world.phrases.planted[0].split()
    assert all(f'"{word}"'.encode() in before for word in planted)
    assert not any(f'"{word}"'.encode() in after for word in planted)
    assert b"hush" not in before, "contradicted, nobody's label was believed"
    assert b"hush" in after
    assert NEW_WORD in VoskModel.at(world.before.language_model).said
    files = [path for path in world.after.language_model.rglob("*") if path.is_file()]
    assert not [path for path in files if NEW_WORD.encode() in path.read_bytes()]


async def test_a_probe_finds_planted_phrases_in_the_nlu_before_and_not_after(
    world: World, tmp_path: Path
) -> None:
    planted, others = world.phrases.planted, world.phrases.others
    found = {}
    for moment, models in (("before", world.before), ("after", world.after)):
        room = tmp_path / moment
        room.mkdir()
        parsed = await confidences(RasaCommand.locate(), models.nlu, (*planted, *others), room)
        sure = [one["ask_time"] for one in parsed]
        found[moment] = remembered(sure[: len(planted)], [sure[len(planted) :]] * len(planted))
    assert found["before"].area.value > FOUND
    assert found["before"].exposure_bits.is_above_chance
    assert found["after"].area.value < BY_CHANCE


def test_a_probe_finds_planted_phrases_in_the_language_model_before_and_not_after(
    world: World,
) -> None:
    found = {}
    for moment, models in (("before", world.before), ("after", world.after)):
        grammar = grammar_of(models.language_model)
        others = likelihoods(grammar, world.phrases.others)
        planted = likelihoods(grammar, world.phrases.planted)
        found[moment] = remembered(planted, [others] * len(planted))
    assert found["before"].area.value > FOUND
    assert found["before"].exposure_bits.value > 0.9 * found["before"].most_bits
    assert found["after"].area.value < BY_CHANCE
