"""Where set-up puts what it makes, and where a running assistant keeps its state."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The directory `$EARMARK_HOME`, else the user's data directory."""

    root: Path

    @staticmethod
    def from_environment() -> Home:
        configured = os.environ.get("EARMARK_HOME")
        root = Path(configured) if configured else platformdirs.user_data_path("earmark")
        return Home(root=root.expanduser().absolute())

    @property
    def rasa(self) -> Path:
        """Rasa's own virtual environment."""
        return self.root / "rasa"

    @property
    def rasa_python(self) -> Path:
        return self.rasa / "bin" / "python"

    @property
    def base_nlu_model(self) -> Path:
        """The NLU model that set-up trains, with its fingerprint beside it."""
        return self.root / "models" / "nlu" / "base.tar.gz"

    @property
    def pronunciations(self) -> Path:
        """What set-up learns of how letters sound."""
        return self.root / "pronunciations"

    @property
    def speech_models(self) -> Path:
        """Where speech models that vosk downloads are kept."""
        return self.root / "models" / "speech"

    @property
    def state(self) -> Path:
        """Store, blobs, keys and model registry of the default instance."""
        return self.root / "state"
