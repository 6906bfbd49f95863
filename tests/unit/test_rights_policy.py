"""The policy, input by input: who says no, in which words, and that nothing unknown means yes."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training_loop.consent.policy import (
    CAPTURE,
    AllOf,
    ConsentState,
    Purpose,
    consent_at_capture,
    kept_until_s,
    unconfirmed,
)
from training_loop.rights import CONSENT_TEXT_VERSION, LEARNING_DAYS, PrivacySettings
from training_loop.utterance import CaptureConsent, CaptureContext, Speaker, Wake

OLD = "2020-01"
DAY_S = 24 * 3600
SWITCHES = (
    (False, False, False),
    (True, False, False),
    (False, True, False),
    (True, True, False),
    (False, True, True),
    (True, True, True),
)
"""keep_history, improve_models, human_review; the last needs the second."""


@dataclass(frozen=True)
class Case:
    """One row of the table: every input the policy has."""

    known: bool
    child: bool
    guest: bool
    no_training: bool
    wake: Wake | None
    speaker: Speaker | None
    switches: tuple[bool, bool, bool]
    texts: tuple[str, str, str]
    paused: bool
    retention_days: int

    def on(self) -> dict[Purpose, bool]:
        return dict(zip(Purpose, self.switches, strict=True))

    def state(self) -> ConsentState | None:
        if not self.known:
            return None
        history, learning, review = self.switches
        return ConsentState(
            settings=PrivacySettings(
                keep_history=history,
                improve_models=learning,
                human_review=review,
                retention_days=self.retention_days,
            ),
            child=self.child,
            epochs=MappingProxyType(
                {purpose: at for at, purpose in enumerate(Purpose, 1) if self.on()[purpose]}
            ),
            texts=MappingProxyType(dict(zip(Purpose, self.texts, strict=True))),
            paused=self.paused,
            generation=9,
        )

    def context(self) -> CaptureContext:
        return CaptureContext(
            account="acc",
            device="dev",
            guest=self.guest,
            no_training=self.no_training,
            wake=self.wake,
            speaker=self.speaker,
        )

    def decide(self) -> CaptureConsent:
        return consent_at_capture(self.context(), self.state())


def allowed(case: Case) -> dict[Purpose, bool]:
    """The rules once more, in other words than the policy's."""
    nobody = (
        not case.known
        or case.child
        or case.guest
        or case.wake in (Wake.REFUSED, Wake.UNVERIFIED)
        or case.speaker is Speaker.STRANGER
    )
    history, learning, review = (
        on and text == CONSENT_TEXT_VERSION
        for on, text in zip(case.switches, case.texts, strict=True)
    )
    teaches = not case.no_training and not case.paused
    return {
        Purpose.HISTORY: not nobody and history and 1 <= case.retention_days <= 540,
        Purpose.LEARNING: not nobody and learning and teaches,
        Purpose.REVIEW: not nobody and learning and review and teaches,
    }


def every_case() -> list[Case]:
    current, old = (CONSENT_TEXT_VERSION,) * 3, (OLD,) * 3
    mixed = (CONSENT_TEXT_VERSION, CONSENT_TEXT_VERSION, OLD)
    booleans = (False, True)
    return [
        Case(*inputs)
        for inputs in itertools.product(
            booleans,
            booleans,
            booleans,
            booleans,
            (None, *Wake),
            (None, *Speaker),
            SWITCHES,
            (current, old, mixed),
            booleans,
            (0, 1, 540, 541),
        )
    ]


def granted(consent: CaptureConsent) -> dict[Purpose, int | None]:
    return {
        Purpose.HISTORY: consent.history_epoch,
        Purpose.LEARNING: consent.learning_epoch,
        Purpose.REVIEW: consent.review_epoch,
    }


def test_every_combination_of_inputs_is_decided_as_the_table_says() -> None:
    cases = every_case()
    assert len(cases) == 2**4 * 5 * 3 * 6 * 3 * 2 * 4
    for case in cases:
        found = granted(case.decide())
        expected = allowed(case)
        assert {purpose: epoch is not None for purpose, epoch in found.items()} == expected, case
        epochs = {purpose: at for at, purpose in enumerate(Purpose, 1)}
        assert all(found[p] in (None, epochs[p]) for p in Purpose), case


def test_whatever_is_refused_has_a_reason() -> None:
    for case in every_case():
        consent = case.decide()
        refused = consent.history_epoch is None or consent.learning_epoch is None
        assert bool(consent.reason) == refused, case


YES = Case(
    known=True,
    child=False,
    guest=False,
    no_training=False,
    wake=Wake.VERIFIED,
    speaker=Speaker.ENROLLED,
    switches=(True, True, True),
    texts=(CONSENT_TEXT_VERSION,) * 3,
    paused=False,
    retention_days=90,
)


