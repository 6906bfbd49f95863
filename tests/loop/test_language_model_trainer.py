"""The language model's trainer, and stock Vosk hearing with what it makes."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from assistant.asr.models import EMBEDDED_MODEL
from tests.fixtures.hearing import request
from tests.fixtures.language_model import gold, heard, streamed
from tests.unit.test_language_model_graphs import as_ngram, transition_model
from training_loop.datasets.gold import GoldItem
from training_loop.lap.plan import RULES
from training_loop.training.errors import NothingToLearn
from training_loop.training.gate import judge
from training_loop.training.language_model.building import LanguageModelSettings
from training_loop.training.language_model.errors import ModelTampered, NewWordsUnsupported
from training_loop.training.language_model.grammar_graph import from_graph, to_graph
from training_loop.training.language_model.openfst import write_const
from training_loop.training.language_model.trainer import LanguageModelTrainer
from training_loop.training.language_model.vosk_directory import (
    ACOUSTICS,
    GRAMMAR,
    LEXICON,
    MANIFEST,
    PHONES,
    WORDS,
    VoskModel,
    hashes,
    place,
    unchanged,
)
from training_loop.training.project import NluProject
from training_loop.training.trainer import ModelKind, Trainer, TrainingProgress

NAMES = ("gazebo", "chandelier", "jukebox")
"""In CMUdict, not among the model's words."""

FRAMES = ("turn on the {}", "turn the {} off", "is the {} on")
SAID = (
    *((frame.format(name), name) for name in NAMES for frame in FRAMES),
    *(("what time is it", ""), ("tell me the time", "")),
)
ONLY_ONE_SAID = ("turn on the aardvark", "aardvark")

ASKED = ("switch the gazebo on", "switch the chandelier on", "turn off the jukebox please")
KNOWN = ("what time is it", "set a timer for ten minutes", "turn on the lights in the kitchen")


def trainer_of(
    project: NluProject, cache: Path, base: Path = EMBEDDED_MODEL, **settings: int
) -> LanguageModelTrainer:
    return LanguageModelTrainer(
        base=base, project=project, cache=cache, settings=LanguageModelSettings(**settings)
    )


def spoken() -> list[GoldItem]:
    """Each phrase by two of three speakers, and one word that a single speaker said."""
    once = gold([*SAID, ONLY_ONE_SAID], speakers=3)
    return [*once, *gold([*SAID[1:], SAID[0]], speakers=3)]


async def trained(
    trainer: LanguageModelTrainer, room: Path, items: Sequence[GoldItem], seed: int = 3
) -> Path:
    prepared = await trainer.prepare(streamed(items), room, seed=seed)
    return await trainer.train(prepared)


@pytest.fixture(scope="module")
def model(spoken_project: NluProject, tmp_path_factory: pytest.TempPathFactory) -> Path:
    trainer = trainer_of(spoken_project, tmp_path_factory.mktemp("cache"))
    return asyncio.run(trained(trainer, tmp_path_factory.mktemp("lm-room"), spoken()))


@pytest.fixture
def trainer(spoken_project: NluProject, tmp_path: Path) -> Trainer:
    return trainer_of(spoken_project, tmp_path / "cache")


def test_new_words_are_heard_in_phrases_nobody_said_them_in(model: Path) -> None:
    clips = [request(text, voice=voice) for text in ASKED for voice in ("en-us", "en-us+f3")]
    wanted = [text for text in ASKED for _ in range(2)]
    before, after = heard(EMBEDDED_MODEL, clips), heard(model, clips)
    assert not any(set(text.split()) & set(NAMES) for text in before)
    right = sum(text == want for text, want in zip(after, wanted, strict=True))
    assert right >= 5, after


def test_what_was_understood_before_still_is(model: Path) -> None:
    clips = [request(text) for text in KNOWN]
    assert heard(model, clips) == list(KNOWN)


def test_a_word_that_one_account_alone_said_is_in_no_file(model: Path) -> None:
    words = VoskModel.at(model).said
    assert set(NAMES) <= set(words)
    assert "aardvark" not in words
    assert not [p for p in model.rglob("*") if p.is_file() and b"aardvark" in p.read_bytes()]


