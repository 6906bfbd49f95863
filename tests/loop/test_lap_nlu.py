"""One lap of learning with the real Rasa: what consenting people taught is understood after it."""

from __future__ import annotations

import asyncio
import tarfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.fixtures.store import an_utterance, consenting_account, opt_out, say
from tests.fixtures.training import small_trainer
from training_loop.loop import Loop
from training_loop.queue.review import Review
from training_loop.registry.errors import ModelRefused
from training_loop.registry.registry import ModelRegistry, ModelState
from training_loop.review.annotation import parse
from training_loop.training.evaluation import Evaluation, evaluation_of
from training_loop.training.lap import LapRunner, Stage, TooFewItems
from training_loop.training.nlu_trainer import nothing
from training_loop.training.project import NluProject
from training_loop.training.workspace import workspace

TAUGHT = ("zip your lips robot", "stop")
NEVER_TAUGHT = ("start the sundial gazing for me", "ask_time")


@pytest.fixture
async def lap(loop: Loop, lap_project: NluProject, lap_model: Path, tmp_path: Path) -> LapRunner:
    """A lap over the small project, whose base model serves."""
    registry = ModelRegistry(tmp_path / "registry", loop.store)
    await registry.ensure_base(lap_model)
    return LapRunner(
        queue=loop.queue,
        registry=registry,
        trainer=small_trainer(lap_project),
        work=tmp_path / "work",
    )


@pytest.fixture
def registry(loop: Loop, tmp_path: Path) -> ModelRegistry:
    return ModelRegistry(tmp_path / "registry", loop.store)


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

    done = await lap.run()

    assert done.verdict.passed, done.verdict.reasons
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
    assert list((tmp_path / "work").glob("run-*")) == [], "what people said lies nowhere afterwards"

    await opt_out(loop, willing)
    records = await registry.models(await lap.consented())
    assert [record.state for record in records if record.serving] == [ModelState.TAINTED]


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

    done = await lap.run()

    assert done.released is None
    assert any("Intent accuracy fell" in reason for reason in done.verdict.reasons)
    assert any("ask_time is clearly worse" in reason for reason in done.verdict.reasons)
    assert await registry.pointer.read() == before
    with pytest.raises(ModelRefused):
        await registry.promote(done.model, await lap.consented())


async def test_a_cancelled_training_ends_rasa_and_leaves_nothing(
    lap: LapRunner, loop: Loop, tmp_path: Path
) -> None:
    account = await consenting_account(loop)
    await teach(loop, [(account, *TAUGHT)])
    training = asyncio.Event()

    def progress(stage: Stage, component: str) -> None:
        if stage is Stage.TRAINING and component:
            training.set()

    before = set(psutil.Process().children(recursive=True))
    task = asyncio.create_task(lap.run(progress=progress))
    async with asyncio.timeout(60):
        await training.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list((tmp_path / "work").glob("run-*")) == []
    assert not set(psutil.Process().children(recursive=True)) - before


async def test_too_little_was_reviewed(lap: LapRunner) -> None:
    with pytest.raises(TooFewItems):
        await lap.run()
