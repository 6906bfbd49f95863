"""A parse through our worker against a stock `rasa run` server with the same model.

    python -m benchmarks.nlu_latency [--requests 2000] [--clients 8] [--own-components]

Both are started here and asked in turns, the rounds alternating: one caller after another for the
latency, then `--clients` callers at once for the rate. Also what a request costs the server's
processor, and the memory of both processes. `--own-components` adds a stock server with a model of
Rasa's own light components, trained first on the same examples (minutes).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import typer
import yaml

from assistant.home import Home
from assistant.nlu.interpreter import Interpreter
from assistant.nlu.rasa_http_interpreter import RasaHttpInterpreter
from assistant.nlu.serving import NluService
from assistant.setup import rasa_command
from assistant.setup.base_model import NLU_PROJECT, train_nlu
from benchmarks import report
from training_loop.review.annotation import parse

START_WITHIN_S = 120.0
ROUNDS = 4
STOCK_PIPELINE = """\
recipe: default.v1
assistant_id: stock
language: en
pipeline:
  - name: WhitespaceTokenizer
  - name: RegexFeaturizer
  - name: LexicalSyntacticFeaturizer
  - name: CountVectorsFeaturizer
  - name: CountVectorsFeaturizer
    analyzer: char_wb
    min_ngram: 1
    max_ngram: 4
  - name: LogisticRegressionClassifier
  - name: CRFEntityExtractor
  - name: EntitySynonymMapper
  - name: FallbackClassifier
    threshold: 0.3
policies: null
"""


@dataclass(slots=True, kw_only=True)
class Measured:
    """One way to reach the model, and what was seen of it so far."""

    name: str
    interpreter: Interpreter
    pid: int
    latencies_ms: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    """What a request costs the server, one value a round."""

    def row(self) -> report.Row:
        cuts = statistics.quantiles(self.latencies_ms, n=100)
        return {
            "way": self.name,
            "p50 ms": statistics.median(self.latencies_ms),
            "p99 ms": cuts[98],
            "requests/s": statistics.median(self.rates),
            "server CPU ms": statistics.median(self.cpu_ms),
            "memory MB": psutil.Process(self.pid).memory_info().rss / 1e6,
        }


def main(requests: int = 2000, clients: int = 8, own_components: bool = False) -> None:
    home = Home.from_environment()
    models = {"stock rasa run": home.base_nlu_model}
    with tempfile.TemporaryDirectory() as scratch:
        if own_components:
            models["stock rasa run, Rasa's components"] = train_stock(home, Path(scratch))
        asyncio.run(measure(home, models, requests, clients))


async def measure(home: Home, models: dict[str, Path], requests: int, clients: int) -> None:
    """Writes one row each, and the ratios of their rates."""
    texts = held_out_texts()
    async with AsyncExitStack() as stack:
        ours = await stack.enter_async_context(worker(home))
        stock = [
            await stack.enter_async_context(stock_server(home, name, model))
            for name, model in models.items()
        ]
        for way in (ours, *stock):
            await ask(way.interpreter, texts[:50])  # warm
        for _ in range(ROUNDS):
            for way in (ours, *stock):
                await one_round(way, cycled(texts, requests // ROUNDS), clients)
        rows = [way.row() for way in (ours, *stock)]
    rate = statistics.median(ours.rates)
    ratios = {f"rate, ours / {way.name}": rate / statistics.median(way.rates) for way in stock}
    report.write("nlu_latency", ratios, rows=rows, title="One parse")


def train_stock(home: Home, scratch: Path) -> Path:
    """A model of the project's examples with Rasa's own components."""
    project = scratch / "project"
    shutil.copytree(NLU_PROJECT, project)
    (project / "config.yml").write_text(STOCK_PIPELINE)
    model = scratch / "stock.tar.gz"
    train_nlu(rasa_command(home), project, model)
    return model


async def one_round(way: Measured, texts: list[str], clients: int) -> None:
    """First one caller, then many."""
    process = psutil.Process(way.pid)
    way.latencies_ms += await ask(way.interpreter, texts)
    started, before = time.perf_counter(), process.cpu_times()
    await asyncio.gather(*(ask(way.interpreter, texts[n::clients]) for n in range(clients)))
    way.rates.append(len(texts) / (time.perf_counter() - started))
    after = process.cpu_times()
    spent_s = after.user + after.system - before.user - before.system
    way.cpu_ms.append(1000 * spent_s / len(texts))


async def ask(interpreter: Interpreter, texts: Iterable[str]) -> list[float]:
    """One after another; the milliseconds each took."""
    taken: list[float] = []
    for text in texts:
        started = time.perf_counter()
        await interpreter.interpret(text)
        taken.append(1000 * (time.perf_counter() - started))
    return taken


@asynccontextmanager
async def worker(home: Home) -> AsyncIterator[Measured]:
    service = NluService(home, deadline_s=30.0)
    await service.start(home.base_nlu_model)
    (process,) = (
        child for child in psutil.Process().children() if "assistant.nlu.worker" in child.cmdline()
    )
    try:
        yield Measured(name="our worker", interpreter=service, pid=process.pid)
    finally:
        await service.close()


@asynccontextmanager
async def stock_server(home: Home, name: str, model: Path) -> AsyncIterator[Measured]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with tempfile.TemporaryDirectory() as directory:
        server = await asyncio.create_subprocess_exec(
            *(rasa_command(home), "run", "--enable-api", "--model", str(model)),
            *("--port", str(port), "--interface", "127.0.0.1"),
            cwd=directory,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        stock = RasaHttpInterpreter(f"http://127.0.0.1:{port}", deadline_s=30.0)
        try:
            async with asyncio.timeout(START_WITHIN_S):
                while not await stock.healthy():  # noqa: ASYNC110 - another process
                    await asyncio.sleep(0.2)
            yield Measured(name=name, interpreter=stock, pid=server.pid)
        finally:
            await stock.close()
            os.killpg(server.pid, signal.SIGTERM)
            await server.wait()


def held_out_texts() -> list[str]:
    """The project's held-out utterances, without their annotations."""
    return [
        parse(line.removeprefix("- ")).text
        for path in sorted(Path(NLU_PROJECT / "test").glob("*.yml"))
        for group in yaml.safe_load(path.read_text())["nlu"]
        if "intent" in group
        for line in group["examples"].splitlines()
        if line.strip()
    ]


def cycled(texts: list[str], count: int) -> list[str]:
    return [texts[index % len(texts)] for index in range(count)]


if __name__ == "__main__":
    typer.run(main)
