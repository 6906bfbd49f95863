"""What pages say where a deletion goes on by itself, and how they say figures."""

from __future__ import annotations

import grpc
import pytest

from training_loop.web.backend import CallRefused
from training_loop.web.failures import failure_of
from training_loop.web.my_voice.area import MY_VOICE
from training_loop.web.my_voice.published import length, share
from training_loop.web.rendering import Pages


def test_a_deletion_that_goes_on_by_itself_is_linked_from_the_page_that_says_so() -> None:
    erasure = f"era_07{'a' * 32}"
    refused = CallRefused(grpc.StatusCode.UNAVAILABLE, "ERASURE_PENDING", {"erasure": erasure})
    failure = failure_of(refused)
    assert failure.link == f"/deletions/{erasure}"
    shown = Pages({}).response(
        "failure.html",
        failure.status,
        {"failure": failure, "area": MY_VOICE, "session": None, "navigation": (), "message": ""},
    )
    assert f'href="/deletions/{erasure}"' in bytes(shown.body).decode()
    for forged in ("", "//example.org", "era_07/../x", "javascript:1"):
        other = CallRefused(grpc.StatusCode.UNAVAILABLE, "ERASURE_PENDING", {"erasure": forged})
        assert failure_of(other).link == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0421, "0.042 seconds"), (1.0, "1 second"), (61.0, "1 minute"), (5400.0, "1.5 hours")],
)
def test_how_long_it_took_is_said_in_the_unit_that_fits(seconds: float, words: str) -> None:
    assert length(seconds) == words


@pytest.mark.parametrize(
    ("part", "words"), [(0.0, "0 %"), (0.0123, "1.2 %"), (0.000345, "0.034 %"), (1.0, "100 %")]
)
def test_a_share_keeps_the_digits_that_count(part: float, words: str) -> None:
    assert share(part) == words
