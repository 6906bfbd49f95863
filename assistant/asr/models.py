"""Which speech model to use, where it lies, and whether it is one."""

from __future__ import annotations

import shutil
import tempfile
import urllib.error
import zipfile
from pathlib import Path

import vosk

from assistant.errors import SetupIncomplete

EMBEDDED_MODEL = Path(__file__).resolve().parents[2] / "models" / "earmark-en"

_OPENFST_MAGIC = b"\xd6\xfd\xb2\x7e"


class SpeechModelUnusable(SetupIncomplete):
    """There is no speech model, or it is not one that Vosk can load."""

    code = "SPEECH_MODEL_UNUSABLE"
    hint = (
        "Set VOSK_MODEL to the directory of a Vosk model, to the name of one that Vosk offers "
        "(such as vosk-model-small-en-us-0.15), or leave it empty for the embedded model."
    )


def resolve_speech_model(value: str | None, cache: Path) -> Path:
    """The directory of the model that `value` (VOSK_MODEL) names.

    None or empty is the embedded model; a path is taken as it is; a bare name is looked up in
    `cache`, then in Vosk's own directories, and else fetched by Vosk's downloader into `cache`
    (with its progress bar). A download that fails leaves nothing behind.

    Raises SpeechModelUnusable.
    """
    if not value:
        check_speech_model(EMBEDDED_MODEL)
        return EMBEDDED_MODEL
    path = Path(value).expanduser()
    if path.is_dir() or path.name != value:
        check_speech_model(path)
        return path.absolute()
    for directory in (cache, *(Path(known) for known in vosk.MODEL_DIRS if known)):
        if (directory / value).is_dir():
            check_speech_model(directory / value)
            return (directory / value).absolute()
    return _download(value, cache)


def load_speech_model(path: Path) -> vosk.Model:
    """Raises SpeechModelUnusable."""
    check_speech_model(path)
    try:
        return vosk.Model(str(path))
    except Exception as error:
        raise SpeechModelUnusable(f"Vosk cannot load the speech model at {path}.") from error


def check_speech_model(path: Path) -> None:
    """Finds out what would make Vosk fail, or end the process, before it is asked to load.

    Raises SpeechModelUnusable. Both layouts that Vosk knows are accepted.
    """
    if not path.is_dir():
        raise SpeechModelUnusable(f"There is no speech model at {path}.")
    nested = (path / "am" / "final.mdl").is_file()
    acoustic, features, graph = (
        ("am/final.mdl", "conf/mfcc.conf", "graph/") if nested else ("final.mdl", "mfcc.conf", "")
    )
    required = [acoustic, features, f"{graph}words.txt"]
    if nested:
        required.append("conf/model.conf")
    static = (path / f"{graph}HCLG.fst").is_file()
    graphs = [f"{graph}HCLG.fst"] if static else [f"{graph}HCLr.fst", f"{graph}Gr.fst"]
    for name in (*required, *graphs):
        if not (path / name).is_file() or (path / name).stat().st_size == 0:
            raise SpeechModelUnusable(f"The speech model at {path} lacks {name}.")
    for name in graphs:
        with (path / name).open("rb") as file:
            if file.read(len(_OPENFST_MAGIC)) != _OPENFST_MAGIC:
                raise SpeechModelUnusable(f"{name} of the speech model at {path} is damaged.")


class _Downloader(vosk.Model):  # type: ignore[misc]
    """Vosk's downloader without the model that its constructor would load."""

    def __init__(self) -> None:
        pass

    def __del__(self) -> None:
        pass


def _download(name: str, cache: Path) -> Path:
    cache.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=cache))
    try:
        _Downloader().download_model(partial / name)
        check_speech_model(partial / name)
        return (partial / name).rename(cache / name).absolute()
    except urllib.error.HTTPError as error:
        raise SpeechModelUnusable(
            f"Vosk offers no model named {name} (HTTP status {error.code})."
        ) from error
    except (OSError, zipfile.BadZipFile) as error:
        raise SpeechModelUnusable(
            f"The speech model {name} could not be fetched: {error}."
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
