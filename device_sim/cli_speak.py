"""The commands that speak: say, file, mic."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from device_sim import cli_options as cli
from device_sim import credentials
from device_sim.acoustics import heard_through
from device_sim.connection import open_channel
from device_sim.device import Device
from device_sim.errors import DeviceError
from device_sim.household import SILENCE_AFTER_S, NotWoken
from device_sim.loudspeaker import Loudspeaker, RoomLoudspeaker, WavFile
from device_sim.microphone import AudioSource, Microphone, Pace, Recording, read_file
from device_sim.pcm import Samples, duration_s, silence
from device_sim.scenario import MICROPHONES
from device_sim.stream import Options
from device_sim.turn import Turn
from device_sim.voice import Speaker, voice_named
from device_sim.wake import WakeDetector

Wake = Annotated[str, typer.Option("--wake", help="The wake phrase to listen for.")]


def say(
    text: Annotated[str, typer.Argument(help="What is said, after the wake word.")],
    reply: Annotated[
        list[str] | None, typer.Option(help="What to reply when asked back; may be repeated.")
    ] = None,
    voice: Annotated[str, typer.Option(help="See: device-sim voices")] = "nina",
    microphone: Annotated[str, typer.Option(help=", ".join(MICROPHONES))] = "good",
    push_to_talk: cli.PushToTalk = False,
    guest: cli.Guest = False,
    no_training: cli.NoTraining = False,
    real_time: cli.RealTime = False,
    answer: cli.AnswerFile = None,
    loudspeaker: cli.PlayAnswer = False,
    *,
    credentials_file: cli.CredentialsFile,
) -> None:
    """Speak with a synthetic voice, wake word included.

    Example: device-sim say "set a timer" --reply "ten minutes" --voice henry
    """

    async def work() -> None:
        if microphone not in MICROPHONES:
            raise DeviceError("no such microphone", hint=f"Choose from {', '.join(MICROPHONES)}.")
        speaker, person = Speaker(), voice_named(voice)

        def recording(speech: Samples) -> Recording:
            return _in_a_room(speech, microphone=microphone, real_time=real_time)

        await _converse(
            recording((speaker.say if push_to_talk else speaker.request)(text, person)),
            credentials_file,
            wake="" if push_to_talk else person.wake_phrase,
            options=Options(guest=guest, no_training=no_training, locale=person.locale),
            replies=[recording(speaker.say(words, person)) for words in reply or ()],
            loudspeaker=_loudspeaker(answer, loudspeaker),
        )

    cli.run(work())


def file(
    path: Annotated[Path, typer.Argument(help="WAV, FLAC, Ogg or Opus; any sample rate.")],
    push_to_talk: cli.PushToTalk = False,
    wake: Wake = "alexa",
    guest: cli.Guest = False,
    no_training: cli.NoTraining = False,
    locale: cli.Locale = "",
    real_time: cli.RealTime = False,
    answer: cli.AnswerFile = None,
    loudspeaker: cli.PlayAnswer = False,
    *,
    credentials_file: cli.CredentialsFile,
) -> None:
    """Hear a recording as if it were spoken in the room.

    Example: device-sim file request.flac --push-to-talk --answer answer.wav
    """

    async def work() -> None:
        await _converse(
            _in_a_room(read_file(path), microphone="good", real_time=real_time),
            credentials_file,
            wake="" if push_to_talk else wake,
            options=Options(guest=guest, no_training=no_training, locale=locale),
            loudspeaker=_loudspeaker(answer, loudspeaker),
        )

    cli.run(work())


def mic(
    push_to_talk: cli.PushToTalk = False,
    wake: Wake = "alexa",
    device: Annotated[
        str, typer.Option(help="Name or number; `python -m sounddevice` lists them.")
    ] = "",
    guest: cli.Guest = False,
    no_training: cli.NoTraining = False,
    locale: cli.Locale = "",
    answer: cli.AnswerFile = None,
    loudspeaker: cli.PlayAnswer = False,
    *,
    credentials_file: cli.CredentialsFile,
) -> None:
    """Listen with the real microphone until Ctrl-C. Needs the extra 'microphone'.

    Nothing leaves this machine before the wake word was heard.

    Example: device-sim mic --loudspeaker
    """

    async def work() -> None:
        source = Microphone((int(device) if device.isdigit() else device) or None)
        cli.screen.say("Speak now." if push_to_talk else f"Say '{wake.replace('_', ' ')}'.")
        try:
            await _converse(
                source,
                credentials_file,
                wake="" if push_to_talk else wake,
                options=Options(guest=guest, no_training=no_training, locale=locale),
                loudspeaker=_loudspeaker(answer, loudspeaker),
            )
        finally:
            source.close()

    cli.run(work())


async def _converse(
    source: AudioSource,
    credentials_file: Path,
    *,
    wake: str,
    options: Options,
    loudspeaker: Loudspeaker | None,
    replies: Iterable[AudioSource] = (),
) -> None:
    """With an empty `wake` the source is sent at once."""
    paired = credentials.load(credentials_file)
    detector = await asyncio.to_thread(WakeDetector, (wake,)) if wake else None
    ca = Path(paired.ca) if paired.ca else None
    async with open_channel(paired.server, ca=ca, plaintext=paired.plaintext) as channel:
        device = Device(
            channel,
            paired.device_token,
            detector=detector,
            loudspeaker=loudspeaker,
            watch=cli.screen.event,
        )
        ask = device.listen if wake else device.push_to_talk
        await _show(ask(source, options=options, replies=replies))


async def _show(turns: AsyncGenerator[Turn]) -> None:
    """Raises NotWoken when the source ended without a turn."""
    count = 0
    async with aclosing(turns):
        async for turn in turns:
            count += 1
            cli.screen.turn(turn)
    if not count:
        raise NotWoken("the device did not hear its wake word")


def _in_a_room(speech: Samples, *, microphone: str, real_time: bool) -> Recording:
    """The speech and the silence after it, through the microphone."""
    samples = np.concatenate([speech, silence(SILENCE_AFTER_S)])
    return Recording(
        heard_through(samples, MICROPHONES[microphone], seed=0),
        pace=Pace.REAL_TIME if real_time else Pace.AS_FAST,
        speech_s=duration_s(speech),
    )


def _loudspeaker(path: Path | None, play: bool) -> Loudspeaker | None:
    if path is not None:
        return WavFile(path)
    return RoomLoudspeaker() if play else None
