"""The one port through which an assistant hands utterances to the loop."""

from __future__ import annotations

from typing import Protocol

from training_loop.utterance import CaptureConsent, CaptureContext, Fate, Utterance


class FeedbackSink(Protocol):
    """Takes utterances in, if and only if their account allows it."""

    async def begin(self, context: CaptureContext) -> CaptureConsent:
        """The consent at capture.

        Fails closed: an unknown account or an unreachable store gives a consent to nothing.
        """
        ...

    async def keep(self, utterance: Utterance, consent: CaptureConsent) -> Fate:
        """Stores the utterance for the purposes allowed both at capture and now.

        The consent is the one that `begin` gave, its context completed with what was found out
        since: a wake word that was refused or never confirmed keeps nothing.

        Never raises for a full disk or a store that is away: the fate says "storage_unavailable"
        and nothing half-written stays.
        """
        ...
