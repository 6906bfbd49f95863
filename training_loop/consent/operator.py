"""The credential of whoever runs this instance."""

from __future__ import annotations

import hmac
import os
import secrets
import stat
from pathlib import Path

import grpc

from training_loop.errors import TrainingLoopError, Unauthenticated
from training_loop.settings import LoopSettings
from training_loop.vault.master_key import write_secret

TOKEN_PREFIX = "earmark-operator"  # noqa: S105 - says what kind of token it is


class OperatorTokenUnsafe(TrainingLoopError):
    code = "OPERATOR_TOKEN_UNSAFE"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "Delete the file operator.token in the state directory; a new one is made at start."


class Operator:
    """A token in a file of its owner alone, made when the server first starts."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def token(self) -> str:
        """Reads the token, and makes one where there is none. Raises OperatorTokenUnsafe."""
        if not self._path.exists():
            write_secret(self._path, f"{TOKEN_PREFIX}.{secrets.token_urlsafe(32)}")
        return self._read()

    def verify(self, token: str) -> None:
        """Raises Unauthenticated unless it is the operator's token."""
        try:
            known = self._read()
        except FileNotFoundError as error:
            raise Unauthenticated("there is no operator's credential yet") from error
        if not hmac.compare_digest(known.encode(), token.encode(errors="replace")):
            raise Unauthenticated("this is not the operator's credential")

    def _read(self) -> str:
        return _read(self._path)


def read_operator_token(state: Path) -> str:
    """The token of the instance that runs on a state directory.

    Raises FileNotFoundError before its first start, and OperatorTokenUnsafe.
    """
    return _read(LoopSettings(state=state).operator_token)


def _read(path: Path) -> str:
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        written = file.read(256).decode("ascii", errors="replace").strip()
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise OperatorTokenUnsafe("the operator's token is open to other users")
    if not written.startswith(f"{TOKEN_PREFIX}."):
        raise OperatorTokenUnsafe("the operator's token file does not hold a token")
    return written
