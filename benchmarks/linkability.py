"""Whether a reviewer could tell which clips belong to one account.

    python -m benchmarks.linkability SPEECH [--accounts 50] [--clips 20]

Each account speaks with the voice of one real person of speechocean762 (SPEECH as in
`benchmarks.deidentification`; needs the extra `linkability`), is recognised by our recogniser and
de-identified as in production. Its requests have a habitual time of day. The attacker is scripted
and strong: trained on clips, treated in the same way, of as many other accounts whose clips it
knows to belong together. It scores each pair of clips by the angle of their speaker embeddings,
plain and after a discriminant analysis that it learned, by common words, length, pace and, before
de-identification, time of day; then it clusters, knowing the number of accounts.

"before" is what a reviewer would see without de-identification; "after" is what one sees.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import AgglomerativeClustering
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score, average_precision_score, roc_auc_score

from benchmarks import report
from benchmarks.deidentification import Clip, Ear, Embedding, real_clips, speaker_encoder
from training_loop.deidentify.deidentifier import Deidentifier
from training_loop.deidentify.level import Level
from training_loop.deidentify.sound import RATE_HZ, Waveform, from_pcm, to_pcm
from training_loop.utterance import Utterance

_HABIT_HOURS = 1.5
_DISCRIMINANTS = 24
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the attacker has of one clip. Without sound the embedding is zero."""

    account: int
    embedding: Embedding = field(repr=False)
    text: str = field(repr=False)
    seconds: float
    hour: float | None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("speech", type=Path)
    parser.add_argument("--accounts", type=int, default=50)
    parser.add_argument("--clips", type=int, default=20, help="of each account")
    arguments = parser.parse_args()
    clips = real_clips(
        arguments.speech,
        speakers=2 * arguments.accounts,
        each=arguments.clips,
        corpora=["speechocean762"],
    )
    before, after = gathered(clips)
    accounts = arguments.accounts
    rows = [
        {"reviewers see": "chance"} | scores_by_chance(before, accounts),
        {"reviewers see": "before"} | attack(before, accounts),
        {"reviewers see": "before, voice alone"} | attack(before, accounts, voice_alone=True),
        {"reviewers see": "after"} | attack(after, accounts),
        {"reviewers see": "after, voice alone"} | attack(after, accounts, voice_alone=True),
    ]
    silent = sum(not one.embedding.any() for one in after)
    report.write(
        "linkability",
        {
            "clips": accounts * arguments.clips,
            "accounts": accounts,
            "transcript_only_percent": round(100 * silent / len(after), 1),
        },
        rows=rows,
        title="clips clustered by account",
    )


