"""Promise P7 as a whole: what an account taught a model is named when the account is erased, the
next lap makes the model anew without it, and the second receipt says that it is gone."""

from __future__ import annotations

import time

import pytest

from assistant.asr.models import EMBEDDED_MODEL
from tests.fixtures.datasets import HALVES, account_in
from tests.fixtures.lap import (
    KNOWN_REQUESTS,
    NEW_REQUESTS,
    NEW_WORDS,
    SPEECH,
    lap_of,
    one_model,
    speak,
    speaking,
    with_base,
)
from tests.fixtures.store import opt_out
from training_loop.datasets.errors import DatasetEmpty
from training_loop.datasets.split import Split
from training_loop.lap.lap import LapRunner
from training_loop.lap.outcome import Result
from training_loop.lap.plan import LapPlan
from training_loop.lap.schedule import Reason, Schedule, When
from training_loop.loop import Loop
from training_loop.receipts.evidence import PendingKind
from training_loop.receipts.receipt import read_receipt
from training_loop.registry.registry import ModelRegistry
from training_loop.registry.replacements import Replacements
from training_loop.training.language_model.vosk_directory import VoskModel
from training_loop.training.project import NluProject
from training_loop.training.rooms import open_registry
from training_loop.training.trainer import ModelKind

KIND = ModelKind.LANGUAGE_MODEL
_WEEK_S = 7 * 86_400


def replacements_of(loop: Loop) -> Replacements:
    return Replacements(loop.store, open_registry(loop.settings.state, loop.store))


def schedule_of(loop: Loop) -> Schedule:
    return Schedule(loop.datasets, replacements_of(loop), LapPlan(), When())


async def test_after_an_erasure_the_next_lap_replaces_the_model_and_the_second_receipt_says_so(
    own_loop: Loop, lap_project: NluProject
) -> None:
    loop, lap = own_loop, lap_of(own_loop, lap_project)
    models = open_registry(loop.settings.state, loop.store)
    await with_base(models, KIND, EMBEDDED_MODEL)
    leaving, staying, silent = [await account_in(loop, Split.TRAIN) for _ in range(3)]
    taught = await speak(loop, leaving, NEW_REQUESTS)
    kept = await speak(loop, staying, (*NEW_REQUESTS, *KNOWN_REQUESTS))
    opted_out = await speak(loop, silent, KNOWN_REQUESTS)
    await opt_out(loop, silent)
    await speaking(loop, Split.HOLD_OUT, HALVES, KNOWN_REQUESTS * 2)

    first = await one_model(lap, SPEECH)

    assert first.result is Result.RELEASED, first.reasons
    learned = {ref.item for ref in models.manifest(first.model).items}
    assert learned == {*taught, *kept}
    assert not learned & set(opted_out)
    artefact = models.archive(first.model)
    assert set(NEW_WORDS) <= set(VoskModel.at(artefact).said)
    assert await schedule_of(loop).look() is None

    report = await loop.rights.delete_account(leaving)
    await loop.sweep.once()

    receipt = read_receipt((await loop.erasures.progress(report.erasure)).receipt.encode())
    (pending,) = receipt.evidence.pending
    assert (pending.kind, pending.reference) == (PendingKind.MODEL_REPLACEMENT, first.model)
    (due,) = await replacements_of(loop).due()
    assert (due.model, due.kind, due.withdrawn) == (first.model, KIND, len(taught))
    assert due.due_s == pending.due_at_s == pytest.approx(time.time() + _WEEK_S, abs=300)
    assert not (await loop.erasures.progress(report.erasure)).final_receipt
    assert await schedule_of(loop).look() is Reason.REPLACEMENT

    outcome = await lap.run(SPEECH)

    (second,) = outcome.models
    assert second.result is Result.RELEASED, second.reasons
    assert outcome.due == ()
    assert (await models.serving(KIND)).model == second.model
    assert {ref.item for ref in models.manifest(second.model).items} == set(kept)
    assert not set(NEW_WORDS) & set(VoskModel.at(models.archive(second.model)).said)
    assert not artefact.exists()
    assert await schedule_of(loop).look() is None
    await loop.sweep.once()
    final = read_receipt((await loop.erasures.progress(report.erasure)).final_receipt.encode())
    assert final.evidence.pending == ()
    assert final.evidence.earlier_receipt == receipt.receipt


async def test_with_nobody_left_who_teaches_the_model_is_rolled_back_and_named(
    speech_lap: LapRunner, loop: Loop, models: ModelRegistry
) -> None:
    """Those who are left only prove."""
    teaching = await account_in(loop, Split.TRAIN)
    await speak(loop, teaching, KNOWN_REQUESTS)
    await speaking(loop, Split.HOLD_OUT, HALVES, KNOWN_REQUESTS * 2)
    base = await models.serving(KIND)
    done = await one_model(speech_lap, SPEECH)
    assert done.result is Result.RELEASED, done.reasons

    await loop.rights.delete_account(teaching)
    with pytest.raises(DatasetEmpty, match=f"held out. No longer in service: {done.model}"):
        await speech_lap.run(SPEECH)

    assert (await models.serving(KIND)).model == base.model
    assert not models.archive(done.model).exists()
    assert await replacements_of(loop).due() == ()
