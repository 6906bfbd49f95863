"""The one place that decides what may be kept, learned from and heard by a person.

Pure: it is told everything and asks nobody. A purpose is allowed only if every policy allows it;
no policies, no record or an unknown purpose mean no. A person may hear only what machines may
learn from. `consent_at_capture` decides for new utterances, `consent_when_heard` once it is known
how they began, `kept_until_s` for how long. How a choice is changed stands in `choices`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType
from typing import Protocol

from training_loop.rights import (
    CONSENT_TEXT_VERSION,
    LEARNING_DAYS,
    RETENTION_DAYS,
    PrivacySettings,
)
from training_loop.utterance import CaptureConsent, CaptureContext, Speaker, Wake

_DAY_S = 24 * 3600


class Purpose(Enum):
    HISTORY = "history"
    LEARNING = "learning"
    REVIEW = "review"

    @property
    def switch(self) -> str:
        """The setting that opens it."""
        return _SWITCHES[self]


_SWITCHES = {
    Purpose.HISTORY: "keep_history",
    Purpose.LEARNING: "improve_models",
    Purpose.REVIEW: "human_review",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentState:
    """An account's consent as the store holds it. `epochs` and `texts` have the open purposes
    alone; `texts` says which version was shown when each was last consented to."""

    settings: PrivacySettings
    child: bool
    epochs: Mapping[Purpose, int] = field(default_factory=lambda: MappingProxyType({}))
    generation: int = 0
    texts: Mapping[Purpose, str] = field(default_factory=lambda: MappingProxyType({}))
    paused: bool = False


class Policy(Protocol):
    """One reason to say no."""

    def objection(
        self, purpose: Purpose, context: CaptureContext, state: ConsentState | None
    ) -> str:
        """A stable word for why not, empty for no objection."""
        ...


class KnownAccount:
    def objection(
        self, purpose: Purpose, context: CaptureContext, state: ConsentState | None
    ) -> str:
        return "" if state is not None else "no_consent"


class NotAChild:
    def objection(
        self, purpose: Purpose, context: CaptureContext, state: ConsentState | None
    ) -> str:
        return "child" if state is None or state.child else ""


class NotAGuest:
    def objection(
        self, purpose: Purpose, context: CaptureContext, state: ConsentState | None
    ) -> str:
        return "guest" if context.guest else ""


class NotExcepted:
    """The request itself may say that nothing shall be learned from it."""

    def objection(
        self, purpose: Purpose, context: CaptureContext, state: ConsentState | None
    ) -> str:
        return "no_training" if context.no_training and purpose is not Purpose.HISTORY else ""


class Awake:
    """A wake word that was not there, or that nobody could confirm, keeps nothing.

    Not known yet (None), which is so when a request begins, is no objection: `consent_when_heard`
    asks again when it is.
    """

    def objection(
        self, purpose: Purpose, context: CaptureContext, state: ConsentState | None
    ) -> str:
        match context.wake:
            case Wake.REFUSED:
                return "false_wake"
            case Wake.UNVERIFIED:
                return "wake_unverified"
            case _:
                return ""


class KnownVoice:
    """A voice that is known to be nobody's of the account counts as a guest's.

    Where voices are not told apart (None) the device's own account answers for its room: so it is
    with every device today, since nothing enrols a voice.
    """

    def objection(
        self, purpose: Purpose, context: CaptureContext, state: ConsentState | None
    ) -> str:
        return "stranger" if context.speaker is Speaker.STRANGER else ""


class SwitchedOn:
    def objection(
        self, purpose: Purpose, context: CaptureContext, state: ConsentState | None
    ) -> str:
        on = state is not None and purpose in state.epochs and _switch(purpose, state.settings)
        return "" if on else "no_consent"


@dataclass(frozen=True, slots=True)
class CurrentText:
    """A consent to another text than that of now holds for what it opened, not for more."""

    version: str = CONSENT_TEXT_VERSION

    def objection(
        self, purpose: Purpose, context: CaptureContext, state: ConsentState | None
    ) -> str:
        shown = state.texts.get(purpose) if state is not None else None
        return "" if shown == self.version else "text_changed"


class NotPaused:
    def objection(
        self, purpose: Purpose, context: CaptureContext, state: ConsentState | None
    ) -> str:
        paused = state is None or state.paused
        return "paused" if paused and purpose is not Purpose.HISTORY else ""


class RetentionSet:
    """What has no end of its time is not begun."""

    def objection(
        self, purpose: Purpose, context: CaptureContext, state: ConsentState | None
    ) -> str:
        if purpose is not Purpose.HISTORY:
            return ""
        known = state is not None and state.settings.retention_days in RETENTION_DAYS
        return "" if known else "retention_unknown"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Objects with the first objection of its policies; an empty one always objects."""

    policies: tuple[Policy, ...]

    def objection(
        self, purpose: Purpose, context: CaptureContext, state: ConsentState | None
    ) -> str:
        for policy in self.policies:
            objection = policy.objection(purpose, context, state)
            if objection:
                return objection
        return "" if self.policies else "no_policy"


