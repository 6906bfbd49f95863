"""The first steps with a running server: an account and a code to pair its first device."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import grpc

from assistant.errors import AssistantError
from assistant.v1 import devices_pb2 as pb
from assistant.v1 import devices_pb2_grpc
from training_loop.consent.operator import read_operator_token


class ServerNotRunning(AssistantError):
    code = "SERVER_NOT_RUNNING"
    status = grpc.StatusCode.UNAVAILABLE
    hint = "Start it with `assistant serve`, and name its --state directory if it has its own."


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """What a new account holder needs; the credential is shown once."""

    address: str
    account: str
    account_token: str = field(repr=False)
    pairing_code: str = field(repr=False)


def server_address(state: Path) -> str:
    """Where the server of a state directory listens; raises ServerNotRunning."""
    try:
        return (state / "address").read_text().strip()
    except OSError:
        raise ServerNotRunning("No server runs on this state directory.") from None


async def onboard(state: Path, *, child: bool, time_zone: str) -> Welcome:
    """Creates an account with the operator's credential, and a pairing code with its own."""
    address = server_address(state)
    async with grpc.aio.insecure_channel(address) as channel:
        try:
            account = await devices_pb2_grpc.AccountsStub(channel).CreateAccount(
                pb.CreateAccountRequest(child=child, time_zone=time_zone),
                metadata=bearer(read_operator_token(state)),
            )
            pairing = await devices_pb2_grpc.DevicesStub(channel).CreatePairingCode(
                pb.CreatePairingCodeRequest(), metadata=bearer(account.account_token)
            )
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.UNAVAILABLE:
                raise ServerNotRunning("The server does not answer.") from None
            raise AssistantError(error.details() or "the server refused") from None
    return Welcome(
        address=address,
        account=account.account,
        account_token=account.account_token,
        pairing_code=pairing.code,
    )


def bearer(token: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {token}"),)
