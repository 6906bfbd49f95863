"""Options that several commands share, and how commands fail."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from device_sim import credentials
from device_sim.errors import DeviceError
from device_sim.screen import Screen

screen = Screen(Console())
error_screen = Screen(Console(stderr=True))

Server = Annotated[str, typer.Option("--server", help="host:port of the server.")]
Ca = Annotated[
    Path | None, typer.Option("--ca", help="PEM file of the certificate authority, for TLS.")
]
Plaintext = Annotated[bool, typer.Option("--plaintext", help="Reach another machine without TLS.")]
CredentialsFile = Annotated[
    Path,
    typer.Option(
        "--credentials",
        help="Where the device's credential is kept, for you alone to read.",
        default_factory=credentials.default_path,
        show_default="your configuration directory",
    ),
]
OperatorToken = Annotated[
    Path,
    typer.Option(
        "--operator-token", help="The file operator.token in the server's state directory."
    ),
]
Guest = Annotated[
    bool,
    typer.Option("--guest", help="Somebody else speaks: nothing is kept and nothing is learned."),
]
NoTraining = Annotated[bool, typer.Option("--no-training", help="Do not learn from this request.")]
Locale = Annotated[
    str, typer.Option("--locale", help='What the device is set to, such as "en-GB".')
]
PushToTalk = Annotated[bool, typer.Option("--push-to-talk", help="Without a wake word.")]
RealTime = Annotated[
    bool, typer.Option("--real-time", help="Send as a microphone would, not as fast as it goes.")
]
AnswerFile = Annotated[
    Path | None, typer.Option("--answer", help="Write the answer's speech to this WAV file.")
]
PlayAnswer = Annotated[
    bool, typer.Option("--loudspeaker", help="Play the answer (needs the extra 'microphone').")
]


def run(work: Coroutine[None, None, None]) -> None:
    """Shows an expected failure as its code, a sentence and what to do; exits with 1."""
    try:
        asyncio.run(work)
    except DeviceError as failure:
        error_screen.failure(failure)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def read_operator_token(path: Path) -> str:
    """Raises DeviceError."""
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DeviceError(
            "the operator's token cannot be read",
            code="OPERATOR_TOKEN_UNREADABLE",
            hint="Name the file operator.token in the server's state directory.",
        ) from error
