"""espeak-ng from its wheel, through ctypes.

The library keeps its state (voice, rate, pitch) in process-wide variables and is not thread-safe,
so every `Espeak` of a process shares one library and one lock. It says sentences in milliseconds:
1.9 s of speech take about 2.5 ms.

Source of the constants and of the callback: `speak_lib.h` of espeak-ng 1.52.
"""

from __future__ import annotations

import atexit
import ctypes
import re
import tempfile
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

import espeakng_loader

from assistant.errors import AssistantError, BadRequest

MAX_CHARACTERS: Final = 5_000
RATES_WPM: Final = range(80, 451)
PITCHES: Final = range(100)

_SYNCHRONOUS: Final = 2
_DO_NOT_EXIT: Final = 0x8000
_RATE, _PITCH = 1, 3
_POSITION_CHARACTER: Final = 1
_UTF8: Final = 1
_MAX_DATA_PATH: Final = 120
"""The library cuts longer paths off without saying so."""

_SampleCallback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_int16), ctypes.c_int, ctypes.c_void_p
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_VARIANT = re.compile(r"[A-Za-z0-9 ]{1,32}")
_LOCK = threading.Lock()


class SynthesisFailed(AssistantError):
    """The speech library refused to start or to speak."""

    code = "SYNTHESIS_FAILED"
    hint = "Reinstall the package 'espeakng-loader'."


class Espeak:
    """Turns text into speech. Safe for use from several threads, which wait for each other."""

    def __init__(self) -> None:
        """Raises SynthesisFailed when the library or its voices cannot be loaded."""
        with _LOCK:
            self._library, self._sample_rate_hz = _load()

    @property
    def sample_rate_hz(self) -> int:
        return self._sample_rate_hz

    @property
    def variants(self) -> tuple[str, ...]:
        """What may follow a voice's name, as in "en-us+f3"."""
        return _variants()

    def say(
        self, text: str, *, voice: str = "en-us", rate_wpm: int = 165, pitch: int = 50
    ) -> bytes:
        """Signed 16-bit little-endian samples, one channel, at `sample_rate_hz`.

        See `stream` for the arguments and errors.
        """
        speech = bytearray()

        def collect(pcm: bytes) -> bool:
            speech.extend(pcm)
            return True

        self.stream(text, collect, voice=voice, rate_wpm=rate_wpm, pitch=pitch)
        return bytes(speech)

    def stream(
        self,
        text: str,
        take: Callable[[bytes], bool],
        *,
        voice: str = "en-us",
        rate_wpm: int = 165,
        pitch: int = 50,
    ) -> None:
        """Hands the speech to `take` in chunks of some 60 ms, as they are made.

        `take` is called in this thread while others wait to speak, so it must be quick; it returns
        False to stop. The text is spoken as it stands: it is never markup nor a command.

        `voice` is a language ("en-us", "en", "en-gb-scotland"), optionally with "+" and one of
        `variants`; `rate_wpm` 80 to 450 words a minute; `pitch` 0 to 99.

        Raises BadRequest for an unknown voice or a value out of range, TEXT_TOO_LONG beyond 5,000
        characters, and SynthesisFailed when the library fails. What `take` raises is passed on.
        """
        _check(text, rate_wpm, pitch)
        failure: list[BaseException] = []

        def on_samples(samples: ctypes._Pointer[ctypes.c_int16], count: int, _: int) -> int:
            if not samples or count <= 0:
                return 0
            try:
                return 0 if take(ctypes.string_at(samples, 2 * count)) else 1
            except BaseException as error:  # noqa: BLE001 - must not unwind through C; raised below
                failure.append(error)
                return 1

        callback = _SampleCallback(on_samples)
        with _LOCK:
            self._speak(_plain(text), callback, voice, rate_wpm, pitch)
        if failure:
            raise failure[0]

    def _speak(
        self, encoded: bytes, callback: object, voice: str, rate_wpm: int, pitch: int
    ) -> None:
        library = self._library
        _choose_voice(library, voice)
        library.espeak_SetParameter(_RATE, rate_wpm, 0)
        library.espeak_SetParameter(_PITCH, pitch, 0)
        library.espeak_SetSynthCallback(callback)
        result = library.espeak_Synth(
            encoded, len(encoded) + 1, 0, _POSITION_CHARACTER, 0, _UTF8, None, None
        )
        library.espeak_SetSynthCallback(None)
        if result != 0:
            raise SynthesisFailed(f"espeak-ng refused to speak (code {result})")


def _check(text: str, rate_wpm: int, pitch: int) -> None:
    if len(text) > MAX_CHARACTERS:
        raise BadRequest("TEXT_TOO_LONG", f"text of more than {MAX_CHARACTERS} characters")
    if rate_wpm not in RATES_WPM:
        raise BadRequest("RATE_OUT_OF_RANGE", "rate_wpm must be 80 to 450")
    if pitch not in PITCHES:
        raise BadRequest("PITCH_OUT_OF_RANGE", "pitch must be 0 to 99")


def _plain(text: str) -> bytes:
    """Control characters would be commands to espeak-ng: character 1 starts one."""
    return _CONTROL.sub(" ", text).encode("utf-8", errors="replace")


def _choose_voice(library: ctypes.CDLL, voice: str) -> None:
    language, plus, variant = voice.partition("+")
    known = not plus or (_VARIANT.fullmatch(variant) is not None and variant in _variants())
    if not known or library.espeak_SetVoiceByName(voice.encode()) != 0 or not language:
        raise BadRequest("UNKNOWN_VOICE", "espeak-ng has no voice of that name")


@cache
def _variants() -> tuple[str, ...]:
    directory = Path(espeakng_loader.get_data_path()) / "voices" / "!v"
    return tuple(sorted(path.name for path in directory.iterdir()))


@cache
def _load() -> tuple[ctypes.CDLL, int]:
    """Loads and starts the library once a process; call with the lock held."""
    try:
        library = ctypes.CDLL(espeakng_loader.get_library_path())
    except OSError as error:
        raise SynthesisFailed("the espeak-ng library cannot be loaded") from error
    library.espeak_SetSynthCallback.argtypes = [ctypes.c_void_p]
    library.espeak_SetSynthCallback.restype = None
    library.espeak_SetVoiceByName.argtypes = [ctypes.c_char_p]
    library.espeak_Synth.argtypes = [
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_uint,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_uint,
        ctypes.c_void_p,
        ctypes.c_void_p,
    ]
    path = _short_path(Path(espeakng_loader.get_data_path()))
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, str(path).encode(), _DO_NOT_EXIT)
    if rate <= 0:
        raise SynthesisFailed("espeak-ng did not find its voices")
    return library, int(rate)


def _short_path(data: Path) -> Path:
    """The directory itself, or a link to it that lives as long as the process."""
    if len(str(data).encode()) <= _MAX_DATA_PATH:
        return data
    directory = tempfile.TemporaryDirectory(prefix="espeak-", ignore_cleanup_errors=True)
    atexit.register(directory.cleanup)
    link = Path(directory.name) / "espeak-ng-data"
    link.symlink_to(data, target_is_directory=True)
    return link
