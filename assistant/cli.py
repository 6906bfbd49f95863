"""The command `assistant`: set-up, the server, and its accounts."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from assistant.home import Home
from assistant.settings import ServerSettings, TlsFiles, from_environment
from training_loop.errors import EarmarkError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    rich_markup_mode="markdown",
    help="Answers real speech, and learns only from people who said yes.\n\n"
    "First `assistant setup`, then `assistant serve`; talk to it with `device-sim`.",
)
accounts_app = typer.Typer(no_args_is_help=True, help="The accounts of a running server.")
app.add_typer(accounts_app, name="accounts")

_AUDIT_LOG_BROKEN = 4
"""Exit code of a server that found the audit log broken while it ran."""

_ServedState = Annotated[
    Path | None,
    typer.Option(envvar="EARMARK_STATE", help="Where accounts, audio and models are kept."),
]

out = Console()
err = Console(stderr=True)


@app.command()
def setup() -> None:
    """Build what a server needs: Rasa's environment and the base model.

    Does nothing when everything is current. It all goes to $EARMARK_HOME.
    """
    from assistant.setup.steps import run_setup

    _run(lambda: run_setup(Home.from_environment(), out))


@app.command()
def serve(
    listen: Annotated[
        str, typer.Option(help="host:port; port 0 takes any free one.")
    ] = "127.0.0.1:50051",
    state: _ServedState = None,
    tls_certificate: Annotated[Path | None, typer.Option(help="PEM file.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="PEM file.")] = None,
    insecure: Annotated[
        bool, typer.Option(help="Serve beyond this machine without TLS, behind your own proxy.")
    ] = False,
    metrics_port: Annotated[
        int, typer.Option(help="Prometheus metrics on this port of the loopback; 0 for none.")
    ] = 0,
    stream_seconds: Annotated[
        float, typer.Option(min=1, help="How long one stream may stay open.")
    ] = 600,
) -> None:
    """Run the assistant server, with its store and its interpreter as children.

    The address stands in the file `address` of the state directory once it serves. The
    environment sets EARMARK_STORE_URL (a Redis or Valkey of yours), EARMARK_NLU_URL (a stock
    Rasa server of yours) and VOSK_MODEL (a path or the name of a Vosk model).

    Exit code 4: the audit log was found broken while it ran.
    """

    def run() -> None:
        base = from_environment()
        _serve(
            replace(
                base,
                listen=listen,
                state=(state or base.state).absolute(),
                tls=_tls_files(tls_certificate, tls_key),
                insecure=insecure,
                metrics_port=metrics_port,
                limits=replace(base.limits, stream_s=stream_seconds),
            )
        )

    _run(run)


def _serve(settings: ServerSettings) -> None:
    from assistant.server import serve_until_stopped

    whole = asyncio.run(
        serve_until_stopped(settings, lambda line: out.print(line, highlight=False))
    )
    if not whole:
        err.print("The audit log was found broken: run training-loop audit verify.")
        raise typer.Exit(_AUDIT_LOG_BROKEN)


def _tls_files(certificate: Path | None, key: Path | None) -> TlsFiles | None:
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise typer.BadParameter("--tls-certificate and --tls-key belong together")
    return TlsFiles(certificate=certificate, key=key)


@accounts_app.command("create")
def create_account(
    state: Annotated[
        Path | None,
        typer.Option(envvar="EARMARK_STATE", help="State directory of the running server."),
    ] = None,
    child: Annotated[
        bool, typer.Option(help="A child's profile: nothing is ever kept or learned.")
    ] = False,
    time_zone: Annotated[str, typer.Option(help="For example Europe/Berlin.")] = "UTC",
) -> None:
    """Create an account and a first pairing code; shows the account holder's credential once."""
    from assistant.onboarding import onboard

    directory = (state or Home.from_environment().state).absolute()

    async def create() -> None:
        welcome = await onboard(directory, child=child, time_zone=time_zone)
        out.print(f"account       {welcome.account}", highlight=False)
        out.print(f"credential    {welcome.account_token}", highlight=False, soft_wrap=True)
        out.print(f"pairing code  {welcome.pairing_code}  (10 minutes)", highlight=False)
        out.print(f"\nNext: device-sim pair {welcome.pairing_code} --server {welcome.address}")

    _run_async(create())


def _run_async(work: Coroutine[Any, Any, None]) -> None:
    _run(lambda: asyncio.run(work))


def _run(work: Any) -> None:
    """Shows expected failures as a sentence and what to do, and exits with 1."""
    try:
        work()
    except EarmarkError as error:
        err.print(f"[red]{error.code}[/] {error}", highlight=False)
        if error.hint:
            err.print(error.hint, highlight=False)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    app()
