"""NLU models from gold with the real Rasa: equal from equal, and none from what is no data."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fixtures.training import small_trainer
from tests.loop.test_lap import content_of
from training_loop.datasets.gold import GoldItem, Group
from training_loop.datasets.item_ref import ItemRef
from training_loop.datasets.split import Split
from training_loop.registry.shelf import sha256_of
from training_loop.review.annotation import parse
from training_loop.training.errors import (
    DiskFull,
    NothingToLearn,
)
from training_loop.training.nlu_trainer import HEARD, nothing
from training_loop.training.project import NluProject
from training_loop.training.thresholds import NluThresholds, Thresholds
from training_loop.training.thresholds_trainer import (
    NluInService,
    ThresholdsTrainer,
    WakeOutcome,
)
from training_loop.training.trainer import TrainingProgress


def gold(marked: str, intent: str, *, item: str, speaker: str = "s1", heard: str = "") -> GoldItem:
    read = parse(marked)
    return GoldItem(
        ref=ItemRef(item=item, epoch=1),
        split=Split.TRAIN,
        speaker=speaker,
        text=read.text,
        intent=intent,
        entities=read.entities,
        heard=heard or read.text,
        group=Group(noise="quiet"),
    )


async def each(items: Iterable[GoldItem]) -> AsyncIterator[GoldItem]:
    for item in items:
        yield item


LEARNED = (
    ("zip your lips", "stop", "sip your lips"),
    ("run a clock of [two minutes](duration)", "set_timer", "ran a clock of two minutes"),
    ("the hour please", "ask_time", "the our please"),
    ("one two [an hour](duration)", "set_timer", "won two an hour"),
)


async def test_the_same_gold_and_seed_give_the_same_weights_in_every_bit(
    lap_project: NluProject, tmp_path: Path
) -> None:
    """Whatever the items are called, and in whatever order they come."""
    archives = []
    for run, order in (("a", 1), ("b", -1)):
        items = [
            gold(text, intent, item=f"{run}{number * order}", heard=heard)
            for number, (text, intent, heard) in enumerate(LEARNED)
        ]
        directory = tmp_path / run
        directory.mkdir()
        trainer = small_trainer(lap_project)
        told: list[TrainingProgress] = []
        prepared = await trainer.prepare(each(items[::order]), directory, seed=7)
        archives.append(await trainer.train(prepared, progress=told.append))
        assert prepared.counts["gold"] == 4
        assert prepared.items == tuple(sorted(item.ref for item in items))
        assert any(one.detail == "LinearUnderstanding" for one in told)
    one, other = archives
    assert one.read_bytes() == other.read_bytes(), "the archive itself, not only what is in it"
    assert b"sip" in content_of(one), "learns from what was heard, too"


async def test_too_little_to_learn_from_is_refused_in_words(
    lap_project: NluProject, tmp_path: Path
) -> None:
    root = tmp_path / "project"
    for name in ("nlu", "test"):
        (root / name).mkdir(parents=True)
    for name in ("config.yml", "domain.yml"):
        (root / name).write_bytes((lap_project.root / name).read_bytes())
    trainer = small_trainer(NluProject.at(root))
    same = [gold(f"hush {word}", "stop", item=word) for word in "abc"]
    torn = [gold("later", "stop", item="d"), gold("later", "ask_time", item="e")]
    for items in ([], same, torn):
        with pytest.raises(NothingToLearn, match="fewer than two intents"):
            await trainer.prepare(each(items), tmp_path, seed=1)


async def test_gold_that_contradicts_itself_is_left_out_and_counted(
    lap_project: NluProject, tmp_path: Path
) -> None:
    torn = [
        gold("later", "stop", item="d", speaker="a"),
        gold("later", "ask_time", item="e", speaker="b"),
    ]
    prepared = await small_trainer(lap_project).prepare(
        each([*torn, gold("hush", "stop", item="f")]), tmp_path, seed=1
    )
    assert prepared.counts["left_out_contradicting"] == 2
    assert [ref.item for ref in prepared.items] == ["f"]
    assert b"later" not in b"".join(p.read_bytes() for p in (tmp_path / "nlu").rglob("*.yml"))


async def test_a_disk_that_fills_up_while_rasa_writes_is_told(
    lap_project: NluProject, tmp_path: Path
) -> None:
    trainer = small_trainer(lap_project)
    prepared = await trainer.prepare(nothing(), tmp_path, seed=1)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "candidate.tar.gz").symlink_to("/dev/full")
    with pytest.raises(DiskFull):
        await trainer.train(prepared)


async def test_each_held_out_item_is_tried_as_it_was_said_and_as_it_was_heard(
    lap_project: NluProject, lap_model: Path, tmp_path: Path
) -> None:
    items = [
        gold("set a timer for [ten minutes](duration)", "set_timer", item="x", heard="mumble"),
        gold("what time is it", "ask_time", item="y"),
    ]
    results = await small_trainer(lap_project).evaluate(lap_model, each(items), workspace=tmp_path)
    own = [one for one in results if not one.example.startswith("base-")]
    assert [one.example for one in own] == ["x", f"x{HEARD}", "y"]
    assert own[0].exact
    assert own[0].entities["duration"].right == 1
    assert own[1].entities == {}
    assert {one.group.noise for one in own} == {"quiet"}
    assert len(results) == 3 + 30


async def test_thresholds_are_chosen_for_the_model_in_service(
    lap_project: NluProject, lap_model: Path, tmp_path: Path
) -> None:
    items = [
        gold("set a timer for [ten minutes](duration)", "set_timer", item=f"i{number:02}")
        for number in range(60)
    ]
    model = NluInService(archive=lap_model, fingerprint=sha256_of(lap_model))
    woken = [replace(item, wake_score=0.95) for item in items[:40]]
    trainer = ThresholdsTrainer(
        nlu=small_trainer(lap_project),
        model=model,
        wake=[WakeOutcome(score=0.75, said=False)] * 20,
    )
    with pytest.raises(NothingToLearn):
        await trainer.prepare(nothing(), tmp_path, seed=1)
    prepared = await trainer.prepare(each([*woken, *items[40:]]), tmp_path, seed=1)
    package = await trainer.train(prepared)
    chosen = Thresholds.read(package)
    assert chosen.nlu_model == model.fingerprint
    assert chosen.outcomes == {"nlu": 60, "endpoint": 0, "wake": 60}
    assert 0.75 < chosen.wake_accept_from <= 0.95
    assert chosen.trailing_silence_ms == 700
    results = await trainer.evaluate(package, each(items[:1]), workspace=tmp_path)
    assert results[-1].right
    assert results[-1].confidence > 0.9
    foreign = tmp_path / "foreign.json"
    replace(chosen, nlu_model="", nlu=NluThresholds(offset=-30.0)).write(foreign)
    results = await trainer.evaluate(foreign, each(items[:1]), workspace=tmp_path)
    assert results[-1].given, "what is for another model leaves this one alone"
