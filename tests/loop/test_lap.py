"""One lap of learning with the real Rasa: what consenting people taught is understood after it."""

from __future__ import annotations

import asyncio
import tarfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.fixtures.lap import lap_of
from tests.fixtures.store import an_utterance, consenting_account, opt_out, say
from tests.fixtures.training import small_trainer
from training_loop.datasets.errors import DatasetEmpty
from training_loop.lap.lap import LapRunner, TooFewItems
from training_loop.lap.outcome import ModelOutcome, Result
from training_loop.lap.plan import LapPlan
from training_loop.lap.stage import Stage, Step
from training_loop.loop import Loop
from training_loop.queue.review import Review
from training_loop.registry.errors import ModelRefused
from training_loop.registry.registry import ModelRegistry, ModelState
from training_loop.review.annotation import parse
from training_loop.training.errors import TrainerKilled, TrainingUnderWay
from training_loop.training.evaluation import Evaluation, evaluation_of
from training_loop.training.nlu_trainer import nothing
from training_loop.training.project import NluProject
from training_loop.training.rooms import open_registry
from training_loop.training.trainer import ModelKind
from training_loop.training.workspace import workspace

TAUGHT = ("zip your lips robot", "stop")
NEVER_TAUGHT = ("start the sundial gazing for me", "ask_time")


NLU = LapPlan(kinds=(ModelKind.NLU,))


@pytest.fixture
def registry(loop: Loop) -> ModelRegistry:
    return open_registry(loop.settings.state, loop.store)


@pytest.fixture
async def lap(
    loop: Loop, registry: ModelRegistry, lap_project: NluProject, lap_model: Path
) -> LapRunner:
    """A lap over the small project, whose base model serves."""
    await registry.ensure_base(lap_model)
    return lap_of(loop, lap_project)


async def one(lap: LapRunner, **more: Any) -> ModelOutcome:
    """A lap of the language understanding, and what came of that."""
    (model,) = (await lap.run(NLU, **more)).models
    return model


async def teach(loop: Loop, truths: Iterable[tuple[str, str, str]]) -> int:
    """Utterances of accounts, heard wrong, and reviews that know text and intent of each; how many
    were reviewed."""
    known = {}
    for account, marked, intent in truths:
        text = parse(marked).text
        heard = an_utterance(account, heard=text[1:])
        await say(loop, account, replace(heard, intent="", entities=()))
        known[heard.utterance_id] = (marked, intent)
    reviewed = 0
    while lease := await loop.queue.lease("reviewer-1"):
        marked, intent = known[lease.item]
        truth = parse(marked)
        await loop.queue.ack(
            lease,
            Review(text=truth.text, intent=intent, entities=truth.entities, reviewer="reviewer-1"),
        )
        reviewed += 1
    return reviewed


async def understanding(
    archive: Path, phrases: Iterable[tuple[str, str]], project: NluProject, tmp_path: Path
) -> Evaluation:
    """How the model does on phrases of ours, as Rasa measures it."""
    root = tmp_path / "phrases"
    for part in ("nlu", "test"):
        (root / part).mkdir(parents=True, exist_ok=True)
    for name in ("config.yml", "domain.yml"):
        (root / name).write_bytes((project.root / name).read_bytes())
    rows = [f"- intent: {intent}\n  examples: |\n    - {text}\n" for text, intent in phrases]
    (root / "test" / "held_out.yml").write_text('version: "3.1"\nnlu:\n' + "".join(rows))
    trainer = small_trainer(NluProject.at(root))
    with workspace(tmp_path / "phrase_work") as directory:
        return evaluation_of(await trainer.evaluate(archive, nothing(), workspace=directory))


def content_of(archive: Path) -> bytes:
    with tarfile.open(archive) as members:
        files = [members.extractfile(member) for member in members if member.isfile()]
        return b"".join(file.read() for file in files if file is not None)


async def test_a_lap_learns_from_those_who_consent_and_from_nobody_else(
    lap: LapRunner,
    loop: Loop,
    registry: ModelRegistry,
    lap_project: NluProject,
    lap_model: Path,
    tmp_path: Path,
) -> None:
    willing, regretting = await consenting_account(loop), await consenting_account(loop)
    spoken = [(willing, *TAUGHT), (willing, "zip your lips now", "stop")]
    spoken += [(regretting, *NEVER_TAUGHT), (regretting, "sundial gazing please", "ask_time")]
    reviewed = await teach(loop, spoken)
    assert reviewed == 4
    forgotten = {item.item async for item in loop.queue.reviewed() if item.account == regretting}
    await opt_out(loop, regretting)

    done = await one(lap)

    assert done.result is Result.RELEASED, done.reasons
    assert done.released is not None
    serving = await registry.serving()
    assert serving.model == done.model == done.released.model.model
    manifest = registry.manifest(done.model)
    assert len(manifest.items) == done.items == 2
    assert forgotten
    assert not forgotten & {ref.item for ref in manifest.items}
    learned = content_of(serving.path)
    assert b"zip" in learned
    assert b"sundial" not in learned
    assert (await loop.rights.counts(willing))["models"] == 1

    phrases = (TAUGHT, NEVER_TAUGHT)
    before = await understanding(lap_model, phrases, lap_project, tmp_path)
    after = await understanding(serving.path, phrases, lap_project, tmp_path)
    assert before.intents["stop"].recall == 0
    assert after.intents["stop"].recall == 1
    assert after.intents["ask_time"].recall == 0
    assert workspaces(loop) == [], "what people said lies nowhere afterwards"

    await opt_out(loop, willing)
    records = await registry.models(await registry.consented())
    assert [record.state for record in records if record.serving] == [ModelState.TAINTED]

    with pytest.raises(DatasetEmpty, match=f"No longer in service: {done.model}"):
        await lap.run(NLU)
    assert (await registry.serving()).model != done.model
    assert not registry.archive(done.model).exists(), "nothing of what was withdrawn is left"


