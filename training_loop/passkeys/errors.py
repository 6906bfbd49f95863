"""What can go wrong with a passkey."""

from __future__ import annotations

from training_loop.errors import Unauthenticated


class PasskeyRefused(Unauthenticated):
    """A ceremony that ran out or was answered already, or an answer that does not hold."""

    code = "PASSKEY_REFUSED"
    hint = "Begin the ceremony again, in the same browser and with the key that was registered."
