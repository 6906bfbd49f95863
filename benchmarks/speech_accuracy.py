"""Word errors and intents of held-out sentences, spoken by synthetic voices, end to end.

The sentences are the held-out split of the NLU project; each is said by the next voice in turn,
over gRPC, without a wake word.

    python -m benchmarks.speech_accuracy
    python -m benchmarks.speech_accuracy --microphone bad --most 100
"""

from __future__ import annotations

import argparse
import asyncio
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import jiwer
import numpy as np
import yaml

from benchmarks import report
from benchmarks.serving import Serving, add_arguments, serving
from device_sim.acoustics import heard_through
from device_sim.connection import open_channel
from device_sim.device import Device
from device_sim.fleet import enrol
from device_sim.microphone import Recording
from device_sim.pcm import silence
from device_sim.scenario import MICROPHONES
from device_sim.stream import Options
from device_sim.turn import Turn
from device_sim.voice import Speaker, Voice, available_voices

_TEST = Path(__file__).parents[1] / "assistant" / "nlu" / "project" / "test"
_AT_ONCE = 4
_ANNOTATION = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    text: str
    intent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    sentence: Sentence
    voice: str
    heard: str
    understood: str
    understood_typed: str
    """What is understood of the same sentence when nothing has to be recognised."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    add_arguments(parser)
    parser.add_argument("--microphone", choices=list(MICROPHONES), default="good")
    parser.add_argument("--most", type=int, default=0, help="sentences at most; 0 for all")
    parser.add_argument("--errors", action="store_true", help="print what went wrong")
    arguments = parser.parse_args()
    sentences = held_out()
    if arguments.most:
        order = np.random.default_rng(0).permutation(len(sentences))[: arguments.most]
        sentences = [sentences[index] for index in order]
    with serving(arguments) as server:
        results = asyncio.run(speak(server, sentences, arguments.microphone))
    if arguments.errors:
        show_errors(results)
    report.write(
        f"speech_accuracy_{arguments.microphone}",
        rows=[
            {"voice": voice} | figures([r for r in results if r.voice == voice])
            for voice in sorted({result.voice for result in results})
        ],
        figures=figures(results),
        title="held-out sentences by voice",
    )


def held_out() -> list[Sentence]:
    """The examples of the test split, without their annotations."""
    sentences = []
    for path in sorted(_TEST.glob("*.yml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            for example in entry["examples"].splitlines():
                text = _ANNOTATION.sub(r"\1", example.removeprefix("- ")).strip()
                sentences.append(Sentence(text=text, intent=entry["intent"]))
    return sentences


async def speak(server: Serving, sentences: list[Sentence], microphone: str) -> list[Result]:
    voices = available_voices()
    speaker = Speaker()
    waiting = list(enumerate(sentences))
    results: list[Result] = []
    async with open_channel(server.address) as channel:
        tokens = await enrol(channel, server.operator_token, _AT_ONCE)

        async def one_device(token: str) -> None:
            device = Device(channel, token)
            while waiting:
                number, sentence = waiting.pop()
                voice = voices[number % len(voices)]
                source = recording(speaker, sentence, voice, microphone, seed=number)
                results.append(await ask(device, source, sentence, voice))

        async with asyncio.TaskGroup() as group:
            for token in tokens:
                group.create_task(one_device(token))
    return results


def recording(
    speaker: Speaker, sentence: Sentence, voice: Voice, microphone: str, *, seed: int
) -> Recording:
    speech = np.concatenate([silence(0.3), speaker.say(sentence.text, voice), silence(1.5)])
    return Recording(heard_through(speech, MICROPHONES[microphone], seed=seed))


async def ask(device: Device, source: Recording, sentence: Sentence, voice: Voice) -> Result:
    turns = device.push_to_talk(source, options=Options(text_only=True))
    turn: Turn = await anext(turns)
    await turns.aclose()
    typed = await device.type(sentence.text, options=Options(text_only=True))
    return Result(
        sentence=sentence,
        voice=voice.name,
        heard=turn.transcript.text if turn.transcript else "",
        understood=intent_of(turn),
        understood_typed=intent_of(typed),
    )


def intent_of(turn: Turn) -> str:
    return turn.interpretation.intent if turn.interpretation else ""


def figures(results: list[Result]) -> dict[str, report.Value]:
    right = sum(r.understood == r.sentence.intent for r in results)
    right_typed = sum(r.understood_typed == r.sentence.intent for r in results)
    return {
        "sentences": len(results),
        "word_error_rate_percent": round(100 * word_error_rate(results), 2),
        "intent_accuracy_percent": round(100 * right / len(results), 2),
        "intent_accuracy_typed_percent": round(100 * right_typed / len(results), 2),
        "nothing_heard": sum(not result.heard for result in results),
    }


def word_error_rate(results: list[Result]) -> float:
    return float(jiwer.wer([r.sentence.text for r in results], [r.heard for r in results]))


def show_errors(results: list[Result]) -> None:
    confused: Counter[tuple[str, str]] = Counter()
    for result in results:
        if result.heard != result.sentence.text:
            print(f"{result.voice:8} said  {result.sentence.text}\n{'':8} heard {result.heard}")
        if result.understood != result.sentence.intent:
            confused[(result.sentence.intent, result.understood or "nothing")] += 1
    for (meant, understood), count in confused.most_common(20):
        print(f"{count:4} {meant} understood as {understood}")


if __name__ == "__main__":
    main()
