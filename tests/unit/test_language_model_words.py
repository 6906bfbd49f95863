"""New words: how they sound, and how the graph of sounds takes them in."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import files

import numpy as np
import pytest

from assistant.asr.models import EMBEDDED_MODEL
from training_loop.training.alignment import word_errors
from training_loop.training.language_model.errors import NewWordsUnsupported
from training_loop.training.language_model.letter_to_sound import LetterToSound
from training_loop.training.language_model.lexicon_graph import LexiconGraph, WordSound
from training_loop.training.language_model.lookahead import (
    LookaheadGraph,
    read_lookahead,
    write_lookahead,
)
from training_loop.training.language_model.openfst import ARC, Fst
from training_loop.training.language_model.phones import PhoneSet
from training_loop.training.language_model.pronunciation import Pronouncer, dictionary, entries
from training_loop.training.language_model.transition_model import (
    Phase,
    TransitionModel,
    read_transition_model,
)
from training_loop.training.language_model.vosk_directory import ACOUSTICS, LEXICON, VoskModel

ARCS = list[tuple[int, int, float, int]]


def test_the_dictionary_is_whole_and_its_notice_lies_with_it() -> None:
    assert len(dictionary()) > 120_000
    assert dictionary()["timer"] == (("T", "AY", "M", "ER"),)
    assert len(dictionary()["read"]) == 2
    assert all(word and ways and all(ways) for word, ways in dictionary().items())
    (file,) = [one for one in files("ttstokenizer") or () if one.name == "cmudict.dict"]
    notice = file.read_text().partition("\n'")[0]
    assert "Carnegie Mellon University" in notice
    assert "Redistribution and use in source and binary forms" in notice


def test_no_code_under_the_gpl_is_imported_for_it() -> None:
    script = (
        "import sys; from training_loop.training.language_model.pronunciation import dictionary; "
        "dictionary(); print({'cmudict', 'ttstokenizer'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.strip() == b"set()"


@pytest.fixture(scope="module")
def shipped() -> tuple[LookaheadGraph, TransitionModel]:
    graph = read_lookahead((EMBEDDED_MODEL / LEXICON).read_bytes())
    return graph, read_transition_model((EMBEDDED_MODEL / ACOUSTICS).read_bytes())


def labels_said(graph: LookaheadGraph, inputs: Sequence[int]) -> set[tuple[int, ...]]:
    """The words on all paths that read these transitions and end at a boundary."""
    fst = graph.fst
    reached: set[tuple[int, tuple[int, ...]]] = {(fst.start, ())}
    for wanted in (*inputs, None):
        waiting = list(reached)
        while waiting:  # follow what reads nothing
            state, said = waiting.pop()
            for ilabel, olabel, _, target in fst.arcs_of(state).tolist():
                further = (target, (*said, olabel) if olabel else said)
                if ilabel == 0 and further not in reached:
                    reached.add(further)
                    waiting.append(further)
        if wanted is not None:
            reached = {
                (target, (*said, olabel) if olabel else said)
                for state, said in reached
                for ilabel, olabel, _, target in fst.arcs_of(state).tolist()
                if ilabel == wanted
            }
    return {said for state, said in reached if np.isfinite(fst.final[state])}


def transitions(phones: Sequence[int]) -> list[int]:
    """Our model's: each phone is entered, stays a frame, and goes on."""
    return [label for phone in phones for label in (2 * phone, 2 * phone - 1)]


def small_graph(rows: dict[int, ARCS], *, final: Sequence[int], ahead: int) -> LookaheadGraph:
    """States from rows of arcs; every state has all the labels up to `ahead` before it."""
    first = np.concatenate([[0], np.cumsum([len(rows[state]) for state in range(len(rows))])])
    arcs = np.array([arc for state in range(len(rows)) for arc in rows[state]], ARC)
    costs = np.array([0.0 if state in final else np.inf for state in range(len(rows))], "<f4")
    fst = Fst(start=0, final=costs, first=first, arcs=arcs)
    return LookaheadGraph(fst=fst, final_label=ahead + 1, ahead=[((1, ahead + 2),)] * len(rows))