def test_acoustics_are_shared_and_a_manifest_names_every_file(model: Path) -> None:
    assert hashes(model)["am/final.mdl"] == hashes(EMBEDDED_MODEL)["am/final.mdl"]
    manifest = json.loads((model / MANIFEST).read_bytes())
    assert manifest["files"] == hashes(model)
    assert manifest["facts"]["new_words"] == len(NAMES)
    changed = {n for n, h in hashes(model).items() if hashes(EMBEDDED_MODEL).get(n) != h}
    assert changed == {str(LEXICON), str(GRAMMAR), str(WORDS)}


def test_a_model_is_put_into_its_place_whole_or_refused(model: Path, tmp_path: Path) -> None:
    place(model, tmp_path / "placed")
    assert (tmp_path / "placed" / GRAMMAR).stat().st_ino == (model / GRAMMAR).stat().st_ino
    assert unchanged(tmp_path / "placed")
    shutil.copytree(model, tmp_path / "tampered")
    grammar = tmp_path / "tampered" / GRAMMAR
    grammar.write_bytes(grammar.read_bytes()[:-1] + b"!")
    with pytest.raises(ModelTampered):
        place(tmp_path / "tampered", tmp_path / "elsewhere")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["placed", "tampered"]


async def test_the_same_texts_give_the_same_bytes_whoever_they_are_read_as(
    model: Path, spoken_project: NluProject, tmp_path: Path
) -> None:
    again = [
        GoldItem(**{name: getattr(item, name) for name in GoldItem.__slots__} | {"speaker": who})
        for item in reversed(spoken())
        for who in [f"another {item.speaker[::-1]}"]
    ]
    trainer = trainer_of(spoken_project, tmp_path / "cache")
    assert hashes(await trained(trainer, tmp_path, again)) == hashes(model)


async def test_another_grammar_alone_changes_what_is_heard(
    spoken_project: NluProject, tmp_path: Path
) -> None:
    """ "Turn on the fen" is an unlikely thing to say, unless people keep saying it."""
    odd = "the lamb is in the hull"
    clips = [request(odd, voice=voice) for voice in ("en-us", "en-us+f3", "en-us+m2")]
    before = heard(EMBEDDED_MODEL, clips)
    trainer = trainer_of(spoken_project, tmp_path / "cache", most_new_words=0)
    items = gold([(odd, ""), *SAID] * 3, speakers=20)
    model = await trained(trainer, tmp_path, items)
    assert {n for n, h in hashes(model).items() if hashes(EMBEDDED_MODEL).get(n) != h} == {
        str(GRAMMAR)
    }
    after = heard(model, clips)
    assert before.count(odd) < after.count(odd), (before, after)


async def test_word_errors_and_perplexity_are_lower_after_than_before(
    model: Path, trainer: LanguageModelTrainer, tmp_path: Path
) -> None:
    clips = [request(text) for text in (*ASKED, *KNOWN)]
    items = gold([(text, "") for text in (*ASKED, *KNOWN)], pcm=clips)
    told: list[TrainingProgress] = []
    results = {
        which: await trainer.evaluate(
            which, streamed(items), workspace=tmp_path, progress=told.append
        )
        for which in (EMBEDDED_MODEL, model)
    }
    errors = {which: sum(one.word_errors for one in found) for which, found in results.items()}
    assert errors[model] < errors[EMBEDDED_MODEL]
    assert [one.example for one in results[model]] == [f"{i:032x}@1" for i in range(len(items))]
    assert all(one.right == (one.word_errors == 0) for one in results[model])
    assert [one.intent for one in results[model]] == [one.intent for one in items]
    assert told[-1] == TrainingProgress(stage="evaluating", done=1.0, detail="clips")
    assert not list((tmp_path / "lm").iterdir()), "no clip is left"
    texts = gold([(text, "") for text in ("turn on the lamp", "is the light on")])
    before, after = [
        await trainer.perplexity(which, streamed(texts), workspace=tmp_path)
        for which in (EMBEDDED_MODEL, model)
    ]
    assert after.value < before.value
    assert after.words == before.words == 10


