"""A speech model is found, fetched or refused with a sentence; Vosk never ends the process."""

from __future__ import annotations

import io
import shutil
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import vosk

from assistant.asr.models import (
    EMBEDDED_MODEL,
    SpeechModelUnusable,
    load_speech_model,
    resolve_speech_model,
)


def _copy(to: Path) -> Path:
    for source in EMBEDDED_MODEL.rglob("*"):
        if source.is_file():
            target = to / source.relative_to(EMBEDDED_MODEL)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    return to


@pytest.mark.parametrize("value", [None, ""])
def test_the_embedded_model_is_the_default(value: str | None, tmp_path: Path) -> None:
    assert resolve_speech_model(value, tmp_path) == EMBEDDED_MODEL


def test_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    assert resolve_speech_model(str(EMBEDDED_MODEL), tmp_path) == EMBEDDED_MODEL


def test_a_name_in_the_cache_needs_no_network(tmp_path: Path) -> None:
    model = _copy(tmp_path / "cache" / "vosk-model-mine")

    assert resolve_speech_model("vosk-model-mine", tmp_path / "cache") == model


@pytest.mark.parametrize("value", ["/nowhere/at/all", "./nowhere"])
def test_a_path_without_a_model_is_refused(value: str, tmp_path: Path) -> None:
    with pytest.raises(SpeechModelUnusable) as refused:
        resolve_speech_model(value, tmp_path)

    assert refused.value.code == "SPEECH_MODEL_UNUSABLE"
    assert "VOSK_MODEL" in refused.value.hint


@pytest.mark.parametrize(
    "missing",
    [
        "am/final.mdl",
        "conf/mfcc.conf",
        "conf/model.conf",
        "graph/HCLr.fst",
        "graph/Gr.fst",
        "graph/words.txt",
    ],
)
def test_a_model_with_a_file_missing_is_refused_by_name(missing: str, tmp_path: Path) -> None:
    model = _copy(tmp_path / "model")
    (model / missing).unlink()

    with pytest.raises(SpeechModelUnusable, match=r"lacks|final\.mdl"):
        load_speech_model(model)


@pytest.mark.parametrize("name", ["am/final.mdl", "graph/HCLr.fst", "graph/Gr.fst"])
@pytest.mark.parametrize("content", [b"", b"not a model at all" * 100])
def test_a_damaged_model_is_refused(name: str, content: bytes, tmp_path: Path) -> None:
    model = _copy(tmp_path / "model")
    (model / name).write_bytes(content)

    with pytest.raises(SpeechModelUnusable):
        load_speech_model(model)


class _Offers(BaseHTTPRequestHandler):
    """What Vosk's site would answer."""

    files: dict[str, bytes]

    def do_GET(self) -> None:
        content = self.files.get(self.path)
        self.send_response(200 if content is not None else 404)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def offers(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, bytes]]:
    """A server in Vosk's place; fill in what it offers."""
    files: dict[str, bytes] = {}
    handler = type("Handler", (_Offers,), {"files": files})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setattr(vosk, "MODEL_PRE_URL", f"http://127.0.0.1:{server.server_port}/")
    monkeypatch.setattr(vosk, "MODEL_DIRS", [])
    yield files
    server.shutdown()
    thread.join()
    server.server_close()


def _zipped(name: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for source in EMBEDDED_MODEL.rglob("*"):
            if source.is_file():
                archive.write(source, f"{name}/{source.relative_to(EMBEDDED_MODEL)}")
    return content.getvalue()


def test_a_name_is_fetched_once(offers: dict[str, bytes], tmp_path: Path) -> None:
    offers["/vosk-model-tiny.zip"] = _zipped("vosk-model-tiny")
    cache = tmp_path / "cache"
    model = resolve_speech_model("vosk-model-tiny", cache)
    offers.clear()

    assert model == cache / "vosk-model-tiny"
    assert resolve_speech_model("vosk-model-tiny", cache) == model
    assert [path.name for path in cache.iterdir()] == ["vosk-model-tiny"]


@pytest.mark.parametrize("content", [None, b"<html>busy</html>", _zipped("vosk-model-tiny")[:-500]])
def test_a_failed_download_leaves_nothing_behind(
    offers: dict[str, bytes], tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        offers["/vosk-model-tiny.zip"] = content

    with pytest.raises(SpeechModelUnusable, match="vosk-model-tiny"):
        resolve_speech_model("vosk-model-tiny", tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_without_a_network_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(vosk, "MODEL_PRE_URL", "http://127.0.0.1:9/")
    monkeypatch.setattr(vosk, "MODEL_DIRS", [])

    with pytest.raises(SpeechModelUnusable, match="could not be fetched"):
        resolve_speech_model("vosk-model-tiny", tmp_path)

    assert list(tmp_path.iterdir()) == []
