"""The espeak-ng binding speaks what it is given, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import espeakng_loader
import numpy as np
import pytest

from assistant.errors import BadRequest
from assistant.speech.espeak import MAX_CHARACTERS, Espeak


@pytest.fixture(scope="module")
def espeak() -> Espeak:
    return Espeak()


def seconds(espeak: Espeak, pcm: bytes) -> float:
    return len(pcm) / 2 / espeak.sample_rate_hz


def test_speech_is_loud_and_of_plausible_length(espeak: Espeak) -> None:
    pcm = espeak.say("It is half past seven in the morning.")
    assert 1.0 < seconds(espeak, pcm) < 4.0
    assert np.abs(np.frombuffer(pcm, dtype="<i2")).max() > 3_000


def test_voice_rate_and_pitch_change_the_speech_and_do_not_stick(espeak: Espeak) -> None:
    plain = espeak.say("Good evening everybody.")
    fast = espeak.say("Good evening everybody.", rate_wpm=330)
    other = espeak.say("Good evening everybody.", voice="en-us+f3", pitch=90)
    assert seconds(espeak, fast) < 0.75 * seconds(espeak, plain)
    assert other != plain
    assert abs(len(espeak.say("Good evening everybody.")) - len(plain)) < 0.02 * len(plain)


def test_text_is_never_markup_nor_a_command(espeak: Espeak) -> None:
    """Markup is read out, the control character that starts espeak-ng's commands is dropped."""
    assert len(espeak.say('<break time="60s"/> hello')) > 1.5 * len(espeak.say("hello"))
    assert seconds(espeak, espeak.say('<break time="60s"/> hello')) < 10
    commanded = espeak.say("\x01400S good evening to you all")
    assert len(commanded) > len(espeak.say("good evening to you all"))


def test_a_listener_that_had_enough_stops_the_speech(espeak: Espeak) -> None:
    chunks: list[bytes] = []

    def take_three(pcm: bytes) -> bool:
        chunks.append(pcm)
        return len(chunks) < 3

    espeak.stream("A sentence that goes on and on and on for quite a while.", take_three)
    assert len(chunks) == 3
    assert all(0 < len(chunk) < 8_000 for chunk in chunks)
    assert espeak.say("and the next one is whole")


def test_what_a_listener_raises_reaches_the_caller(espeak: Espeak) -> None:
    def refuse(_: bytes) -> bool:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        espeak.stream("hello", refuse)


def test_threads_do_not_mix_their_voices(espeak: Espeak) -> None:
    expected = {rate: len(espeak.say("one two three", rate_wpm=rate)) for rate in (120, 330)}
    wrong: list[int] = []

    def speak(rate: int) -> None:
        lengths = [len(espeak.say("one two three", rate_wpm=rate)) for _ in range(20)]
        wrong.extend(n for n in lengths if abs(n - expected[rate]) > 0.05 * expected[rate])

    threads = [threading.Thread(target=speak, args=(rate,)) for rate in (120, 330) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize("voice", ["", "xx", "en-us+", "en-us+nobody", "en-us+../../../etc", "+f3"])
def test_an_unknown_voice_is_refused(espeak: Espeak, voice: str) -> None:
    with pytest.raises(BadRequest) as refused:
        espeak.say("hello", voice=voice)
    assert refused.value.code == "UNKNOWN_VOICE"


def test_values_out_of_range_are_refused(espeak: Espeak) -> None:
    with pytest.raises(BadRequest):
        espeak.say("hello", rate_wpm=10)
    with pytest.raises(BadRequest):
        espeak.say("hello", pitch=100)
    with pytest.raises(BadRequest) as refused:
        espeak.say("a" * (MAX_CHARACTERS + 1))
    assert refused.value.code == "TEXT_TOO_LONG"


def test_it_works_from_a_deep_directory(tmp_path: Path) -> None:
    """The library cuts long paths off; the binding must not care where it is installed."""
    deep = tmp_path / "/".join(["a-rather-long-directory-name"] * 8)
    shutil.copytree(Path(espeakng_loader.__file__).parent, deep / "espeakng_loader")
    program = "from assistant.speech.espeak import Espeak; print(len(Espeak().say('hello')))"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(deep)!r}); {program}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) > 10_000
