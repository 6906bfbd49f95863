"""`python -m assistant.nlu.worker --socket PATH --model ARCHIVE`, started by `NluService`.

Serves until SIGTERM or until its standard input ends: the parent holds the other end of that
pipe, so the worker ends with its parent, however that ended. Exit code 3: the model was refused.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.nlu.lean import absent, quiet

if TYPE_CHECKING:
    from assistant.nlu.worker.model import LoadedModel

MODEL_REFUSED = 3
_GRACE_S = 2.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="assistant.nlu.worker")
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    options = parser.parse_args()
    quiet.settle()
    absent.install_for_serving()
    from assistant.nlu.worker.model import LoadedModel, ModelRefused

    logging.basicConfig(level=logging.WARNING, format="nlu worker: %(levelname)s %(message)s")
    try:
        model = LoadedModel(options.model)
    except ModelRefused as refused:
        sys.stderr.write(f"nlu worker: {refused}\n")
        sys.exit(MODEL_REFUSED)
    try:
        asyncio.run(_serve(model, options.socket))
    finally:
        options.socket.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            options.socket.parent.rmdir()


async def _serve(model: LoadedModel, socket: Path) -> None:
    import grpc
    from grpc_health.v1 import health, health_pb2, health_pb2_grpc

    from assistant.nlu.worker.service import MAX_WAITING, NluWorkerService
    from assistant.v1 import nlu_worker_pb2_grpc

    server = grpc.aio.server(
        options=[("grpc.max_receive_message_length", 64 * 1024)],
        maximum_concurrent_rpcs=MAX_WAITING,
    )
    nlu_worker_pb2_grpc.add_NluWorkerServicer_to_server(NluWorkerService(model), server)
    healthy = health.aio.HealthServicer()  # type: ignore[attr-defined]
    health_pb2_grpc.add_HealthServicer_to_server(healthy, server)
    server.add_insecure_port(f"unix:{socket}")
    await server.start()
    await healthy.set("", health_pb2.HealthCheckResponse.SERVING)
    await _until_told()
    await server.stop(_GRACE_S)


async def _until_told() -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, told.set)
    # A terminal's interrupt reaches the whole group; the parent decides when this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.set_blocking(sys.stdin.fileno(), False)

    def read() -> None:
        if not os.read(sys.stdin.fileno(), 1024):
            loop.remove_reader(sys.stdin.fileno())
            told.set()

    loop.add_reader(sys.stdin.fileno(), read)
    await told.wait()


if __name__ == "__main__":
    main()
