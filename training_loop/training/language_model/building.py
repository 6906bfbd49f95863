"""From texts to the changed files of a Vosk model. Pure but for what it reads; deterministic."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from training_loop.training.errors import NothingToLearn
from training_loop.training.language_model.grammar_graph import (
    backoff_label_of,
    from_graph,
    to_graph,
)
from training_loop.training.language_model.kneser_ney import estimate
from training_loop.training.language_model.lexicon_graph import LexiconGraph, WordSound
from training_loop.training.language_model.lookahead import read_lookahead, write_lookahead
from training_loop.training.language_model.mixture import fit_weights, mix
from training_loop.training.language_model.ngram import NGramModel, Perplexity, perplexity
from training_loop.training.language_model.openfst import Fst, write_const
from training_loop.training.language_model.phones import PhoneSet
from training_loop.training.language_model.pronunciation import Pronouncer, dictionary
from training_loop.training.language_model.pruning import prune
from training_loop.training.language_model.texts import BaseTexts, Fillers, Phrase, variations
from training_loop.training.language_model.transition_model import read_transition_model
from training_loop.training.language_model.vosk_directory import (
    ACOUSTICS,
    GRAMMAR,
    LEXICON,
    WORDS,
    VoskModel,
    words_table,
)

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageModelSettings:
    order: int = 3
    pruned: float = 1e-8
    """The rise of perplexity that leaving out one n-gram may cost, as a fraction."""
    variations: int = 4
    """How often each phrase with slots is filled anew."""
    speakers_per_new_word: int = 2
    """A word that fewer accounts said stays out: the list of words is not for one's secrets."""
    least_weight: float = 0.1
    """Of each part of the mixture, so that no group's way of talking drives out the others'."""
    most_new_words: int = 2_000
    """0 leaves the words as they are, which works on every model with lookahead graphs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenPhrase:
    """What one account said; `speaker` only tells accounts apart."""

    speaker: str
    phrase: Phrase = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """The files that change, by their names in the model's directory, and what is in them."""

    files: Mapping[Path, bytes] = field(repr=False)
    facts: Mapping[str, object]


def build(
    base: Path,
    texts: BaseTexts,
    gold: Sequence[SpokenPhrase],
    settings: LanguageModelSettings,
    *,
    seed: int,
    pronouncer: Pronouncer,
    progress: Progress = lambda _: None,
) -> Built:
    """A language model of the base model's own, the base texts and the gold phrases.

    The same texts, settings and seed give the same bytes, in whatever order the texts come and
    whatever the speakers are called. A phrase counts once for each speaker. Raises
    NothingToLearn, GraphUnreadable, or NewWordsUnsupported where new words were said and the
    model takes none.
    """
    progress("reading")
    model = VoskModel.at(base)
    if not texts.phrases and not gold:
        raise NothingToLearn("There is no text to make a language model from.")
    spoken = [one.phrase for one in _once_a_speaker(gold)]
    progress("words")
    wanted = _new_words(model, texts, gold, settings)
    added, lexicon = _say(model, wanted, pronouncer)
    progress("counting")
    said = {**model.said, **added}
    grammar = from_graph(model.grammar, model.words)
    mixture, weights = _mixture(grammar, texts, spoken, frozenset(said), settings, seed)
    progress("pruning")
    pruned = prune(mixture, settings.pruned)
    progress("writing")
    files = _files(model, pruned, added, lexicon)
    facts = {
        "seed": seed,
        "gold_phrases": len(spoken),
        "weights": dict(zip(("base", "project", "gold"), weights, strict=False)),
        "n_grams": pruned.size,
        "n_grams_before_pruning": mixture.size,
        "new_words": len(added),
        "words_that_cannot_be_said": len(wanted) - len(added),
    }
    return Built(files=files, facts=facts)


def perplexity_of(model: Path, phrases: Sequence[Phrase]) -> Perplexity:
    """Of a Vosk model's own grammar on some phrases."""
    vosk = VoskModel.at(model)
    grammar = from_graph(vosk.grammar, vosk.words)
    return perplexity(grammar, [one.words for one in phrases])


def _once_a_speaker(gold: Sequence[SpokenPhrase]) -> list[SpokenPhrase]:
    different = {(one.phrase, one.speaker): one for one in gold}
    return [different[key] for key in sorted(different)]