def gathered(clips: Sequence[Clip]) -> tuple[list[Seen], list[Seen]]:
    """Each clip as it is, and as a reviewer gets it."""
    ear, encode, deidentifier = Ear(), speaker_encoder(), Deidentifier()
    habits = np.random.default_rng(2)
    habitual = {speaker: habits.uniform(0, 24) for speaker in {clip.speaker for clip in clips}}
    before, after = [], []
    for number, clip in enumerate(clips):
        hour = (habitual[clip.speaker] + habits.normal(0, _HABIT_HOURS)) % 24
        padded = np.pad(clip.waveform, (RATE_HZ * 3 // 10, RATE_HZ // 2))
        transcript = ear.hear(clip.waveform)
        before.append(_seen(clip, encode, clip.waveform, transcript.text, hour))
        shown = deidentifier.deidentify(
            Utterance(
                utterance_id="",
                account="",
                device="",
                captured_at_s=0.0,
                pcm=to_pcm(padded),
                heard=transcript.text,
                words=transcript.words,
                alternatives=transcript.alternatives,
                confidence=transcript.confidence,
            ),
            names=frozenset(),
            vocabulary=deidentifier.lexicon,
            chance=random.Random(number),
        )
        sound = from_pcm(shown.pcm) if shown.treatment.level is Level.ALTERED else None
        after.append(_seen(clip, encode, sound, shown.text, None))
    return before, after


def _seen(
    clip: Clip,
    encode: Callable[[Waveform], Embedding],
    waveform: Waveform | None,
    text: str,
    hour: float | None,
) -> Seen:
    return Seen(
        account=clip.speaker,
        embedding=np.zeros(256, np.float32) if waveform is None else encode(waveform),
        text=text,
        seconds=0.0 if waveform is None else len(waveform) / RATE_HZ,
        hour=hour,
    )


def attack(
    clips: Sequence[Seen], accounts: int, *, voice_alone: bool = False
) -> dict[str, report.Value]:
    """Learns from the accounts from number `accounts` on; clusters the others."""
    known = [clip for clip in clips if clip.account >= accounts]
    wanted = [clip for clip in clips if clip.account < accounts]
    people = np.array([clip.account for clip in known])
    analysis = LinearDiscriminantAnalysis(
        solver="eigen", shrinkage="auto", n_components=min(_DISCRIMINANTS, accounts - 1)
    ).fit(np.array([clip.embedding for clip in known]), people)
    learned = _features(known, analysis, voice_alone=voice_alone)
    linked = (people[:, None] == people[None, :])[_pairs(len(known))]
    judge = LogisticRegression(class_weight="balanced", max_iter=500).fit(learned, linked)
    judged = judge.decision_function(_features(wanted, analysis, voice_alone=voice_alone))
    return _scores(wanted, accounts, judged)


def scores_by_chance(clips: Sequence[Seen], accounts: int) -> dict[str, report.Value]:
    wanted = [clip for clip in clips if clip.account < accounts]
    pairs = len(wanted) * (len(wanted) - 1) // 2
    return _scores(wanted, accounts, np.random.default_rng(3).normal(size=pairs))


def _features(
    clips: Sequence[Seen], analysis: LinearDiscriminantAnalysis, *, voice_alone: bool
) -> Numbers:
    """(pairs, features): how alike each two clips are."""
    pairs = _pairs(len(clips))
    voices = np.array([clip.embedding for clip in clips])
    alike = [_cosines(voices)[pairs], _cosines(analysis.transform(voices))[pairs]]
    if not voice_alone:
        words = TfidfVectorizer(token_pattern=r"\S+").fit_transform([c.text or "-" for c in clips])
        seconds = np.array([clip.seconds for clip in clips])
        pace = seconds / np.maximum(1, [len(clip.text.split()) for clip in clips])
        alike += [(words @ words.T).toarray()[pairs], _apart(seconds)[pairs], _apart(pace)[pairs]]
        if all(clip.hour is not None for clip in clips):
            apart = _apart(np.array([clip.hour for clip in clips], float))
            alike.append(np.minimum(apart, 24 - apart)[pairs])
    return np.stack(alike, axis=1)


def _scores(clips: Sequence[Seen], accounts: int, judged: Numbers) -> dict[str, report.Value]:
    people = np.array([clip.account for clip in clips])
    pairs = _pairs(len(clips))
    linked = (people[:, None] == people[None, :])[pairs]
    distance = np.zeros((len(clips), len(clips)))
    distance[pairs] = judged.max() - judged
    distance += distance.T
    clusters = AgglomerativeClustering(
        n_clusters=accounts, metric="precomputed", linkage="average"
    ).fit_predict(distance)
    return {
        "adjusted_rand": round(float(adjusted_rand_score(people, clusters)), 3),
        "pairs_auc": round(float(roc_auc_score(linked, judged)), 3),
        "pairs_precision_recall_auc": round(float(average_precision_score(linked, judged)), 3),
    }


def _pairs(count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return np.triu_indices(count, 1)


def _cosines(vectors: Numbers) -> Numbers:
    lengths = np.maximum(1e-9, np.linalg.norm(vectors, axis=1, keepdims=True))
    return np.asarray((vectors / lengths) @ (vectors / lengths).T)


def _apart(values: Numbers) -> Numbers:
    return np.abs(values[:, None] - values[None, :])


if __name__ == "__main__":
    main()
