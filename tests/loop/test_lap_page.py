"""One lap of all kinds, which some teach and others prove with their voices, and the page of it."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from assistant.asr.models import EMBEDDED_MODEL
from tests.fixtures.datasets import account_in, gold, reviewed
from tests.fixtures.hearing import request
from tests.fixtures.lap import (
    KNOWN_REQUESTS,
    NEW_REQUESTS,
    NEW_WORDS,
    SPEECH,
    VOICES,
    lap_of,
    with_base,
)
from tests.fixtures.store import opt_out
from tests.unit.test_lap_report import Seen
from training_loop.datasets.exports.exports import Order
from training_loop.datasets.exports.record import ACKNOWLEDGE_WITHIN_S, Format
from training_loop.datasets.selection import CONTRADICTING
from training_loop.datasets.split import Shares, Split
from training_loop.lap.lap import LapRunner
from training_loop.lap.outcome import LapOutcome, ModelOutcome
from training_loop.lap.plan import ORDER, RULES, LapPlan
from training_loop.loop import Loop
from training_loop.registry.registry import ModelRegistry
from training_loop.store import keys
from training_loop.training.project import NluProject
from training_loop.training.thresholds_choice import LEAST_OUTCOMES
from training_loop.training.thresholds_trainer import defaults
from training_loop.training.trainer import ModelKind

EVERYBODY_TRAINS = Shares(test=0.0, hold_out=0.0)
SHARES = Shares(test=0.3, hold_out=0.4)
SAID = {
    **dict.fromkeys(NEW_REQUESTS, "stop"),
    **dict(zip(KNOWN_REQUESTS, ("ask_time", "ask_time", "stop", "stop"), strict=True)),
}
MEANT_OTHERWISE = "what does the clock say"
"""For which the base data has another intent: no model gets it right."""
CONTRADICTED = "mind the gazebo"
WITHDRAWN = "stop the carousel"
TEACHING, PROVING, TRYING = 2, 2, 10

LENIENT = {
    kind: replace(rules, overall_margin=1.0, slower_by=None, latency_p95_ms=10_000.0)
    for kind, rules in RULES.items()
}
LENIENT[ModelKind.LANGUAGE_MODEL] = SPEECH.rules[ModelKind.LANGUAGE_MODEL]

_BY_INTENT = "Share of each intent that is right, before and after: "
_CURVE = f"From 0 clips to {TEACHING * len(SAID)} clips: "
_MISTAKES = " mistakes: what was meant by row, what it was taken for by column."
PLOTS = {
    ModelKind.NLU: (_BY_INTENT, _CURVE + "intents right", "Requests that are right: ", _MISTAKES),
    ModelKind.LANGUAGE_MODEL: (_BY_INTENT, _CURVE + "words wrong", "Words that are wrong: "),
    ModelKind.THRESHOLDS: (_BY_INTENT, "Requests that are right: ", _MISTAKES),
}
"""What each says to whoever cannot see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Accounts, by what becomes of what they say."""

    staying: tuple[str, ...]
    leaving: str


async def talking(loop: Loop) -> People:
    """People who teach, try and prove, two who contradict each other, and one who will leave."""
    staying = []
    for number in range(TEACHING):
        account = await account_in(loop, Split.TRAIN, SHARES)
        for text, intent in SAID.items():
            await reviewed(loop, account, gold(text, intent))
        await reviewed(loop, account, gold(CONTRADICTED, ("stop", "ask_time")[number]))
        staying.append(account)
    for _ in range(PROVING):
        account = await account_in(loop, Split.HOLD_OUT, SHARES)
        for text, intent in {**SAID, MEANT_OTHERWISE: "set_timer"}.items():
            await reviewed(loop, account, gold(text, intent), pcm=request(text, voice=VOICES[0]))
        staying.append(account)
    trying = [await account_in(loop, Split.TEST, SHARES) for _ in range(TRYING)]
    for number in range(LEAST_OUTCOMES):
        await reviewed(loop, trying[number % TRYING], gold("what time is it", "ask_time"))
    leaving = await account_in(loop, Split.TRAIN, SHARES)
    await reviewed(loop, leaving, gold(WITHDRAWN, "stop"))
    return People(staying=(*staying, *trying), leaving=leaving)


async def owed(loop: Loop, account: str, target: Path) -> None:
    """Gives the account's utterance to a recipient who does not confirm in time that it is gone."""
    made = await loop.datasets.create(shares=EVERYBODY_TRAINS)
    record = await loop.exports.deliver(
        Order(
            data_set=made.name,
            format=Format.RASA,
            recipient="acme",
            purpose="tests",
            expires_at_s=time.time() + 3_600,
            target=target,
        ),
        by="operator",
    )
    await opt_out(loop, account)
    await loop.sweep.once()
    (tombstone,) = await loop.exports.ledger.tombstones(record.export)
    since_ms = str(round((time.time() - ACKNOWLEDGE_WITHIN_S - 60) * 1000))
    await loop.store.hset(keys.exported_items(record.export), tombstone.item, since_ms)


