"""Serves the pages until told to stop."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn

from training_loop.errors import TrainingLoopError
from training_loop.web.app import create_app
from training_loop.web.backend import Backend, open_channel
from training_loop.web.settings import WebSettings

_MOST_CONNECTIONS = 512
_LARGEST_HEADERS = 32 * 1024
_KEEP_ALIVE_S = 15
_STOP_WITHIN_S = 5


class AddressTaken(TrainingLoopError):
    code = "ADDRESS_TAKEN"
    hint = "Another process listens there, or the address is not this machine's: use --listen."


async def serve(settings: WebSettings, ready: Callable[[str], None]) -> None:
    """Calls `ready` with the pages' address once they can be opened; ends on SIGINT or SIGTERM.

    Raises AddressTaken, and InvalidArgument for a file that cannot be read.
    """
    host, _ = settings.listen_address
    listening = _listen(settings)
    with listening:
        port = listening.getsockname()[1]
        origins = settings.origins(port)
        shown = next((one for one in origins if host in one), min(origins))
        backend = Backend(open_channel(settings.server, settings.ca))
        config = uvicorn.Config(
            create_app(backend, origins),
            access_log=False,  # addresses name utterances
            log_level="warning",
            server_header=False,
            proxy_headers=False,
            limit_concurrency=_MOST_CONNECTIONS,
            h11_max_incomplete_event_size=_LARGEST_HEADERS,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_STOP_WITHIN_S,
            ssl_certfile=settings.tls_certificate,
            ssl_keyfile=settings.tls_key,
            http="h11",
            ws="none",
        )
        listening.listen()
        ready(f"{shown}/")
        await uvicorn.Server(config).serve(sockets=[listening])


def _listen(settings: WebSettings) -> socket.socket:
    host, port = settings.listen_address
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        raise AddressTaken(f"Cannot listen on {host}:{port}.") from error
    return listening
