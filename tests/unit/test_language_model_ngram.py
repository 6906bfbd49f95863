"""N-gram models: estimation against the formulas written out, mixtures and pruning."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.language_model import SENTENCES
from training_loop.training.errors import NothingToLearn
from training_loop.training.language_model.kneser_ney import count, discounts_from, estimate
from training_loop.training.language_model.mixture import fit_weights, mix
from training_loop.training.language_model.ngram import (
    BEGIN,
    END,
    NGramModel,
    Sentence,
    perplexity,
)
from training_loop.training.language_model.pruning import prune
from training_loop.training.language_model.texts import BaseTexts
from training_loop.training.project import NluProject

TEXTS = st.lists(
    st.lists(st.sampled_from("abcdef"), min_size=1, max_size=7).map(tuple),
    min_size=1,
    max_size=40,
)


def project_sentences() -> list[Sentence]:
    return [one.words for one in BaseTexts.read(NluProject.locate().examples).phrases]


def assert_sums_to_one(model: NGramModel, extra: tuple[str, ...] = ("never-said",)) -> None:
    for history in [*model.probabilities, extra]:
        total = sum(model.probability(word, history) for word in model.vocabulary)
        assert total == pytest.approx(1.0, abs=1e-6), history


@given(TEXTS, st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_after_every_history_the_probabilities_sum_to_one(
    texts: list[Sentence], order: int
) -> None:
    model = estimate(texts, order=order, vocabulary=("a", "z"))
    assert_sums_to_one(model)
    assert all(model.probability(word) > 0 for word in ("a", "z", END))
    assert model.probability(BEGIN) == 0


def reference(texts: list[Sentence], word: str, history: Sentence, vocabulary: int) -> float:
    """Chen and Goodman's p_KN of a trigram model, counted anew for each question."""
    padded = [(BEGIN, *text, END) for text in texts]

    def grams(size: int) -> Counter[Sentence]:
        """Of one order: how often, or after how many words where something can stand before."""
        raw = Counter(line[at : at + size] for line in padded for at in range(len(line) - size + 1))
        if size == 3:
            return raw
        longer = Counter(
            line[at : at + size + 1] for line in padded for at in range(len(line) - size)
        )
        after = Counter(gram[1:] for gram in longer)
        return Counter({g: raw[g] if g[0] == BEGIN else after[g] for g in raw})

    def p(word: str, history: Sentence) -> float:
        counts = {g: n for g, n in grams(len(history) + 1).items() if g != (BEGIN,)}
        here = {g: n for g, n in counts.items() if g[:-1] == history}
        shorter = p(word, history[1:]) if history else 1 / vocabulary
        total = sum(here.values())
        if not total:
            return shorter
        n = Counter(min(c, 5) for c in counts.values())
        y = n[1] / (n[1] + 2 * n[2])
        taken = {1: 1 - 2 * y * n[2] / n[1], 2: 2 - 3 * y * n[3] / n[2], 3: 3 - 4 * y * n[4] / n[3]}
        own = here.get((*history, word), 0)
        kept = own - taken[min(own, 3)] if own else 0.0
        freed = sum(taken[min(c, 3)] for c in here.values())
        return kept / total + freed / total * shorter

    return p(word, history)


def test_the_estimate_is_what_the_formulas_say() -> None:
    chance = random.Random(5)
    texts = [
        tuple(chance.choices("abcdefghijklmno", weights=range(30, 0, -2), k=chance.randint(2, 7)))
        for _ in range(150)
    ]
    model = estimate(texts, order=3)
    assert all(discounts_from(level) is not None for level in count(texts, 3)[1:])
    assert discounts_from(count(texts, 3)[0]) is None, "unigrams are smoothed by Witten-Bell here"
    vocabulary = len(model.vocabulary)
    unigrams = count(texts, 3)[0][()]
    total, kinds = sum(unigrams.values()), len(unigrams)
    for word in sorted(model.vocabulary):
        by_witten_bell = (unigrams.get(word, 0) + kinds / vocabulary) / (total + kinds)
        assert model.probability(word) == pytest.approx(by_witten_bell)


