"""Where the pages may be served, and what may be asked of a recording."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from training_loop.errors import InvalidArgument
from training_loop.web.my_voice.recording import OutOfRange, Span, span_of
from training_loop.web.settings import PlaintextRefused, WebSettings

HERE = "127.0.0.1:50051"
TLS: dict[str, Any] = {"tls_certificate": Path("c.pem"), "tls_key": Path("k.pem")}


@pytest.mark.parametrize(
    "settings",
    [
        {"server": "10.1.2.3:50051"},
        {"server": "voice.example:50051"},
        {"server": HERE, "listen": "0.0.0.0:8080"},
        {"server": HERE, "listen": "voice.example:80"},
        {"server": HERE, "listen": "0.0.0.0:80", "public_origin": "http://localhost"},
    ],
)
def test_nothing_crosses_a_network_in_the_clear(settings: dict[str, Any]) -> None:
    with pytest.raises(PlaintextRefused):
        WebSettings(**settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"listen": "8080"},
        {"listen": "127.0.0.1:http"},
        {"listen": "127.0.0.1:99999"},
        {"tls_key": Path("k.pem")},
        {"public_origin": "http://voice.example"},
        {"public_origin": "https://voice.example/pages"},
        {"public_origin": "https://user@voice.example"},
        {"public_origin": "voice.example"},
    ],
)
def test_what_cannot_be_is_refused_at_the_start(settings: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument):
        WebSettings(server=HERE, **settings)


def test_the_pages_answer_under_their_own_names_alone() -> None:
    here = WebSettings(server=HERE)
    assert here.origins(8080) == {"http://127.0.0.1:8080", "http://localhost:8080"}
    proxied = WebSettings(server=HERE, listen="0.0.0.0:1", public_origin="https://voice.example")
    assert proxied.origins(1) == {"https://voice.example"}
    encrypted = WebSettings(server=HERE, listen="0.0.0.0:443", **TLS)
    assert all(origin.startswith("https://") for origin in encrypted.origins(443))


@pytest.mark.parametrize(
    ("asked", "span"),
    [
        ("", None),
        ("bytes=0-", Span(0, 100)),
        ("bytes=0-0", Span(0, 1)),
        ("bytes=10-19", Span(10, 20)),
        ("bytes=90-500", Span(90, 100)),
        ("bytes=-10", Span(90, 100)),
        ("bytes=-500", Span(0, 100)),
        ("bytes=-", None),
        ("bytes=0-1,5-6", None),
        ("items=0-1", None),
        ("bytes=a-b", None),
        ("bytes=" + "9" * 40 + "-", None),
    ],
)
def test_a_range_is_read_as_browsers_write_it(asked: str, span: Span | None) -> None:
    assert span_of(asked, 100) == span


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=20-10"])
def test_a_range_outside_of_the_recording_is_refused(asked: str) -> None:
    with pytest.raises(OutOfRange):
        span_of(asked, 100)
