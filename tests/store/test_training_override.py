"""What the gate refused passes only in a person's name, signed and audited."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.fixtures.training import manifest_for, rasa_archive
from training_loop.audit.log import AuditLog, shard_name
from training_loop.audit.notary import Notary
from training_loop.datasets.item_ref import ItemRef
from training_loop.errors import InvalidArgument
from training_loop.registry.errors import ModelRefused
from training_loop.registry.registry import ModelRegistry
from training_loop.registry.shelf import Decided, Decision, notary_beside
from training_loop.store import keys
from training_loop.training.override import (
    FILE,
    NothingToOverride,
    OverrideTampered,
    give_up_held,
    override,
    read_override,
)
from training_loop.training.trainer import ModelKind

REASON = "The fall is in requests that we do not offer any more."


@pytest.fixture
def audit(registry_client: Redis) -> AuditLog:
    return AuditLog(registry_client)


@pytest.fixture
def notary(registry: ModelRegistry) -> Notary:
    return notary_beside(registry.shelf.root)


@pytest.fixture
async def held(registry: ModelRegistry, archives: Path) -> str:
    base = await registry.ensure_base(rasa_archive(archives / "base.tar.gz", b"base"))
    archive = rasa_archive(archives / "new.tar.gz", b"new")
    decided = Decided(decision=Decision.HELD, reasons=("stop is clearly worse.",))
    return registry.register(archive, manifest_for(archive, base.model), decided)


async def test_an_overridden_model_may_serve_and_the_log_says_who_let_it(
    registry: ModelRegistry, notary: Notary, audit: AuditLog, held: str
) -> None:
    with pytest.raises(ModelRefused, match="stop is clearly worse"):
        await registry.promote(held, set())
    assert read_override(registry, notary, held) is None
    granted = await override(
        registry, notary, audit, model=held, actor="operator", reason=REASON, clock=lambda: 5.0
    )
    assert granted.refusals == ("stop is clearly worse.",)
    assert read_override(registry, notary, held) == granted
    shard = shard_name(keys.shard_of(held))
    (line,) = [line async for line in audit.lines(shard) if "gate_overridden" in line]
    assert f"operator {held} gate_overridden" in line
    assert "offer" not in line, "the log holds no free text"
    assert (await registry.promote(held, set())).model == held


@pytest.mark.parametrize("reason", ["", "because", " " * 40, "x" * 501])
async def test_a_reason_that_says_nothing_overrides_nothing(
    reason: str, registry: ModelRegistry, notary: Notary, audit: AuditLog, held: str
) -> None:
    with pytest.raises(InvalidArgument, match="needs a reason"):
        await override(registry, notary, audit, model=held, actor="operator", reason=reason)
    with pytest.raises(ModelRefused):
        await registry.promote(held, set())


async def test_only_what_the_gate_holds_back_can_be_overridden(
    registry: ModelRegistry, notary: Notary, audit: AuditLog, held: str
) -> None:
    assert give_up_held(registry, ModelKind.LANGUAGE_MODEL) == 0
    assert give_up_held(registry, ModelKind.NLU) == 1
    assert not registry.archive(held).exists()
    for model in (held, (await registry.serving()).model):
        with pytest.raises(NothingToOverride):
            await override(registry, notary, audit, model=model, actor="operator", reason=REASON)


async def test_a_changed_override_is_found_out(
    registry: ModelRegistry, notary: Notary, audit: AuditLog, held: str
) -> None:
    await override(registry, notary, audit, model=held, actor="operator", reason=REASON)
    path = registry.shelf.directory(held) / FILE
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"actor": "somebody"}))
    with pytest.raises(OverrideTampered):
        read_override(registry, notary, held)


async def test_an_override_brings_no_consent_back(
    registry: ModelRegistry, notary: Notary, audit: AuditLog, archives: Path
) -> None:
    base = await registry.ensure_base(rasa_archive(archives / "base.tar.gz", b"base"))
    archive = rasa_archive(archives / "new.tar.gz", b"new")
    manifest = manifest_for(archive, base.model, ItemRef(item="gone", epoch=3))
    model = registry.register(archive, manifest, Decided(decision=Decision.HELD))
    await override(registry, notary, audit, model=model, actor="operator", reason=REASON)
    with pytest.raises(ModelRefused, match="no longer consented"):
        await registry.promote(model, set())
