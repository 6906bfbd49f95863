"""The settings of one assistant server: read once, at the entry point."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from pathlib import Path

from assistant.errors import BadRequest
from assistant.hearing.endpointer import Endpointing
from assistant.home import Home
from assistant.services.limits import StreamLimits
from training_loop.registry.settings import RegistrySettings
from training_loop.review.settings import ReviewSettings
from training_loop.sampling.settings import switch
from training_loop.settings import LoopSettings, VaultSettings
from training_loop.sign_in.settings import SignInSettings
from training_loop.staff.settings import StaffSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """PEM files."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """`listen` is "host:port" with port 0 for any free one. Empty URLs mean: run our own."""

    listen: str = "127.0.0.1:50051"
    home: Home
    state: Path
    store_url: str = field(default="", repr=False)
    vault: VaultSettings = field(default_factory=VaultSettings)
    staff: StaffSettings = field(default_factory=StaffSettings)
    sign_in: SignInSettings = field(default_factory=SignInSettings)
    registry: RegistrySettings = field(default_factory=RegistrySettings)
    review: ReviewSettings = field(default_factory=ReviewSettings)
    preparer: bool = True
    """Prepare reviews as a child; False where `training-loop prepare run` runs elsewhere."""
    nlu_url: str = field(default="", repr=False)
    speech_model: str = ""
    """A path, the name of a Vosk model, or empty for the one that comes with Earmark."""
    decode_threads: int = 2
    endpointing: Endpointing = field(default_factory=Endpointing)
    limits: StreamLimits = field(default_factory=StreamLimits)
    tls: TlsFiles | None = None
    insecure: bool = False
    """Serve beyond this machine without TLS. Somebody else has to encrypt, then."""
    metrics_port: int = 0
    """0 serves no metrics."""

    def __post_init__(self) -> None:
        host = self.listen.rpartition(":")[0].strip("[]")
        if not self.tls and not self.insecure and not _is_loopback(host):
            raise BadRequest(
                "TLS_REQUIRED",
                "Refusing to serve beyond this machine without TLS.",
                "Give --tls-certificate and --tls-key, or --insecure behind your own proxy.",
            )
        if self.decode_threads < 1:
            raise BadRequest("BAD_SETTING", "At least one decode thread is needed.")

    def loop(self) -> LoopSettings:
        """Those of its learning loop: what a command reads in the same environment."""
        return LoopSettings(
            state=self.state,
            store_url=self.store_url,
            vault=self.vault,
            staff=self.staff,
            sign_in=self.sign_in,
            registry=self.registry,
        )


def from_environment() -> ServerSettings:
    """What the environment says: EARMARK_HOME, EARMARK_STATE, EARMARK_STORE_URL,
    EARMARK_NLU_URL, VOSK_MODEL, EARMARK_PREPARER ("on" or "off"), and what VaultSettings,
    StaffSettings, SignInSettings, RegistrySettings and ReviewSettings read."""
    home = Home.from_environment()
    return ServerSettings(
        home=home,
        state=Path(os.environ.get("EARMARK_STATE") or home.state),
        store_url=os.environ.get("EARMARK_STORE_URL", ""),
        vault=VaultSettings.from_environment(),
        staff=StaffSettings.from_environment(),
        sign_in=SignInSettings.from_environment(),
        registry=RegistrySettings.from_environment(),
        review=ReviewSettings.from_environment(),
        preparer=switch(os.environ, "EARMARK_PREPARER"),
        nlu_url=os.environ.get("EARMARK_NLU_URL", ""),
        speech_model=os.environ.get("VOSK_MODEL", ""),
        decode_threads=max(1, len(os.sched_getaffinity(0))),
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