def test_every_order_is_what_the_formulas_say_where_the_counts_allow_it() -> None:
    texts = project_sentences()[::12]
    assert all(discounts_from(level) is not None for level in count(texts, 3))
    model = estimate(texts, order=3)
    chance = random.Random(2)
    for history in [(), *chance.sample(sorted(model.probabilities), 3)]:
        for word in [
            *chance.sample(sorted(model.vocabulary), 2),
            *list(model.probabilities[history])[:2],
        ]:
            wanted = reference(texts, word, history, len(model.vocabulary))
            assert model.probability(word, history) == pytest.approx(wanted), (word, history)


def test_the_same_sentences_in_another_order_give_the_same_model() -> None:
    shuffled = list(SENTENCES)
    random.Random(3).shuffle(shuffled)
    assert estimate(SENTENCES) == estimate(shuffled)


def test_more_text_lowers_the_perplexity_of_other_text() -> None:
    sentences = project_sentences()
    random.Random(4).shuffle(sentences)
    held_out, rest = sentences[:400], sentences[400:]
    words = {word for sentence in sentences for word in sentence}
    found = [
        perplexity(estimate(rest[:size], vocabulary=words), held_out).value
        for size in (100, 400, 1_600)
    ]
    assert found[0] > found[1] > found[2]
    unigrams = perplexity(estimate(rest[:1_600], order=1, vocabulary=words), held_out).value
    assert found[2] < unigrams / 2


def test_nothing_cannot_be_learned_from() -> None:
    with pytest.raises(NothingToLearn):
        estimate([])


@given(TEXTS, st.sampled_from((1e-6, 1e-3, 1e-2, 1.0)))
@settings(max_examples=40, deadline=None)
def test_a_pruned_model_sums_to_one_and_keeps_what_longer_n_grams_begin_with(
    texts: list[Sentence], threshold: float
) -> None:
    pruned = prune(estimate(texts, order=3), threshold)
    assert_sums_to_one(pruned)
    for history in pruned.probabilities:
        if len(history) > 1:
            assert history[-1] in pruned.probabilities[history[:-1]]


def test_pruning_makes_a_model_smaller_at_a_bounded_cost() -> None:
    sentences = project_sentences()
    model = estimate(sentences[::2])
    before = perplexity(model, sentences[1::2]).value
    assert prune(model, 0.0).probabilities == model.probabilities
    light, heavy = prune(model, 1e-6), prune(model, 1e-5)
    assert perplexity(light, sentences[1::2]).value < before * 1.03
    assert perplexity(heavy, sentences[1::2]).value < before * 1.2
    assert heavy.size < 0.8 * light.size < model.size


def test_a_mixture_is_between_its_parts_and_sums_to_one() -> None:
    texts = SENTENCES[:10], SENTENCES[10:]
    words = {word for sentence in SENTENCES for word in sentence}
    parts = [estimate(some, vocabulary=words) for some in texts]
    mixed = mix(parts, (0.3, 0.7))
    assert_sums_to_one(mixed)
    for history, entries in mixed.probabilities.items():
        for word, probability in entries.items():
            wanted = 0.3 * parts[0].probability(word, history) + 0.7 * parts[1].probability(
                word, history
            )
            assert probability == pytest.approx(wanted)


def test_weights_follow_the_text_that_was_held_out_and_never_fall_below_the_least() -> None:
    words = {word for sentence in SENTENCES for word in sentence}
    parts = [estimate(some, vocabulary=words) for some in (SENTENCES[:10], SENTENCES[10:])]
    first = fit_weights(parts, SENTENCES[:10], least=0.1)
    second = fit_weights(parts, SENTENCES[10:], least=0.1)
    assert first[0] > 0.8
    assert second[1] > 0.8
    assert min(*first, *second) >= 0.09
    assert fit_weights(parts, [], least=0.1) == (0.5, 0.5)
