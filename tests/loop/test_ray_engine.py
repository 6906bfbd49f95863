"""Trainers on a Ray cluster: the same models, nothing left there, and nothing told."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from assistant.asr.models import EMBEDDED_MODEL
from tests.fixtures.hearing import request
from tests.fixtures.language_model import gold, streamed
from tests.fixtures.ray_cluster import RayCluster, nobody
from tests.loop.test_trainers_nlu import LEARNED, each
from tests.loop.test_trainers_nlu import gold as gold_of
from tests.loop.trainer_work import SAID
from training_loop.datasets.gold import UNKNOWN
from training_loop.errors import InvalidArgument
from training_loop.training.each_item import put_item, run_each
from training_loop.training.engine import (
    LOCAL_ENGINE,
    Engine,
    EngineMissing,
    EngineUnavailable,
    engine_for,
)
from training_loop.training.errors import DiskFull, OverLimit, TrainerKilled, TrainingFailed
from training_loop.training.language_model.trainer import LanguageModelTrainer
from training_loop.training.limited_process import Limits
from training_loop.training.nlu_trainer import NluTrainer
from training_loop.training.project import NluProject
from training_loop.training.rasa_command import RasaCommand
from training_loop.training.ray_engine import RayEngine
from training_loop.training.sound_features import bands_of, grouped
from training_loop.training.trainer import TrainingProgress
from training_loop.training.trainer_log import TrainerLog, following
from training_loop.training.trainer_process import run_work
from training_loop.training.workspace import workspace

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.timeout(600)
"""A cluster on a loaded machine takes its time."""


@pytest.fixture
def engine(ray_cluster: RayCluster) -> Engine:
    return engine_for("ray", ray_cluster.address)


def work(name: str) -> str:
    return f"tests.loop.trainer_work:{name}"


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


async def test_work_on_a_cluster_is_that_of_this_machine_and_says_no_more(
    engine: Engine, ray_cluster: RayCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARMARK_MASTER_KEY", "secret")
    beside = tmp_path / "beside" / "texts.txt"
    beside.parent.mkdir()
    beside.write_text(SAID)
    results = []
    for one in (engine, LOCAL_ENGINE):
        with workspace(tmp_path / "work") as directory:
            (directory / "old").write_text(SAID)
            told: list[TrainingProgress] = []
            outcome = await run_work(
                work("copy"),
                {"beside": str(beside), "room": str(directory), "kept": str(tmp_path / "kept")},
                workspace=directory,
                seed=7,
                reads=(beside,),
                adds_to=(tmp_path / "kept",),
                progress=told.append,
                engine=one,
            )
            changed = {
                path.relative_to(directory).as_posix(): path.read_bytes()
                for path in directory.rglob("*")
                if path.is_file() and path.name != "lock"
            }
            assert outcome.result["master_key"] == ""
            results.append((outcome.result["drawn"], changed, [(t.done, t.detail) for t in told]))
    assert results[0] == results[1]
    assert set(results[0][1]) == {"copy/of.txt"}, "what is removed there is removed here"
    assert (tmp_path / "kept" / "times.txt").read_text() == "11"
    assert ray_cluster.left() == []
    written = ray_cluster.written()
    assert "TrainingRoom" in written, "its logs are looked into"
    assert SAID not in written


async def test_the_log_of_what_failed_there_is_the_one_it_would_be_here(
    engine: Engine, tmp_path: Path
) -> None:
    log = TrainerLog.begin(tmp_path / "logs", "nlu")
    with pytest.raises(TrainingFailed), following(log):
        await run_work(work("gossip"), {}, workspace=tmp_path, seed=7, engine=engine)
    text = log.path.read_text()
    assert "#1 tests.loop.trainer_work:gossip begins by RayEngine" in text
    assert " in gossip\n" in text.partition("ValueError, passed through\n")[2]
    assert "#1 ended: exit 1\n" in text
    assert "s of processor time, " in text.partition("#1 used ")[2]
    assert "lips" not in text


async def test_a_failure_there_is_the_failure_it_would_be_here(
    engine: Engine, ray_cluster: RayCluster, tmp_path: Path
) -> None:
    told: list[TrainingProgress] = []

    async def fails(name: str, limits: Limits) -> BaseException:
        directory = tmp_path / name
        directory.mkdir()
        with pytest.raises(TrainingFailed) as raised:
            await run_work(
                work(name),
                {},
                workspace=directory,
                seed=1,
                limits=limits,
                progress=told.append,
                engine=engine,
            )
        return raised.value

    gossiped, burned, filled = await asyncio.gather(
        fails("gossip", Limits()), fails("burn", Limits(within_s=1.0)), fails("fill", Limits())
    )
    assert "ValueError at trainer_work.py" in str(gossiped)
    assert SAID not in repr(gossiped)
    assert told == []
    assert isinstance(burned, OverLimit)
    assert isinstance(filled, DiskFull)
    assert ray_cluster.left() == []


async def until_half(engine: Engine, directory: Path, half: asyncio.Event) -> None:
    def tell(told: TrainingProgress) -> None:
        if told.done == 0.5:
            half.set()

    pids = str(directory / "pids")
    arguments = {"pids": pids, "said": SAID}
    await run_work(
        work("linger"), arguments, workspace=directory, seed=1, progress=tell, engine=engine
    )


async def lingering(ray_cluster: RayCluster, half: asyncio.Event) -> list[psutil.Process]:
    """The processes of the trainer, as soon as it is half done."""
    async with asyncio.timeout(120):
        await half.wait()
    (pids,) = (ray_cluster.state / "training").rglob("pids")
    return [psutil.Process(int(pid)) for pid in pids.read_text().split()]


async def test_cancelled_here_everything_there_has_ended_and_is_removed(
    engine: Engine, ray_cluster: RayCluster, tmp_path: Path
) -> None:
    half = asyncio.Event()
    running = asyncio.create_task(until_half(engine, tmp_path, half))
    trainers = await lingering(ray_cluster, half)
    assert ray_cluster.left()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert ray_cluster.left() == []
    await nobody(trainers, ray_cluster)


async def test_a_killed_worker_is_told_and_leaves_nothing(
    engine: Engine, ray_cluster: RayCluster, tmp_path: Path
) -> None:
    half = asyncio.Event()
    running = asyncio.create_task(until_half(engine, tmp_path, half))
    trainers = await lingering(ray_cluster, half)
    (worker,) = ray_cluster.workers()
    guards = ray_cluster.guards()
    assert len(guards) == 1
    worker.kill()
    with pytest.raises(TrainerKilled, match="worker that trained was ended"):
        await running
    await nobody([*trainers, *guards], ray_cluster)


async def test_when_whoever_asked_is_killed_the_cluster_ends_the_work_and_forgets_it(
    ray_cluster: RayCluster, tmp_path: Path
) -> None:
    script = (
        "import asyncio, sys; from tests.loop.test_ray_engine import asked; asked(*sys.argv[1:])"
    )
    asking = subprocess.Popen(  # noqa: ASYNC220 - another process of this product, not a tool
        [sys.executable, "-c", script, ray_cluster.address, str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert asking.stdout is not None
    assert await asyncio.to_thread(asking.stdout.readline) == b"half\n"
    half = asyncio.Event()
    half.set()
    trainers = await lingering(ray_cluster, half)
    (worker,) = ray_cluster.workers()
    guards = ray_cluster.guards()
    asking.send_signal(signal.SIGKILL)
    asking.wait()
    asking.stdout.close()
    await nobody([*trainers, *guards, worker], ray_cluster)


def asked(address: str, directory: str) -> None:
    """Says "half" when a trainer on the cluster is half done, and waits for its own end."""

    async def run() -> None:
        half = asyncio.Event()
        running = asyncio.create_task(until_half(engine_for("ray", address), Path(directory), half))
        await half.wait()
        print("half", flush=True)
        await running

    asyncio.run(run())


async def test_nlu_models_from_a_cluster_are_equal_in_every_bit(
    engine: Engine, ray_cluster: RayCluster, lap_project: NluProject, tmp_path: Path
) -> None:
    items = [
        gold_of(text, intent, item=f"{number}", heard=heard)
        for number, (text, intent, heard) in enumerate(LEARNED)
    ]

    async def made(name: str, where: Engine) -> tuple[bytes, list[tuple[str, str, float]]]:
        directory, beside = tmp_path / name, tmp_path / f"{name}-beside"
        directory.mkdir()
        beside.mkdir()
        trainer = NluTrainer(project=lap_project, rasa=RasaCommand.locate(), engine=where)
        told: list[TrainingProgress] = []
        prepared = await trainer.prepare(each(items), directory, seed=7)
        archive = await trainer.train(prepared, progress=told.append)
        assert any(step.detail == "LinearUnderstanding" for step in told)
        found = await trainer.evaluate(archive, each(items), workspace=beside)
        results = [(one.example, one.given, one.confidence) for one in found]
        return archive.read_bytes(), results

    here, there = await asyncio.gather(made("here", LOCAL_ENGINE), made("there", engine))
    assert here == there
    assert ray_cluster.left() == []
    assert [p for p in psutil.process_iter() if _quotes(p)] == []


async def test_clips_are_heard_on_a_cluster_as_they_are_here(
    engine: Engine, ray_cluster: RayCluster, spoken_project: NluProject, tmp_path: Path
) -> None:
    """By Ray Data: in their order, with a model that each worker loads once."""
    texts = ["turn on the lights in the kitchen", "what time is it", "set a timer for ten minutes"]
    clips = [request(text) for text in texts]
    items = gold([(text, "") for text in (*texts, "stop")], pcm=[*clips, clips[0]])
    heard = []
    for one in (LOCAL_ENGINE, engine):
        trainer = LanguageModelTrainer(
            base=EMBEDDED_MODEL, project=spoken_project, cache=tmp_path / "cache", engine=one
        )
        told: list[TrainingProgress] = []
        results = await trainer.evaluate(
            EMBEDDED_MODEL, streamed(items), workspace=tmp_path, progress=told.append
        )
        heard.append([(found.example, found.words, found.word_errors) for found in results])
        assert told[-1].done == 1.0
    here, there = heard
    assert here == there
    assert [errors for _, _, errors in here][:3] == [0, 0, 0]
    assert here[3][2] > 0
    assert not list((tmp_path / "lm").rglob("*.item"))
    await nobody(ray_cluster.guards(), ray_cluster)


async def test_sound_is_heard_clip_by_clip_on_a_cluster_as_it_is_here(
    ray_cluster: RayCluster, tmp_path: Path
) -> None:
    items = gold([("stop", "")] * 3, pcm=[request("stop"), b"", request("what time is it")])
    there = RayEngine(ray_cluster.address, spreads_from_s=0.0)
    nowhere = engine_for("ray", "127.0.0.1:1")
    found = []
    for engine in (LOCAL_ENGINE, there, nowhere):  # so small a work never asks for a cluster
        bands = await bands_of(streamed(items), tmp_path, engine=engine)
        assert not await asyncio.to_thread((tmp_path / "clips").exists)
        found.append([one.group async for one in grouped(streamed(items), bands)])
    assert found[0] == found[1] == found[2]
    said, silent, _ = found[0]
    assert UNKNOWN not in (said.noise, said.pitch)
    assert (silent.noise, silent.pitch) == (UNKNOWN, UNKNOWN)
    assert ray_cluster.left() == []


async def test_an_item_that_wants_more_memory_than_it_may_have_fails_there_as_here(
    engine: Engine, ray_cluster: RayCluster, tmp_path: Path
) -> None:
    limits = Limits(memory_bytes=1 << 30)
    for name, where in (("here", LOCAL_ENGINE), ("there", engine)):
        room = tmp_path / name
        (room / "items").mkdir(parents=True)
        put_item(room / "items", 0, b"devour")
        with pytest.raises(OverLimit, match="more memory than it may have"):
            await run_each(
                work("EachOf"), {}, room / "items", workspace=room, limits=limits, engine=where
            )
    await nobody(ray_cluster.guards(), ray_cluster)
    assert SAID not in ray_cluster.written()


async def test_what_no_machine_of_the_cluster_has_memory_for_is_refused_at_once(
    engine: Engine, tmp_path: Path
) -> None:
    limits = Limits(keeps_bytes=1 << 50)
    with pytest.raises(EngineUnavailable, match="No machine of the cluster has"):
        await run_work(work("draw"), {}, workspace=tmp_path, seed=1, limits=limits, engine=engine)


def _quotes(process: psutil.Process) -> bool:
    try:
        return SAID in " ".join(process.cmdline())
    except psutil.Error:
        return False


async def test_a_cluster_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="Ray cannot be reached"):
        await run_work(
            work("draw"), {}, workspace=tmp_path, seed=1, engine=engine_for("ray", "127.0.0.1:1")
        )


def test_small_work_stays_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    assert engine_for() is LOCAL_ENGINE
    with pytest.raises(InvalidArgument):
        engine_for("local", "somewhere:1")
    with pytest.raises(InvalidArgument):
        engine_for("steam")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(EngineMissing):
        engine_for("ray")
    code = (
        "import sys, training_loop.cli, training_loop.training.ray_engine\n"
        "assert not [name for name in sys.modules if name.split('.')[0] == 'ray']"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
