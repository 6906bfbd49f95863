"""Of a locale a few words are kept, whatever a device sends."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import BadRequest
from assistant.locales import DEFAULT, KNOWN, LONGEST, OTHER, locale_of
from device_sim.voice import VOICES


@pytest.mark.parametrize(
    ("tag", "kept"),
    [
        ("", "en"),
        ("en", "en"),
        ("EN-gb", "en-GB"),
        ("en-Latn-US", "en-US"),
        ("en-GB-scotland", "en-GB-scotland"),
        ("en-GB-oxendict", "en-GB"),
        ("en-gb-x-rp", "en-GB"),
        ("en-US-u-ca-gregory-hc-h12", "en-US"),
        ("en-029", "en-029"),
        ("en-IM", "other"),
        ("en-scotland", "en"),
        ("de", "other"),
        ("gsw-CH-1996", "other"),
        ("zh-yue-Hant-HK", "other"),
    ],
)
def test_a_tag_becomes_one_of_the_words(tag: str, kept: str) -> None:
    assert locale_of(tag) == kept


@pytest.mark.parametrize(
    "tag",
    [
        *("e", "en_GB", "en-", "-en", "en--GB", " en", "en GB", "en-GB\n", "1en", "en-u", "x-mine"),
        *("en-\N{LATIN SMALL LETTER DOTLESS I}n", "en-x-" + "a-" * 40 + "a", "a" * 9),
    ],
)
def test_what_is_no_tag_is_refused_with_its_code(tag: str) -> None:
    with pytest.raises(BadRequest) as refused:
        locale_of(tag)
    assert refused.value.code == "BAD_LOCALE"
    assert tag.strip() not in str(refused.value) or len(tag.strip()) < 2


@given(st.text(max_size=2 * LONGEST) | st.from_regex(re.compile("en(-[a-z0-9]{1,8}){0,4}")))
def test_nothing_finer_is_ever_kept(tag: str) -> None:
    with contextlib.suppress(BadRequest):
        assert locale_of(tag) in {*KNOWN, DEFAULT, OTHER}


def test_every_word_that_is_kept_is_a_tag_for_itself() -> None:
    for tag in KNOWN:
        assert locale_of(tag) == tag


def test_simulated_people_have_the_locale_of_their_accent() -> None:
    kept = {voice.name: locale_of(voice.locale) for voice in VOICES}
    assert (kept["nina"], kept["jay"], kept["awb"]) == ("en-GB", "en-US", "en-GB-scotland")