async def test_a_model_that_hears_as_well_and_takes_too_long_is_refused(
    trainer: LanguageModelTrainer, tmp_path: Path
) -> None:
    """It searches many more states of its graph, for nothing."""
    slow = tmp_path / "slow"
    shutil.copytree(EMBEDDED_MODEL, slow)
    conf = slow / "conf" / "model.conf"
    searching = conf.read_text().replace("--min-active=200", "--min-active=4000")
    assert searching != conf.read_text()
    conf.write_text(searching)
    clips = [request(text) for text in KNOWN]
    many = 30
    items = gold([(KNOWN[n % len(KNOWN)], "") for n in range(many)], pcm=(clips * many)[:many])

    before, after = [
        await trainer.evaluate(which, streamed(items), workspace=tmp_path)
        for which in (EMBEDDED_MODEL, slow)
    ]
    verdict = judge(after, before, RULES[ModelKind.LANGUAGE_MODEL])

    (reason,) = verdict.reasons
    assert reason.startswith("It is too slow"), reason
    assert "1.5 times that is allowed" in reason


async def test_words_inside_the_grammar_and_phones_without_names_stay_so(
    spoken_project: NluProject, tmp_path: Path
) -> None:
    """The form of stock small models."""
    base = tmp_path / "stock"
    shutil.copytree(EMBEDDED_MODEL, base)
    shipped = VoskModel.at(EMBEDDED_MODEL)
    (base / GRAMMAR).write_bytes(write_const(replace(shipped.grammar, symbols=shipped.words)))
    (base / WORDS).unlink()
    (base / PHONES).unlink()
    trainer = trainer_of(spoken_project, tmp_path / "cache", base=base)
    made = await trained(trainer, tmp_path, spoken())
    assert not (made / WORDS).exists()
    assert not (made / PHONES).exists()
    assert heard(made, [request(ASKED[0])]) == [ASKED[0]]


def test_a_grammar_of_type_ngram_is_read_as_stock_vosk_reads_it(tmp_path: Path) -> None:
    base = tmp_path / "stock"
    shutil.copytree(EMBEDDED_MODEL, base)
    shipped = VoskModel.at(EMBEDDED_MODEL)
    model = from_graph(shipped.grammar, shipped.words)
    (base / GRAMMAR).write_bytes(as_ngram(to_graph(model, shipped.said)))
    assert heard(base, [request(text) for text in KNOWN]) == list(KNOWN)
    read = VoskModel.at(base)
    assert from_graph(read.grammar, read.words).size == model.size


async def test_new_words_are_refused_where_phones_have_more_states(
    spoken_project: NluProject, tmp_path: Path
) -> None:
    base = tmp_path / "base"
    shutil.copytree(EMBEDDED_MODEL, base)
    (base / ACOUSTICS).write_bytes(transition_model([(1, 0), (2, 1)], states=3))
    trainer = trainer_of(spoken_project, tmp_path / "cache", base=base)
    with pytest.raises(NewWordsUnsupported):
        await trained(trainer, tmp_path, spoken())
    assert not (tmp_path / "lm" / "model").exists()


async def test_nothing_said_is_nothing_to_learn(
    trainer: LanguageModelTrainer, tmp_path: Path
) -> None:
    with pytest.raises(NothingToLearn):
        await trainer.prepare(streamed([]), tmp_path, seed=1)


async def test_cancelled_a_training_leaves_no_process_and_no_model(
    trainer: LanguageModelTrainer, tmp_path: Path
) -> None:
    prepared = await trainer.prepare(streamed(spoken()), tmp_path, seed=1)
    others = psutil.Process().children(recursive=True)
    under_way = asyncio.Event()
    running = asyncio.create_task(trainer.train(prepared, progress=lambda _: under_way.set()))
    await under_way.wait()
    children = [one for one in psutil.Process().children(recursive=True) if one not in others]
    assert children
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not [child for child in children if child.is_running()]
    assert not (tmp_path / "lm" / "model").exists()