@pytest.mark.parametrize(
    ("change", "purposes", "reason"),
    [
        ({"known": False}, "history learning review", "no_consent"),
        ({"child": True}, "history learning review", "child"),
        ({"guest": True}, "history learning review", "guest"),
        ({"no_training": True}, "learning review", "no_training"),
        ({"wake": Wake.REFUSED}, "history learning review", "false_wake"),
        ({"wake": Wake.UNVERIFIED}, "history learning review", "wake_unverified"),
        ({"wake": Wake.PUSHED}, "", ""),
        ({"wake": None}, "", ""),
        ({"speaker": Speaker.STRANGER}, "history learning review", "stranger"),
        ({"speaker": None}, "", ""),
        ({"switches": (False, False, False)}, "history learning review", "no_consent"),
        ({"texts": (OLD,) * 3}, "history learning review", "text_changed"),
        ({"paused": True}, "learning review", "paused"),
        ({"retention_days": 0}, "history", "retention_unknown"),
        ({"retention_days": 541}, "history", "retention_unknown"),
    ],
)
def test_each_reason_alone_refuses_what_it_is_about(
    change: dict[str, Any], purposes: str, reason: str
) -> None:
    assert None not in granted(YES.decide()).values()
    consent = replace(YES, **change).decide()
    refused = [purpose.value for purpose, epoch in granted(consent).items() if epoch is None]
    assert refused == purposes.split()
    assert consent.reason == reason


CASES = st.builds(
    Case,
    known=st.booleans(),
    child=st.booleans(),
    guest=st.booleans(),
    no_training=st.booleans(),
    wake=st.sampled_from((None, *Wake)),
    speaker=st.sampled_from((None, *Speaker)),
    switches=st.tuples(st.booleans(), st.booleans(), st.booleans()),
    texts=st.tuples(*[st.sampled_from((CONSENT_TEXT_VERSION, OLD, ""))] * 3),
    paused=st.booleans(),
    retention_days=st.integers(-5, 1000),
)


@given(CASES, st.sets(st.sampled_from(Purpose)))
def test_nothing_is_allowed_that_the_store_has_no_epoch_or_text_for(
    case: Case, missing: set[Purpose]
) -> None:
    """Fails closed: a record that lost a part of itself allows less, never more."""
    state = case.state()
    if state is None:
        return
    torn = replace(
        state,
        epochs={p: e for p, e in state.epochs.items() if p not in missing},
        texts={},
    )
    assert set(granted(consent_at_capture(case.context(), torn)).values()) == {None}
    without = replace(torn, texts=state.texts)
    found = granted(consent_at_capture(case.context(), without))
    whole = granted(case.decide())
    assert all(found[p] is None for p in missing)
    assert all(found[p] in (None, whole[p]) for p in Purpose)


class _Objects:
    def objection(
        self, purpose: Purpose, context: CaptureContext, state: ConsentState | None
    ) -> str:
        return "because"


@given(CASES, st.integers(0, len(CAPTURE.policies)))
def test_a_further_policy_can_only_take_away(case: Case, place: int) -> None:
    more = AllOf((*CAPTURE.policies[:place], _Objects(), *CAPTURE.policies[place:]))
    found = granted(consent_at_capture(case.context(), case.state(), more))
    assert set(found.values()) == {None}


@given(CASES)
def test_no_policies_and_no_record_allow_nothing(case: Case) -> None:
    nothing = consent_at_capture(case.context(), case.state(), AllOf(()))
    unknown = consent_at_capture(case.context(), None)
    assert {*granted(nothing).values(), *granted(unknown).values()} == {None}


@given(CASES)
def test_a_person_hears_only_what_machines_may_learn_from(case: Case) -> None:
    consent = case.decide()
    assert consent.review_epoch is None or consent.learning_epoch is not None


def test_what_is_kept_has_an_end() -> None:
    settings = PrivacySettings(retention_days=30)
    assert kept_until_s(Purpose.HISTORY, 1000.0, settings) == 1000.0 + 30 * DAY_S
    assert kept_until_s(Purpose.LEARNING, 1000.0, settings) == 1000.0 + LEARNING_DAYS * DAY_S


def test_switches_given_under_another_text_are_named() -> None:
    settings = PrivacySettings(keep_history=True, improve_models=True)
    texts = {Purpose.HISTORY: CONSENT_TEXT_VERSION, Purpose.LEARNING: OLD, Purpose.REVIEW: OLD}
    assert unconfirmed(settings, texts) == ("improve_models",)
    assert unconfirmed(settings, {}) == ("keep_history", "improve_models")
