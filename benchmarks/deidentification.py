"""What altering a voice costs, hides and leaves understandable; and how well listen marks hold.

    python -m benchmarks.deidentification SPEECH [--speakers 40] [--clips 4] [--sentences 80]

SPEECH is a directory of corpora, each with a `manifest.tsv` (file, speaker, transcript) and sound
files. Needs the extra `linkability`. The attacker of the speaker figures is resemblyzer's speaker
encoder (GE2E): it compares altered clips with the speakers' own recordings ("altered, own"), and
altered clips with each other ("altered, altered"). 50 % is a coin.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import jiwer
import numpy as np
import soundfile
import soxr
import vosk
from numpy.typing import NDArray

from assistant.asr.models import EMBEDDED_MODEL
from assistant.asr.recognizer import Transcript
from assistant.asr.vosk_recognizer import VoskRecognizer
from benchmarks import report
from benchmarks.speech_accuracy import held_out
from device_sim.voice import Speaker, available_voices
from training_loop.deidentify.disguise import Strength
from training_loop.deidentify.mark import ListenMark, detect
from training_loop.deidentify.sound import RATE_HZ, Span, Waveform, from_pcm, to_pcm
from training_loop.deidentify.voice import CannotAlter, Margins, altered_sound

_CORPORA = ("vctk", "librispeech", "speechocean762")
_LONGEST_S = 8
_KEY = b"a key for this benchmark alone"
Embedding = NDArray[np.float32]

STRENGTHS = {
    "chosen": Strength(),
    "own colour kept": Strength(recolour=0.0),
    "smaller formant shift": Strength(formants=(1.03, 1.1), bend=0.01),
    "milder colour": Strength(colour_db=1.5),
    "pitch and pace alone": Strength(
        recolour=0.0, colour_db=0.0, formants=(1.0, 1.0001), bend=0.0, breath_db=(0.0, 0.001)
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    speaker: int
    text: str
    waveform: Waveform = field(repr=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("speech", type=Path)
    parser.add_argument("--speakers", type=int, default=40)
    parser.add_argument("--clips", type=int, default=4, help="of each speaker")
    parser.add_argument("--sentences", type=int, default=80)
    parser.add_argument("--all-strengths", action="store_true", help="the trade-off, as a table")
    arguments = parser.parse_args()
    people = real_clips(arguments.speech, speakers=arguments.speakers, each=arguments.clips)
    requests = synthetic_requests(arguments.sentences)
    ear, encode = Ear(), speaker_encoder()
    own = [encode(clip.waveform) for clip in people]
    unaltered: dict[str, report.Value] = {
        "alteration": "none",
        "altered_own_eer": None,
        "same_kind_eer": linked(own, people, own),
        "requests_wer": ear.error_rate(requests),
        "people_wer": ear.error_rate(people),
    }
    names = list(STRENGTHS) if arguments.all_strengths else ["chosen"]
    rows = [unaltered, *(trade_off(name, people, own, requests, ear, encode) for name in names)]
    figures: dict[str, report.Value] = {
        "real_clips": len(people),
        "real_speakers": len({clip.speaker for clip in people}),
        "requests": len(requests),
        "times_real_time_one_core": round(speed(people[:40]), 1),
        **mark_figures(people[:20]),
    }
    report.write("deidentification", figures, rows=rows, title="speaker and word error rates")


def trade_off(
    name: str,
    people: Sequence[Clip],
    own: Sequence[Embedding],
    requests: Sequence[Clip],
    ear: Ear,
    encode: Callable[[Waveform], Embedding],
) -> dict[str, report.Value]:
    strength = STRENGTHS[name]
    other = [altered(clip, strength, seed) for seed, clip in enumerate(people)]
    voices = [encode(clip.waveform) for clip in other]
    changed = [altered(clip, strength, seed) for seed, clip in enumerate(requests)]
    return {
        "alteration": name,
        "altered_own_eer": linked(voices, people, own),
        "same_kind_eer": linked(voices, people, voices),
        "requests_wer": ear.error_rate(changed),
        "people_wer": ear.error_rate(other),
    }


def real_clips(
    speech: Path, *, speakers: int, each: int, corpora: Sequence[str] = _CORPORA
) -> list[Clip]:
    """Clips of people of whom there are at least `each`, at most eight seconds long."""
    found: dict[str, list[tuple[Path, str]]] = defaultdict(list)
    for corpus in corpora:
        for line in (speech / corpus / "manifest.tsv").read_text(encoding="utf-8").splitlines():
            file, speaker, text = line.split("\t")
            found[f"{corpus}-{speaker}"].append((speech / corpus / file, text))
    chance = random.Random(1)
    chosen = [name for name in sorted(found) if len(found[name]) >= each]
    chosen = chance.sample(chosen, min(speakers, len(chosen)))
    clips = []
    for number, name in enumerate(chosen):
        for path, text in chance.sample(found[name], each):
            waveform, _ = soundfile.read(path)
            clips.append(Clip(speaker=number, text=text, waveform=waveform[: _LONGEST_S * RATE_HZ]))
    return clips


def synthetic_requests(most: int) -> list[Clip]:
    """What is said to the assistant: held-out sentences in synthetic voices, in a quiet room."""
    sentences = held_out()
    random.Random(0).shuffle(sentences)
    speaker, voices = Speaker(), available_voices()
    room = np.random.default_rng(0)
    clips = []
    for number, sentence in enumerate(sentences[:most]):
        spoken = speaker.say(sentence.text, voices[number % len(voices)]) / 32768
        quiet = np.pad(spoken, RATE_HZ // 5)
        clips.append(
            Clip(
                speaker=number % len(voices),
                text=sentence.text,
                waveform=quiet + room.normal(0, 1e-3, len(quiet)),
            )
        )
    return clips


def altered(clip: Clip, strength: Strength, seed: int) -> Clip:
    """The whole clip in another voice; silence where that can't be done."""
    whole = Span(start_s=0.0, end_s=len(clip.waveform) / RATE_HZ)
    try:
        sound = altered_sound(
            to_pcm(clip.waveform),
            shown=[whole],
            hidden=[],
            margins=Margins(),
            strength=strength,
            chance=np.random.default_rng(seed),
        )
    except CannotAlter:
        return Clip(speaker=clip.speaker, text=clip.text, waveform=np.zeros(len(clip.waveform)))
    return Clip(speaker=clip.speaker, text=clip.text, waveform=from_pcm(sound.pcm))


