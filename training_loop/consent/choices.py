"""How a person changes their choices: to what, and what must have been shown before."""

from __future__ import annotations

from dataclasses import replace

import grpc

from training_loop.consent.policy import Purpose
from training_loop.errors import InvalidArgument, TrainingLoopError
from training_loop.rights import (
    CONSENT_TEXT_VERSION,
    RETENTION_DAYS,
    ConsentShown,
    PrivacySettings,
    SettingsChange,
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


def _chosen(chosen: bool | None, now: bool) -> bool:
    return now if chosen is None else chosen


def _retention(chosen: int | None, now: int) -> int:
    days = now if chosen is None else chosen
    if days not in RETENTION_DAYS:
        raise InvalidArgument(
            f"History is kept {RETENTION_DAYS.start} to {RETENTION_DAYS.stop - 1} days."
        )
    return days
