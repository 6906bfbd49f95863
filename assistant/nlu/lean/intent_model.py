"""Linear intent model: one-against-the-rest support vectors with calibrated confidences."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.nlu.lean.ngrams import Weighting

Scores = NDArray[np.float64]

_FOLDS = 5
_LEAST_TEXTS = 2
_SCALES = np.geomspace(0.5, 20.0, 60)


class IntentModel:
    """Scores a text's words for each intent. Immutable; safe for concurrent use."""

    def __init__(
        self,
        *,
        intents: Sequence[str],
        weighting: Weighting,
        weights: NDArray[np.float32],
        bias: NDArray[np.float32],
        scale: float,
    ) -> None:
        """`weights`: n-grams x intents; `scale` turns margins into calibrated confidences."""
        self.intents = tuple(intents)
        self._weighting = weighting
        self._weights = weights
        self._bias = bias
        self._scale = scale

    def ranking(self, words: Sequence[str]) -> list[tuple[str, float]]:
        """Intents with confidences that sum to 1, best first. `words` in lower case."""
        indices, values = self._weighting.vector(words)
        margins = self._bias + np.asarray(values, dtype=np.float32) @ self._weights[indices]
        confidences = _softmax(self._scale * margins.astype(np.float64))
        order = np.argsort(-confidences, kind="stable")
        return [(self.intents[index], float(confidences[index])) for index in order]

    def save(self, directory: Path) -> None:
        vocabulary = list(self._weighting.vocabulary)
        names = {"intents": self.intents, "vocabulary": vocabulary, "scale": self._scale}
        (directory / "intents.json").write_text(json.dumps(names), encoding="utf-8")
        np.savez(
            directory / "intents.npz",
            weights=self._weights,
            bias=self._bias,
            idf=np.asarray(self._weighting.idf),
        )

    @classmethod
    def open(cls, directory: Path) -> IntentModel:
        """The model that `save` wrote there."""
        names = json.loads((directory / "intents.json").read_text(encoding="utf-8"))
        vocabulary = {name: index for index, name in enumerate(names["vocabulary"])}
        with np.load(directory / "intents.npz", allow_pickle=False) as arrays:
            return cls(
                intents=names["intents"],
                weighting=Weighting(vocabulary, arrays["idf"].tolist()),
                weights=arrays["weights"],
                bias=arrays["bias"],
                scale=names["scale"],
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recipe:
    intents: int
    regularisation: float
    seed: int

    def fit(
        self, vectors: Any, truth: NDArray[Any]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Weights (n-grams x intents) and bias; an intent without an example never wins."""
        from sklearn.svm import LinearSVC

        machine = LinearSVC(C=self.regularisation, class_weight="balanced", random_state=self.seed)
        machine.fit(vectors, truth)
        present = machine.classes_
        found, offsets = machine.coef_, machine.intercept_
        if len(present) == 2:  # scikit-learn gives one row for two classes
            found, offsets = np.vstack([-found, found]), np.concatenate([-offsets, offsets])
        weights = np.zeros((vectors.shape[1], self.intents))
        bias = np.full(self.intents, -1.0)
        weights[:, present] = found.T
        bias[present] = offsets
        return weights, bias


def train(
    texts: Sequence[Sequence[str]], labels: Sequence[str], *, regularisation: float, seed: int
) -> tuple[IntentModel, list[str]]:
    """The model, and for each text the intent that a model which never saw it gives.

    `labels` needs at least two different intents. The same input gives the same model.
    """
    intents = sorted(set(labels))
    weighting = Weighting.learn(texts, _LEAST_TEXTS)
    vectors = _matrix(texts, weighting)
    truth = np.asarray([intents.index(label) for label in labels])
    recipe = _Recipe(intents=len(intents), regularisation=regularisation, seed=seed)
    held_out = _held_out_margins(vectors, truth, recipe)
    weights, bias = recipe.fit(vectors, truth)
    model = IntentModel(
        intents=intents,
        weighting=weighting,
        weights=np.ascontiguousarray(weights, dtype=np.float32),
        bias=bias.astype(np.float32),
        scale=_calibrated_scale(held_out, truth),
    )
    return model, [intents[index] for index in held_out.argmax(axis=1)]


def _matrix(texts: Sequence[Sequence[str]], weighting: Weighting) -> Any:
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

    indices: list[int] = []
    values: list[float] = []
    ends = [0]
    for words in texts:
        its_indices, its_values = weighting.vector(words)
        indices += its_indices
        values += its_values
        ends.append(len(indices))
    return csr_matrix((values, indices, ends), shape=(len(texts), len(weighting.idf)))


def _held_out_margins(vectors: Any, truth: NDArray[Any], recipe: _Recipe) -> Scores:
    """Margins of each text from a model trained without the fifth that holds it."""
    seen: Counter[int] = Counter()
    folds = np.empty(len(truth), dtype=int)
    for row, intent in enumerate(truth.tolist()):
        folds[row] = seen[intent] % _FOLDS
        seen[intent] += 1
    margins = np.full((len(truth), recipe.intents), -1.0)
    for fold in range(_FOLDS):
        inside = folds == fold
        if inside.any() and len(set(truth[~inside].tolist())) > 1:
            weights, bias = recipe.fit(vectors[~inside], truth[~inside])
            margins[inside] = vectors[inside] @ weights + bias
    return margins


def _calibrated_scale(margins: Scores, truth: NDArray[Any]) -> float:
    """The scale under which the held-out texts are most likely (temperature scaling)."""
    rows = np.arange(len(truth))

    def surprise(scale: float) -> float:
        return float(-np.log(_softmax(scale * margins)[rows, truth] + 1e-12).mean())

    return float(min(_SCALES, key=surprise))


def _softmax(scores: Scores) -> Scores:
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))