async def test_poisoned_labels_are_refused_and_nothing_changes(
    lap: LapRunner, loop: Loop, registry: ModelRegistry
) -> None:
    account = await consenting_account(loop)
    lies = [
        *("what time is it", "tell me the time", "what is the time now", "time please"),
        *("do you know the time", "what time is it now", "tell me what time it is"),
        *("the time please", "do you know what time it is", "time now please"),
    ]
    await teach(loop, [(account, text, "stop") for text in lies])
    before = await registry.pointer.read()

    done = await one(lap)

    assert done.result is Result.REFUSED
    assert done.released is None
    assert any("Intent accuracy fell" in reason for reason in done.reasons)
    assert any("ask_time is clearly worse" in reason for reason in done.reasons)
    assert await registry.pointer.read() == before
    with pytest.raises(ModelRefused):
        await registry.promote(done.model, await registry.consented())


async def test_a_cancelled_training_ends_rasa_and_leaves_nothing(
    lap: LapRunner, loop: Loop
) -> None:
    account = await consenting_account(loop)
    await teach(loop, [(account, *TAUGHT)])
    training = asyncio.Event()

    def progress(step: Step) -> None:
        if step.stage is Stage.TRAINING and step.detail:
            training.set()

    before = set(psutil.Process().children(recursive=True))
    task = asyncio.create_task(lap.run(NLU, progress=progress))
    async with asyncio.timeout(60):
        await training.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert workspaces(loop) == []
    assert not set(psutil.Process().children(recursive=True)) - before


async def test_too_little_was_reviewed(lap: LapRunner, loop: Loop) -> None:
    with pytest.raises(DatasetEmpty):
        await lap.run(NLU)
    await teach(loop, [(await consenting_account(loop), *TAUGHT)])
    with pytest.raises(TooFewItems):
        await lap.run(replace(NLU, min_items=2))


async def test_an_opt_out_while_it_trains_keeps_the_model_from_ever_serving(
    lap: LapRunner, loop: Loop, registry: ModelRegistry
) -> None:
    staying, leaving = await consenting_account(loop), await consenting_account(loop)
    await teach(loop, [(staying, *TAUGHT), (leaving, "zip your lips now", "stop")])
    before = await registry.pointer.read()
    left: list[asyncio.Task[None]] = []

    def progress(step: Step) -> None:
        if step.stage is Stage.TRAINING and step.detail and not left:
            left.append(asyncio.create_task(opt_out(loop, leaving)))

    done = await one(lap, progress=progress)

    await left[0]
    assert done.result is Result.WITHDRAWN
    assert done.reasons == ("1 of its 2 utterances were withdrawn while it was trained.",)
    assert await registry.pointer.read() == before
    assert [one.model for one in await registry.summaries()] == [before.model]
    assert workspaces(loop) == []


async def test_an_opt_out_while_it_is_judged_keeps_the_model_from_ever_serving(
    lap: LapRunner, loop: Loop, registry: ModelRegistry
) -> None:
    staying, leaving = await consenting_account(loop), await consenting_account(loop)
    await teach(loop, [(staying, *TAUGHT), (leaving, "zip your lips now", "stop")])
    before = await registry.pointer.read()
    left: list[asyncio.Task[None]] = []

    def progress(step: Step) -> None:
        if step.stage is Stage.EVALUATING and not left:
            left.append(asyncio.create_task(opt_out(loop, leaving)))

    done = await one(lap, progress=progress)

    await left[0]
    assert done.result is Result.WITHDRAWN
    assert await registry.pointer.read() == before
    with pytest.raises(ModelRefused, match="This model was refused"):
        await registry.promote(done.model, set(registry.manifest(done.model).items))
    assert not registry.archive(done.model).exists()


async def test_one_lap_at_a_time_and_a_killed_trainer_leaves_nothing(
    lap: LapRunner, loop: Loop, registry: ModelRegistry
) -> None:
    await teach(loop, [(await consenting_account(loop), *TAUGHT)])
    before = await registry.pointer.read()
    training = asyncio.Event()

    def progress(step: Step) -> None:
        if step.stage is Stage.TRAINING and step.detail:
            training.set()

    running = asyncio.create_task(one(lap, progress=progress))
    async with asyncio.timeout(60):
        await training.wait()
    with pytest.raises(TrainingUnderWay):
        await lap.run(NLU)
    for child in psutil.Process().children(recursive=True):
        if "train" in child.cmdline():
            child.kill()
    done = await running
    assert done.result is Result.FAILED
    assert isinstance(done.failure, TrainerKilled)
    assert "SIGKILL" in done.reasons[0]
    assert workspaces(loop) == []
    assert await registry.pointer.read() == before


def workspaces(loop: Loop) -> list[Path]:
    return list(loop.settings.workspaces.glob("run-*"))
