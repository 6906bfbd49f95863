"""Says that the record of what was done cannot be relied on, for as long as that is so."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Gauge

from training_loop.audit.errors import (
    AuditLogBroken,
    SignatureWrong,
    SigningKeyRefused,
    TransparencyLogDamaged,
)

BROKEN = Gauge(
    "earmark_audit_log_broken",
    "1 while the audit log, its signatures or their key are not what they should be.",
)
BREAKS = Counter("earmark_audit_log_breaks", "Times that was found.", ["code"])

_log = logging.getLogger(__name__)
_ALARMING = (AuditLogBroken, SignatureWrong, SigningKeyRefused, TransparencyLogDamaged)


class AuditAlarm:
    """Raised by what is found while sealing; cleared by a sealing that finds all in order."""

    def __init__(self) -> None:
        self.broken = False
        self.was_broken = False
        """Whether it ever was, in this process: a record that is put back was still changed."""

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Around one sealing, whose errors pass through."""
        try:
            yield
        except _ALARMING as error:
            self.broken = self.was_broken = True
            BROKEN.set(1)
            BREAKS.labels(error.code).inc()
            _log.critical("%s: %s. Nothing is signed until this is resolved", error.code, error)
            raise
        self.broken = False
        BROKEN.set(0)
