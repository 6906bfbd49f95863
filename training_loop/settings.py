"""Where the loop's store and files are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs

from training_loop.errors import InvalidArgument
from training_loop.registry.settings import RegistrySettings
from training_loop.sign_in.settings import SignInSettings
from training_loop.staff.settings import StaffSettings

_SCHEMES = ("unix", "redis", "rediss", "redis+cluster", "rediss+cluster")


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultSettings:
    """Where the master key and the sealed audio are."""

    key_provider: str = "file"
    """"file", "environment" or "aws-kms:alias/NAME"."""
    master_key: str = field(default="", repr=False)
    """For "environment": 64 hexadecimal digits, or several between commas, the newest last."""
    blobs_url: str = field(default="", repr=False)
    """Empty: the state directory; else s3://bucket/prefix?endpoint=...&region=..."""

    @staticmethod
    def from_environment(environment: Mapping[str, str] = os.environ) -> VaultSettings:
        """Reads EARMARK_KEY_PROVIDER, EARMARK_MASTER_KEY and EARMARK_BLOBS_URL."""
        return VaultSettings(
            key_provider=environment.get("EARMARK_KEY_PROVIDER", "file"),
            master_key=environment.get("EARMARK_MASTER_KEY", ""),
            blobs_url=environment.get("EARMARK_BLOBS_URL", ""),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopSettings:
    """Raises InvalidArgument for a relative state directory or an unknown kind of store URL."""

    state: Path
    store_url: str = field(default="", repr=False)
    """Empty: the embedded store in the state directory. May hold a password."""
    vault: VaultSettings = field(default_factory=VaultSettings)
    staff: StaffSettings = field(default_factory=StaffSettings)
    sign_in: SignInSettings = field(default_factory=SignInSettings)
    registry: RegistrySettings = field(default_factory=RegistrySettings)

    def __post_init__(self) -> None:
        if not self.state.is_absolute():
            raise InvalidArgument("The state directory must be an absolute path.")
        if self.store_url and urlsplit(self.store_url).scheme not in _SCHEMES:
            raise InvalidArgument(
                "EARMARK_STORE_URL begins with unix://, redis[s]:// or redis[s]+cluster://."
            )

    @staticmethod
    def from_environment(environment: Mapping[str, str] = os.environ) -> LoopSettings:
        """Reads EARMARK_STATE, else `$EARMARK_HOME/state`, EARMARK_STORE_URL, and what
        VaultSettings, StaffSettings, SignInSettings and RegistrySettings read."""
        home = environment.get("EARMARK_HOME")
        root = Path(home) if home else platformdirs.user_data_path("earmark")
        configured = environment.get("EARMARK_STATE")
        state = Path(configured) if configured else root / "state"
        return LoopSettings(
            state=state.expanduser().absolute(),
            store_url=environment.get("EARMARK_STORE_URL", ""),
            vault=VaultSettings.from_environment(environment),
            staff=StaffSettings.from_environment(environment),
            sign_in=SignInSettings.from_environment(environment),
            registry=RegistrySettings.from_environment(environment),
        )

    @property
    def store_directory(self) -> Path:
        """Of the embedded store: append-only files, socket, lock."""
        return self.state / "store"

    @property
    def blobs(self) -> Path:
        """Sealed audio."""
        return self.state / "blobs"

    @property
    def master_key(self) -> Path:
        return self.state / "keys" / "master.key"

    @property
    def signing_key(self) -> Path:
        """Signs receipts and checkpoints of the audit log."""
        return self.state / "keys" / "signing.key"

    @property
    def officers_key(self) -> Path:
        """Opens what was handed to the safety officers; its public half lies beside it."""
        return self.state / "keys" / "safety-officers.key"

    @property
    def transparency(self) -> Path:
        """Hashes of receipts and checkpoints, in a log that only grows."""
        return self.state / "transparency"

    @property
    def workspaces(self) -> Path:
        """Where trainings write down what they learn from, while they run."""
        return self.state / "training"

    @property
    def data_sets(self) -> Path:
        """Signed manifests of data sets, beside the models that were made of them."""
        return self.state / "registry" / "data_sets"

    @property
    def tracking(self) -> Path:
        """Runs of training as they are recorded: counts and scores."""
        return self.state / "tracking"

    @property
    def reports(self) -> Path:
        """Of laps: pages of counts and scores."""
        return self.state / "reports"

    @property
    def training_logs(self) -> Path:
        """Of trainings: stages, figures and places in software, nothing that anybody said."""
        return self.state / "logs" / "training"

    @property
    def pronunciations(self) -> Path:
        """What language models learn once from a public dictionary."""
        return self.state / "cache" / "pronunciations"

    @property
    def operator_token(self) -> Path:
        return self.state / "operator.token"
