"""Where the pages are served, and which server they talk to."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from training_loop.errors import InvalidArgument


class PlaintextRefused(InvalidArgument):
    """Credentials and speech would cross a network in the clear."""

    code = "PLAINTEXT_REFUSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """Raises PlaintextRefused where something would leave this machine unencrypted, and
    InvalidArgument for an address or origin that cannot be."""

    server: str
    """host:port or unix:path of the gRPC server."""
    ca: Path | None = None
    """PEM file; with it the server is reached with TLS."""
    listen: str = "127.0.0.1:8080"
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    public_origin: str = ""
    """As browsers see it, for example https://voice.example; empty: the address listened on."""

    def __post_init__(self) -> None:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise InvalidArgument("TLS needs both a certificate and its key.")
        if self.ca is None and not is_this_machine(self.server):
            refused = PlaintextRefused("The server is on another machine and no TLS is set up.")
            refused.hint = "Give the server's certificate authority with --ca."
            raise refused
        if self.public_origin and not _is_origin(self.public_origin):
            raise InvalidArgument("A public origin is https://host or https://host:port.")
        encrypted = self.tls_certificate is not None or self.public_origin.startswith("https://")
        if not encrypted and not is_this_machine(self.listen):
            refused = PlaintextRefused("The pages would cross a network without TLS.")
            refused.hint = (
                "Give --tls-certificate and --tls-key, or --public-origin https://... when a proxy "
                "in front of it does TLS."
            )
            raise refused
        self.listen_address  # noqa: B018 - raises when it cannot be read

    @property
    def listen_address(self) -> tuple[str, int]:
        host, _, port = self.listen.rpartition(":")
        if not host or not port.isdecimal() or int(port) > 65535:
            raise InvalidArgument("An address to listen on is host:port.")
        return host.strip("[]"), int(port)

    def origins(self, port: int) -> frozenset[str]:
        """The origins under which the pages answer; requests for any other are refused."""
        if self.public_origin:
            return frozenset({self.public_origin})
        scheme = "https" if self.tls_certificate else "http"
        host, _ = self.listen_address
        names = {f"[{host}]" if ":" in host else host}
        if is_this_machine(self.listen):
            names.add("localhost")
        return frozenset(f"{scheme}://{name}:{port}" for name in names)


def is_this_machine(address: str) -> bool:
    """Whether host:port or unix:path can be reached from this machine alone."""
    if address.startswith("unix:"):
        return True
    host = address.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_origin(text: str) -> bool:
    parts = urlsplit(text)
    plain = not (parts.path or parts.query or parts.fragment or parts.username)
    local = parts.scheme == "http" and is_this_machine(f"{parts.hostname}:0")
    return plain and bool(parts.hostname) and (parts.scheme == "https" or local)