def _new_words(
    model: VoskModel,
    texts: BaseTexts,
    gold: Sequence[SpokenPhrase],
    settings: LanguageModelSettings,
) -> list[str]:
    """What enough speakers said, the commonest first if it is too much; base words always."""
    known = model.said
    speakers: dict[str, set[str]] = defaultdict(set)
    for one in gold:
        for word in one.phrase.words:
            if word not in known:
                speakers[word].add(one.speaker)
    often = Counter({word: len(who) for word, who in speakers.items()})
    said = [w for w in often if often[w] >= settings.speakers_per_new_word]
    written = {word for one in texts.phrases for word in one.words if word not in known}
    ordered = sorted({*said, *written}, key=lambda word: (-often[word], word))
    return ordered[: settings.most_new_words]


def _say(
    model: VoskModel, wanted: Sequence[str], pronouncer: Pronouncer
) -> tuple[dict[str, int], bytes | None]:
    """Labels of the words that got a sound, and the lexicon's graph with them."""
    if not wanted:
        return {}, None
    graph = read_lookahead((model.root / LEXICON).read_bytes())
    lexicon = LexiconGraph(graph, read_transition_model((model.root / ACOUSTICS).read_bytes()))
    phones = _phones_of(model, lexicon)
    sounds: dict[str, tuple[tuple[int, ...], ...]] = {}
    for word in wanted:
        ways = (phones.write(said) for said in pronouncer.pronounce(word))
        known = tuple(way for way in dict.fromkeys(ways) if way and lexicon.can_say(way))
        if known:
            sounds[word] = known
    first = 1 + max(graph.highest_label, *model.words)
    ordered = sorted(sounds, key=lambda word: (sounds[word], word))
    labels = {word: first + number for number, word in enumerate(ordered)}
    added = [WordSound(label=labels[word], pronunciations=sounds[word]) for word in ordered]
    return labels, write_lookahead(lexicon.with_words(added))


def _phones_of(model: VoskModel, lexicon: LexiconGraph) -> PhoneSet:
    if (named := model.phones()) is not None:
        return PhoneSet.named(named)
    boundaries = model.boundaries()
    silent = frozenset(phone for phone, place in boundaries.items() if place == "nonword")
    spelled = frozenset(label for word, label in model.said.items() if word in dictionary())
    said = ((model.words[label], phones) for label, phones in lexicon.sayings(spelled, silent))
    return PhoneSet.inferred(said, dictionary(), boundaries)


def _mixture(
    base: NGramModel,
    texts: BaseTexts,
    gold: Sequence[Phrase],
    words: frozenset[str],
    settings: LanguageModelSettings,
    seed: int,
) -> tuple[NGramModel, tuple[float, ...]]:
    """The base, the project's texts and the gold as one model, weighed by held-out gold."""
    parts = _parts(base, texts, _learned(gold), words, settings, seed)
    weights = fit_weights(
        parts, [one.words for one in _held_out(gold)], least=settings.least_weight
    )
    return mix(_parts(base, texts, gold, words, settings, seed), weights), weights


def _parts(
    base: NGramModel,
    texts: BaseTexts,
    gold: Sequence[Phrase],
    words: frozenset[str],
    settings: LanguageModelSettings,
    seed: int,
) -> list[NGramModel]:
    fillers = Fillers((*texts.phrases, *gold), texts.names)
    models = [base]
    for phrases in (texts.phrases, gold):
        sentences = variations(phrases, fillers, times=settings.variations, seed=seed)
        known = [sentence for sentence in sentences if words.issuperset(sentence)]
        if known:
            models.append(estimate(known, order=settings.order, vocabulary=words | base.vocabulary))
    return models


_FOLDS = 5


def _held_out(gold: Sequence[Phrase]) -> list[Phrase]:
    """A fifth of the different phrases, with all their repetitions."""
    different = sorted(set(gold))
    chosen = set(different[::_FOLDS]) if len(different) >= _FOLDS else set()
    return [one for one in gold if one in chosen]


def _learned(gold: Sequence[Phrase]) -> list[Phrase]:
    held_out = set(_held_out(gold))
    return [one for one in gold if one not in held_out]


def _files(
    model: VoskModel, pruned: NGramModel, added: Mapping[str, int], lexicon: bytes | None
) -> dict[Path, bytes]:
    words = {**model.words, **{label: word for word, label in added.items()}}
    graph = to_graph(pruned, {**model.said, **added}, backoff_label=backoff_label_of(model.grammar))
    files: dict[Path, bytes] = {}
    if lexicon is not None:
        files[LEXICON] = lexicon
    if model.words_inside:
        graph = Fst(
            start=graph.start, final=graph.final, first=graph.first, arcs=graph.arcs, symbols=words
        )
    elif added:
        files[WORDS] = words_table(words)
    files[GRAMMAR] = write_const(graph)
    return files
