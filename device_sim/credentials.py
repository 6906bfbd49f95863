"""What a device remembers of its pairing, in a file that only its owner can read."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

import platformdirs

from device_sim.errors import CredentialsMissing


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """`ca` is the path of the certificate authority's PEM file, empty for none."""

    server: str
    device: str
    device_token: str = field(repr=False)
    ca: str = ""
    plaintext: bool = False


def default_path() -> Path:
    return platformdirs.user_config_path("earmark") / "device.json"


def save(path: Path, credentials: Credentials) -> None:
    """Replaces the file in one step; it is never readable by others, not even for a moment.

    Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(credentials), file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def load(path: Path) -> Credentials:
    """Raises CredentialsMissing when there is no such file, or it is not one of ours."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return Credentials(**stored)
    except FileNotFoundError as error:
        raise CredentialsMissing("this device has not been paired") from error
    except (OSError, ValueError, TypeError) as error:
        raise CredentialsMissing("the credentials file cannot be read") from error
