"""Field checks and times of the services."""

from __future__ import annotations

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from hypothesis import given
from hypothesis import strategies as st

from training_loop.rights import SettingsChange
from training_loop.services.convert_privacy import settings_change
from training_loop.services.fields import (
    InvalidField,
    identifier,
    page_size,
    timestamp,
    unix_time_s,
)
from training_loop.v1 import privacy_pb2


@given(st.floats(0, 4e9))
def test_a_time_survives_the_wire_to_a_microsecond(at_s: float) -> None:
    message = timestamp(at_s)
    assert 0 <= message.nanos < 1_000_000_000
    assert unix_time_s(message) == pytest.approx(at_s, abs=1e-6)


def test_page_sizes_follow_the_contract() -> None:
    sizes = [page_size(asked, default=50, most=200) for asked in (0, 1, 200, 201, 2**31 - 1)]
    assert sizes == [50, 1, 200, 200, 200]
    with pytest.raises(InvalidField):
        page_size(-1, default=50, most=200)


@pytest.mark.parametrize("value", ["", "x" * 65, "a:b", "a/b", "a b", "a\n", "\u00e4"])
def test_an_identifier_cannot_reach_beyond_its_place(value: str) -> None:
    with pytest.raises(InvalidField, match=r"^utterance_id"):
        identifier("utterance_id", value)


def test_a_mask_changes_what_it_names_and_nothing_else() -> None:
    settings = privacy_pb2.PrivacySettings(keep_history=True, improve_models=True)
    change = settings_change(settings, FieldMask(paths=["keep_history", "human_review"]))
    assert change == SettingsChange(keep_history=True, human_review=False)


@pytest.mark.parametrize("paths", [[], ["epoch"], ["*"], ["keep_history", "epoch"]])
def test_an_empty_or_unknown_mask_is_refused(paths: list[str]) -> None:
    with pytest.raises(InvalidField, match="update_mask"):
        settings_change(privacy_pb2.PrivacySettings(), FieldMask(paths=paths))
