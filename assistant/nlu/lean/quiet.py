"""Settings that must hold in every process that imports Rasa."""

from __future__ import annotations

import os
import warnings


def settle() -> None:
    """Turns off telemetry and every log line that could hold what somebody said.

    Rasa logs whole messages at debug level, so no process of ours may run below INFO.
    Call before the first import of Rasa.
    """
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ["LOG_LEVEL"] = "INFO"
    os.environ["LOG_LEVEL_LIBRARIES"] = "ERROR"
    # The training cache would keep parts of the training data beside the working directory.
    os.environ["RASA_MAX_CACHE_SIZE"] = "0"
    os.environ["SQLALCHEMY_SILENCE_UBER_WARNING"] = "1"
    # One thread a process: the models are linear, and the assistant needs the other cores.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    warnings.filterwarnings("ignore")
