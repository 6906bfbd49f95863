"""A channel to a server."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any, Final

import grpc

from device_sim.errors import DeviceError

_OPTIONS: Final = (
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.max_receive_message_length", 1 << 20),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 15_000),
)


class PlaintextRefused(DeviceError):
    """Credentials and speech would cross a network in the clear."""

    code = "PLAINTEXT_REFUSED"
    hint = "Give the server's certificate authority with --ca, or allow it with --plaintext."


def open_channel(
    server: str, *, ca: Path | None = None, plaintext: bool = False
) -> grpc.aio.Channel:
    """A channel to `host:port` or `unix:path`; with TLS where `ca` names a PEM file.

    Without `ca` only this machine is reached, unless `plaintext` allows others.
    Raises PlaintextRefused, and DeviceError when the file cannot be read.
    """
    if ca is not None:
        try:
            roots = ca.read_bytes()
        except OSError as error:
            raise DeviceError("the file of --ca cannot be read", code="CA_UNREADABLE") from error
        return grpc.aio.secure_channel(server, grpc.ssl_channel_credentials(roots), _OPTIONS)
    if not plaintext and not _is_this_machine(server):
        raise PlaintextRefused("the server is on another machine and no TLS is set up")
    return grpc.aio.insecure_channel(server, _OPTIONS)


def bearer(token: str) -> tuple[tuple[str, str], ...]:
    """The metadata that carries a credential."""
    return (("authorization", f"Bearer {token}"),)


def stub(kind: Any, channel: grpc.aio.Channel) -> Any:
    """A client of a service; the generated classes carry no types."""
    return kind(channel)


def _is_this_machine(server: str) -> bool:
    if server.startswith("unix:"):
        return True
    host = server.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
