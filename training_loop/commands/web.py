"""`training-loop web`: the pages for account holders and staff."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from training_loop.commands.session import failures_explained, out
from training_loop.web.serving import serve
from training_loop.web.settings import WebSettings


def web(
    server: Annotated[
        str, typer.Option(help="host:port of the assistant.", envvar="EARMARK_SERVER")
    ] = "127.0.0.1:50051",
    ca: Annotated[
        Path | None,
        typer.Option(help="PEM file of the certificate authority, to reach it with TLS."),
    ] = None,
    listen: Annotated[
        str, typer.Option(help="host:port to serve the pages on; port 0 takes a free one.")
    ] = "127.0.0.1:8080",
    tls_certificate: Annotated[Path | None, typer.Option(help="PEM file, for https.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="PEM file, for https.")] = None,
    public_origin: Annotated[
        str, typer.Option(help="What browsers see, where a proxy is in front: https://host.")
    ] = "",
) -> None:
    """Serve the pages: see, switch, hear and delete what is kept.

    They are a client of the assistant and hold nothing themselves. Without TLS they are served to
    this machine alone.
    """
    with failures_explained():
        settings = WebSettings(
            server=server,
            ca=ca,
            listen=listen,
            tls_certificate=tls_certificate,
            tls_key=tls_key,
            public_origin=public_origin,
        )
        asyncio.run(serve(settings, _ready))


def _ready(address: str) -> None:
    out.print(f"The pages are open at {address}", soft_wrap=True)
