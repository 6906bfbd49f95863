"""Promise P7: after an erasure or opt-out the models that learned are named, and replaced."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fixtures.datasets import gold, reviewed
from tests.fixtures.registry import artefact_of, in_service, learned, registry_of
from tests.fixtures.store import consenting_account, opt_out
from training_loop.erasure.lineage import Lineage
from training_loop.erasure.plan import Plan
from training_loop.erasure.scan import TraceScan
from training_loop.loop import Loop
from training_loop.receipts.evidence import ErasureKind, PendingKind
from training_loop.receipts.receipt import read_receipt
from training_loop.registry.errors import ModelTampered
from training_loop.registry.pointer import InService, Stage
from training_loop.registry.record import ModelState
from training_loop.registry.replacements import Replacements
from training_loop.registry.settings import RegistrySettings
from training_loop.store import keys
from training_loop.training.trainer import ModelKind

NOT_YET = RegistrySettings()
AT_ONCE = RegistrySettings(replace_within_s=0.001)
_WEEK_S = 7 * 86_400


async def _two_households(loop: Loop) -> tuple[str, str]:
    accounts = await consenting_account(loop), await consenting_account(loop)
    for account in accounts:
        await reviewed(loop, account, gold("set a timer for ten minutes"))
    return accounts


async def _base(loop: Loop, where: Path, kind: ModelKind = ModelKind.NLU) -> str:
    return (await registry_of(loop).ensure_base(artefact_of(kind, where), kind=kind)).model


def _replacements(loop: Loop, settings: RegistrySettings = NOT_YET) -> Replacements:
    return Replacements(loop.store, registry_of(loop), settings)


@pytest.mark.parametrize("kind", [ModelKind.NLU, ModelKind.LANGUAGE_MODEL])
async def test_after_an_erasure_the_model_is_named_replaced_and_then_a_second_receipt_follows(
    own_loop: Loop, tmp_path: Path, kind: ModelKind
) -> None:
    erased, stays = await _two_households(own_loop)
    await _base(own_loop, tmp_path, kind)
    tainted = await in_service(own_loop, tmp_path, erased, stays, kind=kind)
    registry = registry_of(own_loop)

    report = await own_loop.rights.delete_account(erased)
    first = read_receipt((await own_loop.erasures.progress(report.erasure)).receipt.encode())
    (pending,) = first.evidence.pending
    assert (pending.kind, pending.reference) == (PendingKind.MODEL_REPLACEMENT, tainted)
    assert pending.due_at_s == pytest.approx(time.time() + _WEEK_S, abs=120)
    (due,) = await _replacements(own_loop).due()
    assert (due.model, due.kind, due.due_s) == (tainted, kind, pending.due_at_s)
    await own_loop.sweep.once()
    assert (await registry.record(tainted)).state is ModelState.TAINTED
    assert not (await own_loop.erasures.progress(report.erasure)).final_receipt

    replacement = await in_service(own_loop, tmp_path, stays, kind=kind)
    await own_loop.sweep.once()
    second = read_receipt((await own_loop.erasures.progress(report.erasure)).final_receipt.encode())
    assert second.evidence.pending == ()
    assert second.evidence.earlier_receipt == first.receipt
    assert not registry.archive(tainted).exists()
    assert (await registry.serving(kind)).model == replacement
    assert await _replacements(own_loop).due() == ()


async def test_a_model_that_a_live_server_still_answers_with_keeps_the_receipt_pending(
    own_loop: Loop, tmp_path: Path
) -> None:
    erased, stays = await _two_households(own_loop)
    await _base(own_loop, tmp_path)
    tainted = await in_service(own_loop, tmp_path, erased)
    pointer = registry_of(own_loop).pointer
    await pointer.acknowledge("slow", InService(model=tainted, generation=2))
    report = await own_loop.rights.delete_account(erased)
    await in_service(own_loop, tmp_path, stays)
    await own_loop.sweep.once()
    assert not (await own_loop.erasures.progress(report.erasure)).final_receipt
    await pointer.leave("slow")
    await own_loop.sweep.once()
    assert (await own_loop.erasures.progress(report.erasure)).final_receipt


async def test_deleting_one_utterance_names_the_models_that_learned_from_it_alone(
    own_loop: Loop, tmp_path: Path
) -> None:
    account = await consenting_account(own_loop)
    first = await reviewed(own_loop, account, gold("set a timer for ten minutes"))
    await _base(own_loop, tmp_path)
    model = await in_service(own_loop, tmp_path, account)
    later = await reviewed(own_loop, account, gold("stop", "stop"))
    unlearned = await own_loop.rights.delete_utterance(account, later)
    assert unlearned.pending == ()
    await own_loop.rights.delete_utterance(account, first)
    assert [due.model for due in await _replacements(own_loop).due()] == [model]


async def test_an_opt_out_makes_the_model_due_and_deletes_those_nobody_uses(
    own_loop: Loop, tmp_path: Path
) -> None:
    account, stays = await _two_households(own_loop)
    await _base(own_loop, tmp_path)
    serving = await in_service(own_loop, tmp_path, account, stays)
    candidate = await learned(own_loop, tmp_path, account)
    clean = await learned(own_loop, tmp_path, stays)
    await opt_out(own_loop, account)
    await own_loop.rights.settled()
    registry = registry_of(own_loop)
    assert [due.model for due in await _replacements(own_loop).due()] == [serving]
    assert not registry.archive(candidate).exists()
    assert registry.archive(clean).exists()
    assert (await registry.record(candidate)).state is ModelState.RETIRED


async def test_a_sweep_finds_what_nobody_said_was_withdrawn(own_loop: Loop, tmp_path: Path) -> None:
    """A process that was killed right after an opt-out told nobody."""
    account, stays = await _two_households(own_loop)
    await _base(own_loop, tmp_path)
    model = await in_service(own_loop, tmp_path, account, stays)
    await opt_out(own_loop, account)
    await own_loop.rights.settled()
    await own_loop.store.delete(keys.REPLACEMENTS)
    (due,) = await _replacements(own_loop).settle()
    assert (due.model, due.withdrawn) == (model, 1)


async def test_a_shadow_or_canary_that_learned_from_it_is_tried_no_longer(
    own_loop: Loop, tmp_path: Path
) -> None:
    account, _ = await _two_households(own_loop)
    await _base(own_loop, tmp_path)
    registry = registry_of(own_loop)
    consented = await registry.consented()
    tried = await learned(own_loop, tmp_path, account)
    await registry.stage(tried, Stage.SHADOW, consented)
    await registry.stage(tried, Stage.CANARY, consented)
    assert await registry.pointer.staged() == {Stage.CANARY: tried}
    assert (await registry.record(tried)).state is ModelState.CANARY
    await own_loop.rights.delete_account(account)
    assert await registry.pointer.staged() == {}
    assert not registry.archive(tried).exists()


async def test_when_nothing_replaced_it_in_time_the_model_before_it_serves_again(
    own_loop: Loop, tmp_path: Path
) -> None:
    account, stays = await _two_households(own_loop)
    base = await _base(own_loop, tmp_path)
    clean = await in_service(own_loop, tmp_path, stays)
    tainted = await in_service(own_loop, tmp_path, account, stays)
    late = _replacements(own_loop, AT_ONCE)
    await opt_out(own_loop, account)
    await own_loop.rights.settled()
    await own_loop.store.delete(keys.REPLACEMENTS)
    await late.note([tainted])
    assert await late.settle() == ()
    registry = registry_of(own_loop)
    assert (await registry.serving()).model == clean != base
    assert not registry.archive(tainted).exists()


async def test_an_erasure_knows_the_models_and_data_sets_that_learned(
    own_loop: Loop, tmp_path: Path
) -> None:
    account, _ = await _two_households(own_loop)
    await own_loop.store.sadd(keys.data_set_uses(account), "ds-1", "ex-1")
    model = await learned(own_loop, tmp_path, account, data_sets=("ds-2",))
    lineage = Lineage(own_loop.store, own_loop.settings.state / "registry", own_loop.notary)
    plan = await own_loop.deletion._plan(account)
    found = await lineage.learned(plan)
    assert (found.models, found.data_sets) == ((model,), ("ds-1", "ds-2"))
    assert (await lineage.learned(replace(plan, models=()))).models == ()


async def test_the_time_that_was_set_first_stands(own_loop: Loop, tmp_path: Path) -> None:
    account, stays = await _two_households(own_loop)
    await _base(own_loop, tmp_path)
    model = await in_service(own_loop, tmp_path, account, stays)
    (first,) = await _replacements(own_loop).note([model])
    (again,) = await _replacements(own_loop, AT_ONCE).note([model])
    assert again.due_s == first.due_s


async def test_what_was_recorded_of_trainings_is_searched_by_every_erasure(
    own_loop: Loop,
) -> None:
    account = await consenting_account(own_loop)
    leaked = "utt_nowhere_but_in_a_report"
    plan = Plan(kind=ErasureKind.UTTERANCE, account=account, utterances=(leaked,))
    scan = TraceScan(own_loop.store, own_loop.settings.state, None)
    assert await scan.traces(plan) == {}
    report = own_loop.settings.tracking / "artefacts" / "report.json"
    report.parent.mkdir(parents=True)
    report.write_text(leaked)
    assert await scan.traces(plan) == {"files": 1}


async def test_models_that_came_unsigned_are_adopted_once_and_never_again(
    own_loop: Loop, tmp_path: Path
) -> None:
    base = await _base(own_loop, tmp_path)
    registry = registry_of(own_loop)
    assert await own_loop.store.get(keys.MODELS_FORMAT) == b"2"
    (registry.shelf.directory(base) / "signature.json").unlink()
    with pytest.raises(ModelTampered):
        await registry_of(own_loop).serving()