def test_a_new_word_is_said_by_its_phones_from_every_boundary_and_old_words_stay(
    shipped: tuple[LookaheadGraph, TransitionModel],
) -> None:
    graph, model = shipped
    lexicon = LexiconGraph(graph, model)
    phones = PhoneSet.named(VoskModel.at(EMBEDDED_MODEL).phones() or {})
    wand = phones.write(("W", "AA", "N", "D"))
    ooze = phones.write(("UW", "Z"))
    oh = phones.write(("OW",))
    light = phones.write(("L", "AY", "T"))
    assert wand
    assert ooze
    assert oh
    assert light
    first = graph.highest_label + 1
    sounds = {first: wand, first + 1: ooze, first + 2: oh, first + 3: ooze}
    new = [WordSound(label=label, pronunciations=(said,)) for label, said in sounds.items()]
    joined = lexicon.with_words(new)
    old = VoskModel.at(EMBEDDED_MODEL).said["light"]
    assert (first,) in labels_said(joined, transitions(wand))
    assert {(first + 1,), (first + 3,)} <= labels_said(joined, transitions(ooze)), "homophones"
    assert (first, old, first + 2) in labels_said(joined, transitions((*wand, *light, *oh)))
    assert labels_said(graph, transitions(light)) == labels_said(joined, transitions(light))


def test_what_lies_ahead_of_every_state_is_still_what_can_be_said_next(
    shipped: tuple[LookaheadGraph, TransitionModel],
) -> None:
    graph, model = shipped
    phones = PhoneSet.named(VoskModel.at(EMBEDDED_MODEL).phones() or {})
    first = graph.highest_label + 1
    ways = [phones.write(said) for said in (("W", "AA", "N", "D"), ("Z", "IH", "G", "AH"))]
    new = [
        WordSound(label=first + number, pronunciations=(way,))
        for number, way in enumerate(ways)
        if way
    ]
    joined = read_lookahead(write_lookahead(LexiconGraph(graph, model).with_words(new)))
    fst = joined.fst
    for state in range(fst.states):
        spans = joined.ahead[state]
        for _, olabel, _, target in fst.arcs_of(state).tolist():
            wanted = [(olabel, olabel + 1)] if olabel else joined.ahead[target]
            for begin, end in wanted:
                assert any(a <= begin and end <= b for a, b in spans), (state, begin, end)
    news = {s for s in range(fst.states) if any(a <= first < b for a, b in joined.ahead[s])}
    assert len(news) < fst.states, "a state inside an old word has no new word ahead"


def test_labels_that_old_words_have_are_refused(
    shipped: tuple[LookaheadGraph, TransitionModel],
) -> None:
    lexicon = LexiconGraph(*shipped)
    with pytest.raises(ValueError, match="above all others"):
        lexicon.with_words([WordSound(label=5, pronunciations=((4, 5),))])


BIPHONES = TransitionModel(
    phases=tuple(
        Phase(phone=phone, repeat=2 * n - 1, leave=2 * n) for n, phone in enumerate((1, 1, 2, 2), 1)
    )
)
"""Phone 1 sounds otherwise after 2 (phase 2) than after itself or nothing; phone 2 likewise."""


def test_a_phone_sounds_in_a_new_word_as_it_does_after_the_one_before() -> None:
    """A left-biphone model in small: words "1 2" and "2 1", then the new word "1 2 1 2"."""
    graph = small_graph(
        {
            0: [(2, 0, 0.0, 1), (6, 0, 0.0, 3)],
            1: [(1, 0, 0.0, 1), (8, 1, 0.5, 2)],
            2: [(7, 0, 0.0, 2), (4, 0, 0.0, 5), (6, 0, 0.0, 3)],
            3: [(5, 0, 0.0, 3), (4, 2, 0.5, 4)],
            4: [(3, 0, 0.0, 4), (2, 0, 0.0, 1), (8, 0, 0.0, 6)],
            5: [(3, 0, 0.0, 5), (8, 1, 0.5, 2)],
            6: [(7, 0, 0.0, 6), (4, 2, 0.5, 4)],
        },
        final=(0, 2, 4),
        ahead=2,
    )
    lexicon = LexiconGraph(
        graph,
        TransitionModel(phases=BIPHONES.phases),
    )
    assert lexicon.can_say((1, 2, 1, 2))
    joined = lexicon.with_words([WordSound(label=4, pronunciations=((1, 2, 1, 2),))])
    after_each_other = [2, 1, 8, 7, 4, 3, 8, 7]
    assert (4,) in labels_said(joined, after_each_other)
    assert (4,) not in labels_said(joined, [2, 1, 6, 5, 2, 1, 6, 5]), "the wrong sounds"
    assert (1, 4) in labels_said(joined, [2, 1, 8, 7, *[4, 3, 8, 7, 4, 3, 8, 7]])