CAPTURE = AllOf(
    (
        KnownAccount(),
        NotAChild(),
        NotAGuest(),
        NotExcepted(),
        Awake(),
        KnownVoice(),
        SwitchedOn(),
        CurrentText(),
        NotPaused(),
        RetentionSet(),
    )
)


def consent_at_capture(
    context: CaptureContext, state: ConsentState | None, policy: Policy = CAPTURE
) -> CaptureConsent:
    """What may become of a request that begins now."""
    objections = {purpose: policy.objection(purpose, context, state) for purpose in Purpose}

    def epoch(purpose: Purpose) -> int | None:
        return state.epochs[purpose] if state and not objections[purpose] else None

    learning = epoch(Purpose.LEARNING)
    return CaptureConsent(
        context=context,
        history_epoch=epoch(Purpose.HISTORY),
        learning_epoch=learning,
        review_epoch=epoch(Purpose.REVIEW) if learning is not None else None,
        generation=state.generation if state else 0,
        reason=objections[Purpose.LEARNING] or objections[Purpose.HISTORY],
    )


HEARD = AllOf((NotAGuest(), NotExcepted(), Awake(), KnownVoice()))
"""What the way in which a request was made may still object to when it has ended."""


def consent_when_heard(consent: CaptureConsent, policy: Policy = HEARD) -> CaptureConsent:
    """What is left of a consent at capture, with all in its context that was found out since.

    Never more than it allowed before.
    """
    objections = {purpose: policy.objection(purpose, consent.context, None) for purpose in Purpose}

    def left(purpose: Purpose, epoch: int | None) -> int | None:
        return None if objections[purpose] else epoch

    learning = left(Purpose.LEARNING, consent.learning_epoch)
    return replace(
        consent,
        history_epoch=left(Purpose.HISTORY, consent.history_epoch),
        learning_epoch=learning,
        review_epoch=None if learning is None else left(Purpose.REVIEW, consent.review_epoch),
        reason=consent.reason or objections[Purpose.LEARNING] or objections[Purpose.HISTORY],
    )


def kept_until_s(purpose: Purpose, captured_at_s: float, settings: PrivacySettings) -> float:
    """The Unix time from which what was captured then may no longer be kept."""
    days = settings.retention_days if purpose is Purpose.HISTORY else LEARNING_DAYS
    return captured_at_s + days * _DAY_S


def unconfirmed(
    settings: PrivacySettings,
    texts: Mapping[Purpose, str],
    version: str = CONSENT_TEXT_VERSION,
) -> tuple[str, ...]:
    """The switches that are on under another text than that of now."""
    return tuple(
        purpose.switch
        for purpose in Purpose
        if _switch(purpose, settings) and texts.get(purpose) != version
    )


def _switch(purpose: Purpose, settings: PrivacySettings) -> bool:
    match purpose:
        case Purpose.HISTORY:
            return settings.keep_history
        case Purpose.LEARNING:
            return settings.improve_models
        case Purpose.REVIEW:
            return settings.improve_models and settings.human_review
