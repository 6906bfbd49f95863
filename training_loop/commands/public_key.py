"""Which public key a command verifies with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from training_loop.audit.errors import SigningKeyRefused
from training_loop.audit.signing import PublicKey
from training_loop.commands.session import settings_for

BROKEN = 4
"""Exit code: what was to be verified does not hold."""

PublicKeyOption = Annotated[
    Path | None,
    typer.Option(
        "--public-key",
        help="The public key, as PEM. By default the one of the state directory; "
        "one that you keep elsewhere proves more.",
        show_default=False,
    ),
]


def public_key(path: Path | None, state: Path | None) -> PublicKey:
    """Raises SigningKeyRefused where there is none."""
    chosen = path or settings_for(state).signing_key.with_suffix(".pub")
    try:
        return PublicKey.from_pem(chosen.read_bytes())
    except OSError as error:
        raise SigningKeyRefused(
            "there is no public key yet, nothing was signed; or give one with --public-key"
            if path is None
            else "the public key cannot be read"
        ) from error
