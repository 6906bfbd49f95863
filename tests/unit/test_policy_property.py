"""The policy against a plain statement of it: three sets of conditions, all of which must hold."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training_loop.consent.choices import changed, withdraws
from training_loop.consent.policy import (
    CAPTURE,
    AllOf,
    ConsentState,
    Policy,
    Purpose,
    consent_at_capture,
    consent_when_heard,
)
from training_loop.errors import TrainingLoopError
from training_loop.rights import (
    CONSENT_TEXT_VERSION,
    RETENTION_DAYS,
    ConsentShown,
    PrivacySettings,
    SettingsChange,
)
from training_loop.utterance import CaptureContext, Speaker, Wake

_maybe = st.none() | st.booleans()
_settings = st.builds(
    PrivacySettings,
    keep_history=st.booleans(),
    improve_models=st.booleans(),
    human_review=st.booleans(),
    retention_days=st.sampled_from([0, 1, 90, 540, 541]),
)
_states = st.none() | st.builds(
    ConsentState,
    settings=_settings,
    child=st.booleans(),
    epochs=st.dictionaries(st.sampled_from(Purpose), st.integers(1, 9)),
    generation=st.integers(0, 3),
    texts=st.dictionaries(
        st.sampled_from(Purpose), st.sampled_from([CONSENT_TEXT_VERSION, "2019-01"])
    ),
    paused=st.booleans(),
)
_contexts = st.builds(
    CaptureContext,
    account=st.just("acc"),
    device=st.just("dev"),
    guest=st.booleans(),
    no_training=st.booleans(),
    wake=st.none() | st.sampled_from(Wake),
    speaker=st.none() | st.sampled_from(Speaker),
)
_changes = st.builds(
    SettingsChange,
    keep_history=_maybe,
    improve_models=_maybe,
    human_review=_maybe,
    retention_days=st.none() | st.integers(-1, 600),
)
_shown = st.builds(
    ConsentShown,
    text_version=st.sampled_from([CONSENT_TEXT_VERSION, "2019-01", ""]),
    channel=st.sampled_from(["page", "api", "voice", "rumour", ""]),
)


def _open(purpose: Purpose, state: ConsentState) -> bool:
    switches = {
        Purpose.HISTORY: state.settings.keep_history,
        Purpose.LEARNING: state.settings.improve_models,
        Purpose.REVIEW: state.settings.improve_models and state.settings.human_review,
    }
    agreed_to_this_text = state.texts.get(purpose) == CONSENT_TEXT_VERSION
    return switches[purpose] and purpose in state.epochs and agreed_to_this_text


def _allowed(purpose: Purpose, context: CaptureContext, state: ConsentState | None) -> bool:
    """The promise in one paragraph, written without looking at the policies."""
    if state is None or state.child or context.guest:
        return False
    if context.speaker is Speaker.STRANGER or context.wake in (Wake.REFUSED, Wake.UNVERIFIED):
        return False
    if not _open(purpose, state):
        return False
    if purpose is Purpose.HISTORY:
        return 1 <= state.settings.retention_days <= 540
    return not (context.no_training or state.paused)


@given(context=_contexts, state=_states)
def test_each_purpose_is_allowed_exactly_when_the_promise_says_so(
    context: CaptureContext, state: ConsentState | None
) -> None:
    consent = consent_at_capture(context, state)
    learns = _allowed(Purpose.LEARNING, context, state)
    for epoch, purpose, allowed in (
        (consent.history_epoch, Purpose.HISTORY, _allowed(Purpose.HISTORY, context, state)),
        (consent.learning_epoch, Purpose.LEARNING, learns),
        (consent.review_epoch, Purpose.REVIEW, learns and _allowed(Purpose.REVIEW, context, state)),
    ):
        assert (epoch is not None) == allowed
        if allowed:
            assert state is not None
            assert epoch == state.epochs[purpose]
    if consent.history_epoch is None or consent.learning_epoch is None:
        assert consent.reason


@given(context=_contexts, known_later=_contexts, state=_states)
def test_what_is_found_out_later_takes_away_what_it_would_have_refused_at_once(
    context: CaptureContext, known_later: CaptureContext, state: ConsentState | None
) -> None:
    """And gives nothing that was not allowed when the request began."""
    first = consent_at_capture(context, state)
    heard = consent_when_heard(replace(first, context=known_later))
    at_once = consent_at_capture(known_later, state)
    for purpose in ("history_epoch", "learning_epoch", "review_epoch"):
        both = getattr(first, purpose) is not None and getattr(at_once, purpose) is not None
        assert (getattr(heard, purpose) is not None) == both
        assert getattr(heard, purpose) in (None, getattr(first, purpose))
    if heard.history_epoch is None or heard.learning_epoch is None:
        assert heard.reason


@given(context=_contexts, state=_states, left_out=st.integers(0, len(CAPTURE.policies) - 1))
def test_a_policy_more_never_allows_more(
    context: CaptureContext, state: ConsentState | None, left_out: int
) -> None:
    fewer: tuple[Policy, ...] = tuple(
        policy for at, policy in enumerate(CAPTURE.policies) if at != left_out
    )
    for purpose in Purpose:
        if not CAPTURE.objection(purpose, context, state):
            assert not AllOf(fewer).objection(purpose, context, state)


@given(context=_contexts, state=_states)
def test_no_policies_allow_nothing(context: CaptureContext, state: ConsentState | None) -> None:
    consent = consent_at_capture(context, state, AllOf(()))
    assert (consent.history_epoch, consent.learning_epoch, consent.review_epoch) == (None,) * 3


@given(settings=_settings, change=_changes, shown=_shown, child=st.booleans())
def test_a_change_gives_what_was_asked_for_or_refuses(
    settings: PrivacySettings, change: SettingsChange, shown: ConsentShown, child: bool
) -> None:
    asks = any((change.keep_history, change.improve_models, change.human_review))
    days = settings.retention_days if change.retention_days is None else change.retention_days
    learns = settings.improve_models if change.improve_models is None else change.improve_models
    hears = settings.human_review if change.human_review is None else change.human_review
    refused = (
        shown.channel not in ("page", "api", "voice")
        or days not in RETENTION_DAYS
        or (change.human_review and not learns)
        or (asks and (child or shown.text_version != CONSENT_TEXT_VERSION))
    )
    if refused:
        with pytest.raises(TrainingLoopError):
            changed(settings, change, shown, child=child)
        return
    after = changed(settings, change, shown, child=child)
    keeps = settings.keep_history if change.keep_history is None else change.keep_history
    assert after == PrivacySettings(
        keep_history=keeps,
        retention_days=days,
        improve_models=learns,
        human_review=hears and learns,
        epoch=settings.epoch + 1,
    )


@given(change=_changes, settings=_settings)
def test_taking_back_needs_no_text_and_is_never_refused(
    change: SettingsChange, settings: PrivacySettings
) -> None:
    only_back = replace(
        change,
        keep_history=False if change.keep_history else change.keep_history,
        improve_models=False if change.improve_models else change.improve_models,
        human_review=False if change.human_review else change.human_review,
        retention_days=90,
    )
    after = changed(settings, only_back, ConsentShown(text_version="", channel="voice"), child=True)
    for switch in ("keep_history", "improve_models", "human_review"):
        if getattr(only_back, switch) is False:
            assert withdraws(only_back)
            assert not getattr(after, switch)
