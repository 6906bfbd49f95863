"""Codes of an authenticator app (RFC 6238): six digits, thirty seconds, SHA-1 as apps expect."""

from __future__ import annotations

import hmac
import io
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pyotp
import segno

_STEP_S = 30
_DRIFT_STEPS = 1
_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class TotpEnrolment:
    """What an authenticator app needs; shown once."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)

    @staticmethod
    def make(name: str) -> TotpEnrolment:
        secret = pyotp.random_base32()
        uri = pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="Earmark")
        return TotpEnrolment(secret=secret, uri=uri)

    @property
    def svg(self) -> str:
        """The URI as a QR code, without a script or style of its own."""
        file = io.BytesIO()
        segno.make(self.uri, error="m").save(
            file, kind="svg", scale=6, border=4, light="#fff", xmldecl=False, title="QR code"
        )
        return file.getvalue().decode()


@dataclass(frozen=True, slots=True)
class TotpClock:
    """Tells which step a code is of. Whether that step was used is the store's to know."""

    now_s: Callable[[], float] = time.time

    def step_of(self, secret: str, code: str) -> int | None:
        """None unless the code is of now, or of one step before or after."""
        if len(code) != _DIGITS or not (code.isascii() and code.isdigit()):
            return None
        totp, now = pyotp.TOTP(secret), int(self.now_s()) // _STEP_S
        found = None
        for step in range(now - _DRIFT_STEPS, now + _DRIFT_STEPS + 1):
            if hmac.compare_digest(totp.at(step * _STEP_S), code):
                found = step
        return found