def test_a_model_whose_phones_depend_on_more_is_refused() -> None:
    graph = small_graph(
        {
            0: [(2, 0, 0.0, 1)],
            1: [(1, 0, 0.0, 1), (6, 1, 0.5, 2), (8, 2, 0.5, 2)],
            2: [(5, 0, 0.0, 2), (2, 0, 0.0, 1)],
        },
        final=(0, 2),
        ahead=2,
    )
    with pytest.raises(NewWordsUnsupported):
        LexiconGraph(graph, BIPHONES)


def test_phones_without_names_are_told_by_words_whose_sound_is_known(
    shipped: tuple[LookaheadGraph, TransitionModel],
) -> None:
    model = VoskModel.at(EMBEDDED_MODEL)
    boundaries = model.boundaries()
    silent = frozenset(phone for phone, place in boundaries.items() if place == "nonword")
    spelled = frozenset(label for word, label in model.said.items() if word in dictionary())
    said = LexiconGraph(*shipped).sayings(spelled, silent)
    inferred = PhoneSet.inferred(
        ((model.words[label], phones) for label, phones in said), dictionary(), boundaries
    )
    named = PhoneSet.named(model.phones() or {})
    assert len(inferred.numbers) > 100
    assert inferred.numbers.items() <= named.numbers.items(), "none is wrong"
    with pytest.raises(NewWordsUnsupported):
        PhoneSet.inferred([], dictionary(), boundaries)


def test_phones_with_stress_and_without_places_are_named_too() -> None:
    phones = PhoneSet.named({"<eps>": 0, "SIL": 1, "AH1": 2, "AH0": 3, "K": 4, "#0": 5})
    assert phones.write(("K", "AH", "K")) == (4, 3, 4)
    assert phones.write(("K", "OY")) is None


@pytest.fixture(scope="module")
def letters() -> LetterToSound:
    return LetterToSound.learn(entries()[:2_500])


def test_words_that_stand_in_no_dictionary_are_said_from_their_letters(
    letters: LetterToSound,
) -> None:
    held_out = entries()[-200:]
    errors = length = 0
    for word, said in held_out:
        guessed = letters.pronounce(word)[0]
        errors += word_errors(said, guessed)
        length += len(said)
    assert errors / length < 0.3, "with a fiftieth of the dictionary"
    assert letters.pronounce("日本") == ()


def test_learned_letters_are_the_same_again_and_from_their_file(
    letters: LetterToSound, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("letters") / "letters.json.gz"
    letters.save(path)
    again = tmp_path_factory.mktemp("letters") / "again.json.gz"
    LetterToSound.load(path).save(again)
    assert again.read_bytes() == path.read_bytes()
    words = [word for word, _ in entries()[-50:]]
    loaded = LetterToSound.load(path)
    assert [loaded.pronounce(w) for w in words] == [letters.pronounce(w) for w in words]


def test_the_dictionary_comes_first_and_knows_endings(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    pronouncer = Pronouncer(tmp_path_factory.mktemp("none"))
    assert pronouncer.pronounce("gazebo")[0] == ("G", "AH", "Z", "IY", "B", "OW")
    assert pronouncer.pronounce("gazebo's")[0][-2:] == ("OW", "Z")
    assert pronouncer.pronounce("sauna's")[0][-1] == "Z"
    assert pronouncer.pronounce("r2d2") == ()
    assert len(pronouncer.pronounce("a")) <= 3
