"""A stock Rasa server behind the same port as the worker."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.errors import BadRequest, InterpreterUnavailable
from assistant.home import Home
from assistant.nlu.rasa_http_interpreter import RasaHttpInterpreter
from assistant.nlu.serving import NluService
from assistant.setup import rasa_command
from tests.fixtures.nlu import eventually


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture(scope="module")
def stock_server(
    home: Home, base_nlu_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """The URL of `rasa run --enable-api` with the project's model, and its log."""
    port = free_port()
    directory = tmp_path_factory.mktemp("stock")
    with (directory / "log").open("wb") as log:
        server = subprocess.Popen(
            [
                *(rasa_command(home), "run", "--enable-api", "--model", str(base_nlu_model)),
                *("--port", str(port), "--interface", "127.0.0.1"),
            ],
            cwd=directory,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield f"http://127.0.0.1:{port}", directory / "log"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=60)


async def test_a_stock_server_is_understood_as_the_worker_is(
    stock_server: tuple[str, Path], nlu_service: NluService
) -> None:
    url, log = stock_server
    stock = RasaHttpInterpreter(url)
    try:
        await eventually(stock.healthy, within_s=90)
        for text in ("set a timer for ten minutes", "/delete_today", "turn on the kitchen light"):
            here, there = await nlu_service.interpret(text), await stock.interpret(text)
            assert here.text == there.text
            assert here.intent == there.intent
            assert here.confidence == pytest.approx(there.confidence, abs=1e-5)
            assert [(e.name, e.role, e.value) for e in here.entities] == [
                (e.name, e.role, e.value) for e in there.entities
            ]
        with pytest.raises(BadRequest):
            await stock.interpret("a\x00b")
        assert "kitchen" not in log.read_text()
    finally:
        await stock.close()


async def test_a_server_that_is_away_is_an_expected_failure() -> None:
    stock = RasaHttpInterpreter(f"http://127.0.0.1:{free_port()}")
    try:
        assert not await stock.healthy()
        with pytest.raises(InterpreterUnavailable):
            await stock.interpret("what time is it")
    finally:
        await stock.close()


async def test_something_else_at_that_address_is_an_expected_failure() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        stock = RasaHttpInterpreter(f"http://127.0.0.1:{port}")
        with pytest.raises(InterpreterUnavailable):
            await stock.interpret("what time is it")
        await stock.close()