def speed(clips: Sequence[Clip]) -> float:
    """Seconds of sound altered in a second of one core's time."""
    started = time.process_time()
    for seed, clip in enumerate(clips):
        altered(clip, Strength(), seed)
    seconds = sum(len(clip.waveform) for clip in clips) / RATE_HZ
    return seconds / (time.process_time() - started)


class Ear:
    """The embedded recogniser."""

    def __init__(self) -> None:
        self._recognizer = VoskRecognizer(vosk.Model(str(EMBEDDED_MODEL)), alternatives=5)

    def hear(self, waveform: Waveform) -> Transcript:
        """Word times count from 0.3 s before the waveform."""
        self._recognizer.accept(to_pcm(np.pad(waveform, (RATE_HZ * 3 // 10, RATE_HZ // 2))))
        return self._recognizer.final()

    def error_rate(self, clips: Sequence[Clip]) -> float:
        heard = [self.hear(clip.waveform).text for clip in clips]
        return round(float(jiwer.wer([clip.text.lower() for clip in clips], heard)), 3)


def speaker_encoder() -> Callable[[Waveform], Embedding]:
    import torch
    from resemblyzer import VoiceEncoder

    torch.set_num_threads(1)
    encoder = VoiceEncoder("cpu", verbose=False)

    def encode(waveform: Waveform) -> Embedding:
        level = max(1e-6, float(np.abs(waveform).max()))
        return np.asarray(encoder.embed_utterance((waveform / level * 0.7).astype(np.float32)))

    return encode


def linked(ones: Sequence[Embedding], clips: Sequence[Clip], others: Sequence[Embedding]) -> float:
    """The equal error rate of telling by the angle whether two clips have the same speaker."""
    scores = np.array(ones) @ np.array(others).T
    speakers = np.array([clip.speaker for clip in clips])
    same = speakers[:, None] == speakers[None, :]
    pairs = ~np.eye(len(clips), dtype=bool)
    return round(equal_error_rate(scores[same & pairs], scores[~same & pairs]), 3)


def equal_error_rate(same: NDArray[np.float32], different: NDArray[np.float32]) -> float:
    thresholds = np.sort(np.concatenate([same, different]))
    missed = np.searchsorted(np.sort(same), thresholds) / len(same)
    accepted = 1 - np.searchsorted(np.sort(different), thresholds) / len(different)
    place = int(np.argmin(np.abs(missed - accepted)))
    return float(missed[place] + accepted[place]) / 2


def mark_figures(clips: Sequence[Clip]) -> dict[str, report.Value]:
    """The share of marked copies that are traced to the right listen, by what was done to them,
    and how many unmarked clips are traced to anybody."""
    listens = [f"listen {number}" for number in range(5)]
    pcm = [to_pcm(clip.waveform) for clip in clips]
    marks = [ListenMark(_KEY, listens[number % 5]) for number in range(len(pcm))]
    started = time.process_time()
    copies = [_in_chunks(mark, one) for mark, one in zip(marks, pcm, strict=True)]
    cost = sum(map(len, pcm)) / (2 * RATE_HZ) / (time.process_time() - started)
    figures: dict[str, report.Value] = {"mark_times_real_time": round(cost)}
    for name, leak in LEAKS.items():
        traced = [detect(to_pcm(leak(from_pcm(copy))), _KEY, listens) for copy in copies]
        right = sum(
            found is not None and found.listen_id == listens[number % 5]
            for number, found in enumerate(traced)
        )
        figures[f"mark_found_{name}"] = f"{right} of {len(copies)}"
    wrong = sum(detect(one, _KEY, listens) is not None for one in pcm)
    figures["mark_found_where_none_is"] = f"{wrong} of {len(pcm)}"
    return figures


def _in_chunks(mark: ListenMark, pcm: bytes) -> bytes:
    cuts = [*range(0, len(pcm), 3200), len(pcm)]
    return b"".join(mark.marked(pcm[a:b], a // 2) for a, b in pairwise(cuts))


def _resampled(waveform: Waveform, rates: Iterable[int]) -> Waveform:
    before = RATE_HZ
    for rate in (*rates, RATE_HZ):
        waveform, before = np.asarray(soxr.resample(waveform, before, rate)), rate
    return waveform


def _mu_law(waveform: Waveform) -> Waveform:
    packed = np.sign(waveform) * np.log1p(255 * np.abs(waveform)) / np.log(256)
    packed = np.round(packed * 127) / 127
    return np.asarray(np.sign(packed) * (np.power(256.0, np.abs(packed)) - 1) / 255)


def _noisy(waveform: Waveform) -> Waveform:
    return waveform + np.random.default_rng(0).normal(0, waveform.std() / 10, len(waveform))


LEAKS: dict[str, Callable[[Waveform], Waveform]] = {
    "unchanged": lambda waveform: waveform,
    "mu_law": _mu_law,
    "telephone": lambda waveform: _mu_law(_resampled(waveform, [8000])),
    "resampled_44k": lambda waveform: _resampled(waveform, [44_100]),
    "noise_20_db": _noisy,
    "cropped_2_s": lambda waveform: waveform[3000 : 3000 + 2 * RATE_HZ],
    "cropped_1_s": lambda waveform: waveform[8000 : 8000 + RATE_HZ],
}

if __name__ == "__main__":
    main()
