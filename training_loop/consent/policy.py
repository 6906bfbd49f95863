"""The one place that decides what may be kept, learned from and heard by a person.

Pure: it is told everything and asks nobody. A purpose is allowed only if every policy allows it;
no policies, no record or an unknown purpose mean no. A person may hear only what machines may
learn from. `consent_at_capture` decides for new utterances, `kept_until_s` for how long.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType
from typing import Protocol

import grpc

from training_loop.errors import InvalidArgument, TrainingLoopError
from training_loop.rights import (
    CONSENT_TEXT_VERSION,
    LEARNING_DAYS,
    RETENTION_DAYS,
    ConsentShown,
    PrivacySettings,
    SettingsChange,
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
    """A wake word that was not there keeps nothing; one that nobody checked teaches nothing.

    Not known yet (None), which is so when a request begins, is no objection: a conversation ends
    a false wake before there is anything to keep.
    """

    def objection(
        self, purpose: Purpose, context: CaptureContext, state: ConsentState | None
    ) -> str:
        if context.wake is Wake.REFUSED:
            return "false_wake"
        doubtful = context.wake is Wake.UNVERIFIED and purpose is not Purpose.HISTORY
        return "wake_unverified" if doubtful else ""


class KnownVoice:
    """A voice that is known to be nobody's of the account counts as a guest's.

    Where voices are not told apart (None) the device's own account answers for its room.
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


class ChildProfile(TrainingLoopError):
    """Nothing can be switched on for a child."""

    code = "CHILD_PROFILE"
    status = grpc.StatusCode.PERMISSION_DENIED
    hint = "What a child's profile hears is never kept and never learned from."


class ConsentTextOutdated(TrainingLoopError):
    """The person was shown another explanation than the one of now."""

    code = "CONSENT_TEXT_OUTDATED"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = f"Show the explanation of version {CONSENT_TEXT_VERSION} and ask again."


class ReviewNeedsLearning(InvalidArgument):
    code = "REVIEW_NEEDS_LEARNING"
    hint = "Switch on improve_models as well."


_CHANNELS = frozenset({"page", "api", "voice"})


def changed(
    settings: PrivacySettings, change: SettingsChange, shown: ConsentShown, *, child: bool
) -> PrivacySettings:
    """The settings after a change, with the next epoch.

    Raises InvalidArgument (retention, channel, ReviewNeedsLearning), ChildProfile and
    ConsentTextOutdated.
    """
    if shown.channel not in _CHANNELS:
        raise InvalidArgument("The channel of a consent is page, api or voice.")
    after = replace(
        settings,
        keep_history=_chosen(change.keep_history, settings.keep_history),
        improve_models=_chosen(change.improve_models, settings.improve_models),
        human_review=_chosen(change.human_review, settings.human_review),
        retention_days=_retention(change.retention_days, settings.retention_days),
        epoch=settings.epoch + 1,
    )
    if not after.improve_models:
        if change.human_review:
            raise ReviewNeedsLearning("human_review needs improve_models.")
        after = replace(after, human_review=False)
    if any((change.keep_history, change.improve_models, change.human_review)):
        if child:
            raise ChildProfile("nothing can be switched on for a child")
        if shown.text_version != CONSENT_TEXT_VERSION:
            raise ConsentTextOutdated("the person was shown another version of the explanation")
    return after


def consents_to(change: SettingsChange) -> tuple[Purpose, ...]:
    """What a change says yes to, for the first time or again."""
    return tuple(purpose for purpose in Purpose if getattr(change, purpose.switch) is True)


def withdraws(change: SettingsChange) -> bool:
    """Whether a change takes any consent back."""
    return False in (change.keep_history, change.improve_models, change.human_review)


def _switch(purpose: Purpose, settings: PrivacySettings) -> bool:
    match purpose:
        case Purpose.HISTORY:
            return settings.keep_history
        case Purpose.LEARNING:
            return settings.improve_models
        case Purpose.REVIEW:
            return settings.improve_models and settings.human_review


def _chosen(chosen: bool | None, now: bool) -> bool:
    return now if chosen is None else chosen


def _retention(chosen: int | None, now: int) -> int:
    days = now if chosen is None else chosen
    if days not in RETENTION_DAYS:
        raise InvalidArgument(
            f"History is kept {RETENTION_DAYS.start} to {RETENTION_DAYS.stop - 1} days."
        )
    return days
