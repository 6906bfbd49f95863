"""Is what an account taught really gone after its erasure? Planted phrases say so, and every bit.

python -m benchmarks.unlearning [--people 40] [--requests 10] [--planted 32] [--others 1023]

One account says phrases of random words among its requests, and some words that nobody else says
but one neighbour. Models are made, the account is erased, models are made anew. In a second
installation, with other keys and ids, the same people speak in another order, without that account.
A probe asks how sure each model is of the planted phrases beside phrases of the same shape that
nobody ever said; at chance, it cannot tell them apart. "never" is the second installation.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from assistant.asr.models import EMBEDDED_MODEL
from benchmarks.installations import Making, Person, Request, installation, models_of, move_in
from benchmarks.membership import (
    Estimate,
    Phrases,
    Remembered,
    confidences,
    grammar_of,
    known_words,
    likelihoods,
    random_phrases,
    remembered,
    reordered,
)
from benchmarks.report import Row, write
from training_loop.datasets.split import Shares
from training_loop.training.language_model.pronunciation import dictionary
from training_loop.training.language_model.trainer import LanguageModelTrainer
from training_loop.training.language_model.vosk_directory import MANIFEST, VoskModel, hashes
from training_loop.training.marked_files import read_marked
from training_loop.training.nlu_trainer import NluTrainer
from training_loop.training.project import NluProject
from training_loop.training.rasa_command import RasaCommand

SEED = 42
WORDS_IN_A_PHRASE = 5
NEW_WORDS = 6
EVERYBODY_TRAINS = Shares(test=0.0, hold_out=0.0)
NEW_WORD_SAID = ("what is a {}", "tell me about the {}")

LM_REORDERED = "lm order"
"""Beside the planted phrases' own words in other orders: who knows the words is not enough."""
_LEAVING = "leaving"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Who says what, and what is asked about it."""

    people: tuple[Person, ...] = field(repr=False)
    phrases: Phrases
    intents: tuple[str, ...]
    """The planted ones, in the order of the planted phrases."""
    new_words: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """One moment: the two models then, and what they remember."""

    nlu: bytes = field(repr=False)
    language_model: dict[str, str] = field(repr=False)
    """SHA-256 of each file, the manifest among them."""
    remembered: dict[str, Remembered]
    new_words: int
    """How many the language model knows."""


def plan_of(project: NluProject, *, people: int, requests: int, planted: int, others: int) -> Plan:
    """`people` beside the one who leaves, each with so many of the project's held-out requests."""
    chance = random.Random(SEED)
    usual = [
        Request(text=one.text, intent=one.intent, entities=one.entities)
        for one in read_marked(project.hold_out)
    ]
    texts = [one.text for one in usual] + [one.text for one in read_marked(project.examples)]
    phrases = random_phrases(
        known_words(EMBEDDED_MODEL, texts),
        planted=planted,
        others=others,
        length=WORDS_IN_A_PHRASE,
        seed=SEED,
    )
    intents = tuple(chance.choices(sorted(project.examples_by_intent()), k=planted))
    known = VoskModel.at(EMBEDDED_MODEL).said
    strange = sorted(word for word in dictionary() if word.isalpha() and word not in known)
    words = tuple(chance.sample([word for word in strange if len(word) > 6], NEW_WORDS))
    asked, told = (
        tuple(Request(text=frame.format(word), intent="out_of_scope") for word in words)
        for frame in NEW_WORD_SAID
    )
    secrets = (
        Request(text=text, intent=of) for text, of in zip(phrases.planted, intents, strict=True)
    )
    staying = [
        Person(name=f"staying {number}", said=tuple(chance.sample(usual, requests)))
        for number in range(people)
    ]
    neighbour = Person(name=staying[0].name, said=(*staying[0].said, *told))
    leaving = Person(name=_LEAVING, said=(*chance.sample(usual, requests), *secrets, *asked))
    return Plan(
        people=(neighbour, *staying[1:], leaving), phrases=phrases, intents=intents, new_words=words
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Before the erasure, after it, and where the account never was."""

    moments: Mapping[str, Probed]
    erased_s: float
    made_anew_s: float


async def measure(plan: Plan, making: Making, rasa: RasaCommand, root: Path) -> Measured:
    moments: dict[str, Probed] = {}

    async def probe(moment: str, models: Sequence[Path]) -> None:
        moments[moment] = await _probed(plan, rasa, models, root / moment)

    async with installation(root / "one") as loop:
        accounts = await move_in(loop, plan.people, shares=making.shares, seed=1)
        await probe("before", await models_of(loop, making, root / "before"))
        began = time.perf_counter()
        await loop.rights.delete_account(accounts[_LEAVING])
        erased = time.perf_counter()
        models = await models_of(loop, making, root / "after")
        anew = time.perf_counter()
        await probe("after", models)
    async with installation(root / "other") as loop:
        staying = [person for person in plan.people if person.name != _LEAVING]
        await move_in(loop, staying, shares=making.shares, seed=2)
        await probe("never", await models_of(loop, making, root / "never"))
    return Measured(moments=moments, erased_s=erased - began, made_anew_s=anew - erased)


async def _probed(plan: Plan, rasa: RasaCommand, models: Sequence[Path], room: Path) -> Probed:
    nlu, language_model = models
    planted, others = plan.phrases.planted, plan.phrases.others
    sure = await confidences(rasa, nlu, (*planted, *others), room)
    grammar = grammar_of(language_model)
    likely = likelihoods(grammar, (*planted, *others))
    said = VoskModel.at(language_model).said
    first = len(planted)
    return Probed(
        nlu=nlu.read_bytes(),
        language_model=hashes(language_model) | {MANIFEST: (language_model / MANIFEST).read_text()},
        remembered={
            "nlu": remembered(
                [one[intent] for one, intent in zip(sure[:first], plan.intents, strict=True)],
                [[one[intent] for one in sure[first:]] for intent in plan.intents],
            ),
            "lm": remembered(likely[:first], [likely[first:]] * first),
            LM_REORDERED: remembered(
                likely[:first], [likelihoods(grammar, reordered(one)) for one in planted]
            ),
        },
        new_words=sum(word in said for word in plan.new_words),
    )


def rows_of(moments: Mapping[str, Probed]) -> list[Row]:
    rows: list[Row] = []
    for model in ("nlu", "lm", LM_REORDERED):
        for measure, of in _MEASURES.items():
            found = {moment: of(probed.remembered[model]) for moment, probed in moments.items()}
            after = found["after"]
            rows.append(
                {
                    "model": model,
                    "measure": measure,
                    **{moment: round(one.value, 3) for moment, one in found.items()},
                    "after, 95 %": f"{after.low:.2f}-{after.high:.2f}",
                    "chance": round(after.chance, 3),
                    "chance, 95 %": f"{after.chance_low:.2f}-{after.chance_high:.2f}",
                }
            )
    return rows


# "bits" is the exposure; "top 1 %" the planted phrases that stand as high as a hundredth of others.
_MEASURES: Mapping[str, Callable[[Remembered], Estimate]] = {
    "AUC": lambda found: found.area,
    "bits": lambda found: found.exposure_bits,
    "top 1 %": lambda found: found.found,
}


def figures_of(plan: Plan, measured: Measured) -> Row:
    before, after, never = (measured.moments[one] for one in ("before", "after", "never"))
    return {
        "gold items before": sum(len(person.said) for person in plan.people),
        "accounts before": len(plan.people),
        "planted phrases": len(plan.phrases.planted),
        "other phrases": len(plan.phrases.others),
        "nlu: after and never are the same bytes": after.nlu == never.nlu,
        "lm: after and never are the same bytes": after.language_model == never.language_model,
        "nlu: before and after are the same bytes": before.nlu == after.nlu,
        "lm: before and after are the same bytes": before.language_model == after.language_model,
        "new words known before": before.new_words,
        "new words known after": after.new_words,
        "new words known never": never.new_words,
        "erasure, s": round(measured.erased_s, 2),
        "data set and both models anew, s": round(measured.made_anew_s, 1),
    }


def proven(measured: Measured) -> bool:
    """Found before, not told from chance after, and the same bytes as if never there."""
    before, after, never = (measured.moments[one] for one in ("before", "after", "never"))
    return (
        all(found.area.is_above_chance for found in before.remembered.values())
        and all(found.area.is_chance for found in after.remembered.values())
        and (after.nlu, after.language_model) == (never.nlu, never.language_model)
        and (before.new_words, after.new_words) == (NEW_WORDS, 0)
    )


def all_intents_ranked(project: NluProject, target: Path) -> NluProject:
    """The project with parses that tell the confidence in every intent. Weights stay the same."""
    for path in (*project.examples.rglob("*.yml"), *project.hold_out.rglob("*.yml")):
        copy = target / path.relative_to(project.root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    (target / project.domain.name).write_bytes(project.domain.read_bytes())
    config = yaml.safe_load(project.config.read_text())
    for component in config["pipeline"]:
        if component["name"].endswith("LinearUnderstanding"):
            component["ranking_length"] = len(project.examples_by_intent())
    (target / project.config.name).write_text(yaml.safe_dump(config, sort_keys=False))
    return NluProject.at(target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=40, help="accounts that stay")
    parser.add_argument("--requests", type=int, default=10, help="of each account")
    parser.add_argument("--planted", type=int, default=32, help="phrases of the one who leaves")
    parser.add_argument("--others", type=int, default=1023, help="phrases that nobody says")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="earmark-") as directory:
        root = Path(directory)
        project = all_intents_ranked(NluProject.locate(), root / "project")
        plan = plan_of(project, **vars(chosen))
        rasa = RasaCommand.locate()
        making = Making(
            trainers=(
                NluTrainer(project=project, rasa=rasa),
                LanguageModelTrainer(base=EMBEDDED_MODEL, project=project, cache=root / "cache"),
            ),
            shares=EVERYBODY_TRAINS,
            per_account=500,
            seed=SEED,
        )
        measured = asyncio.run(measure(plan, making, rasa, root))
    figures = figures_of(plan, measured)
    write("unlearning", figures, rows=rows_of(measured.moments), title="what models remember")
    sys.exit(0 if proven(measured) else 1)


if __name__ == "__main__":
    main()
