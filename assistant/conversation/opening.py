"""What is known of a turn when it begins."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Account and device come from the credential, the rest from the request."""

    account: str
    device: str
    session: str = ""
    no_training: bool = False
    guest: bool = False
    text_only: bool = False
    device_kind: str = ""
    """A coarse stable word; empty where the device does not say."""
    locale: str = "en"
    """One of a few words, see `assistant.locales`."""
    woken: bool = False
    """The device claims a wake word, which is to be verified; else a button or a keyboard."""