@pytest.fixture
async def lap(
    loop: Loop, models: ModelRegistry, lap_project: NluProject, lap_model: Path, tmp_path: Path
) -> LapRunner:
    """As `training-loop lap` opens it, where the installed models serve."""
    defaults("").write(tmp_path / "thresholds.json")
    await with_base(models, ModelKind.NLU, lap_model)
    await with_base(models, ModelKind.LANGUAGE_MODEL, EMBEDDED_MODEL)
    await with_base(models, ModelKind.THRESHOLDS, tmp_path / "thresholds.json")
    return lap_of(loop, lap_project)


async def test_a_lap_of_all_kinds_writes_a_page_with_its_figures_plots_and_consents_and_no_words(
    lap: LapRunner, loop: Loop, tmp_path: Path
) -> None:
    people = await talking(loop)
    await owed(loop, people.leaving, tmp_path / "export")
    first = LapPlan(kinds=(ModelKind.NLU,), shares=EVERYBODY_TRAINS, rules=LENIENT)
    assert (await lap.run(first)).passed

    outcome = await lap.run(LapPlan(shares=SHARES, rules=LENIENT, curve=True))

    assert [model.kind for model in outcome.models] == list(ORDER)
    assert outcome.report
    assert outcome.report.parent == loop.settings.reports
    written = outcome.report.read_text()
    seen = Seen(written)
    for model in outcome.models:
        shows_the_model(model, Seen(section_of(model, written)))
    shows_the_data_set(outcome, seen.text)
    loads_nothing(written, seen)
    assert "learned from 18 of 18 held-out utterances" in seen.text, "it was held out only now"
    assert "1 deletion is overdue at recipients" in seen.text
    said = (*SAID, MEANT_OTHERWISE, CONTRADICTED, WITHDRAWN, *NEW_WORDS, "carousel")
    for text in (*said, *people.staying, people.leaving, *items_of(outcome)):
        assert text not in written


def section_of(model: ModelOutcome, written: str) -> str:
    (found,) = re.findall(
        rf'<section class="model" aria-labelledby="{model.kind.value}">.*?</section>',
        written,
        flags=re.DOTALL,
    )
    return str(found)


def shows_the_model(model: ModelOutcome, seen: Seen) -> None:
    """Its figures, and each plot that its kind has, drawn."""
    assert model.model in seen.text
    assert model.parent in seen.text
    assert len(model.figures) == (1 if model.kind is ModelKind.LANGUAGE_MODEL else 3)
    for figure in model.figures.values():
        for share in figure:
            assert f"{share:.1%}" in seen.text
    drawn = [value for tag, name, value in seen.attributes if (tag, name) == ("svg", "aria-label")]
    assert len(drawn) == len(PLOTS[model.kind])
    for says in PLOTS[model.kind]:
        assert any(says in one for one in drawn), says
    for point in model.curve:
        words = point.word_error_rate
        shown = [point.accuracy, point.exact] if words is None else [words]
        assert " ".join([str(point.clips), *(f"{share:.1%}" for share in shown)]) in seen.text


def shows_the_data_set(outcome: LapOutcome, text: str) -> None:
    """Counted by hand from who talked, and equal to what the data set says of itself."""
    taught, proved = TEACHING * len(SAID), PROVING * (len(SAID) + 1)
    whole, accounts = taught + proved + LEAST_OUTCOMES, TEACHING + PROVING + TRYING
    contradicting = TEACHING
    data_set = outcome.data_set
    assert (len(data_set.items), data_set.report.accounts) == (whole, accounts)
    assert data_set.report.left_out == {CONTRADICTING: contradicting}
    assert (
        f"{accounts} accounts with consent gave {whole} reviewed utterances of"
        f" {whole + contradicting} that could be read. None of them was withdrawn meanwhile."
    ) in text
    assert (
        f"training {TEACHING} {taught} test {TRYING} {LEAST_OUTCOMES}"
        f" hold-out {PROVING} {proved} withdrawn meanwhile 0"
    ) in text
    assert f"reviewers gave the same text different intents {contradicting}" in text
    (epochs,) = {ref.epoch for ref in data_set.refs(Split.TRAIN)}
    assert f"Epoch Utterances {epochs} {taught}" in text


def loads_nothing(written: str, seen: Seen) -> None:
    assert seen.wrong == seen.open == []
    assert not {tag for tag, _, _ in seen.attributes} & {
        "script",
        "img",
        "link",
        "iframe",
        "object",
    }
    for _, name, value in seen.attributes:
        if name in ("href", "src", "xlink:href"):
            assert value.startswith("#")
    assert not re.search(r"https?:|@import", written)
    assert all(found.startswith("#") for found in re.findall(r"url\(([^)]*)\)", written))


def items_of(outcome: LapOutcome) -> tuple[str, ...]:
    return tuple(ref.item for ref in outcome.data_set.refs())
