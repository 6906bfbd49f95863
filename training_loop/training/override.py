"""Letting a model pass that the gate refused: by a named person, for a reason, signed and audited.

An override makes a candidate of it again, nothing more: consents, signatures and what serves are
asked as for every other one when it is released. A model that lost a consent cannot be overridden.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import grpc

from training_loop.audit.errors import SignatureWrong
from training_loop.audit.log import AuditLog
from training_loop.audit.notary import Notary
from training_loop.durable_files import write_atomically
from training_loop.errors import InvalidArgument, TrainingLoopError
from training_loop.registry.kinds import kind_of
from training_loop.registry.registry import ModelRegistry
from training_loop.registry.shelf import Decided, Decision
from training_loop.training.trainer import ModelKind

FILE = "override.json"
LEAST_REASON = 10
MOST_REASON = 500
_PURPOSE = "gate override"


class NothingToOverride(TrainingLoopError):
    """It was not refused by the gate, or for good."""

    code = "NOTHING_TO_OVERRIDE"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "training-loop models show MODEL says what was decided about it."


class OverrideTampered(TrainingLoopError):
    code = "OVERRIDE_TAMPERED"
    status = grpc.StatusCode.DATA_LOSS
    hint = "Refuse the model; find out who changed the file."


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Who let what pass in spite of what, and why. `reason` was written by a person; the audit log
    names its digest alone."""

    model: str
    actor: str
    reason: str = field(repr=False)
    refusals: tuple[str, ...]
    """What the gate said."""
    at_s: float
    """Unix time."""

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":")).encode()


async def override(
    registry: ModelRegistry,
    notary: Notary,
    audit: AuditLog,
    *,
    model: str,
    actor: str,
    reason: str,
    clock: Callable[[], float] = time.time,
) -> Override:
    """Makes a candidate of a model that the gate refused. It is audited before it counts.

    `actor` is a pseudonym of staff or "operator". Raises InvalidArgument for a reason that says
    nothing, NothingToOverride, ModelUnknown, ModelTampered, and what audit and notary raise.
    """
    said = " ".join(reason.split())
    if not LEAST_REASON <= len(said) <= MOST_REASON:
        raise InvalidArgument(
            f"An override needs a reason of {LEAST_REASON} to {MOST_REASON} characters."
        )
    decided = await asyncio.to_thread(registry.shelf.decided, model)
    if decided.decision is not Decision.HELD:
        raise NothingToOverride(f"The gate does not hold {model} back.")
    await asyncio.to_thread(registry.shelf.verified, model)
    granted = Override(
        model=model, actor=actor, reason=said, refusals=decided.reasons, at_s=clock()
    )
    digest = hashlib.sha256(said.encode()).hexdigest()[:16]
    await audit.record(
        actor,
        "gate_overridden",
        subject=model,
        detail={"reason_sha256": digest, "refusals": len(granted.refusals)},
    )
    await asyncio.to_thread(_grant, registry, notary, granted)
    return granted


def read_override(registry: ModelRegistry, notary: Notary, model: str) -> Override | None:
    """None where nobody overrode anything. Raises OverrideTampered, ModelUnknown."""
    path = _file(registry, model)
    if not path.exists():
        return None
    try:
        content = json.loads(path.read_bytes())
        signature = str(content.pop("signature"))
        granted = Override(**{**content, "refusals": tuple(content["refusals"])})
        notary.key().public.verify(_PURPOSE, granted.to_bytes(), signature)
    except (OSError, ValueError, KeyError, TypeError, SignatureWrong) as fault:
        raise OverrideTampered(f"The override of {model} was changed.") from fault
    if granted.model != model:
        raise OverrideTampered(f"The override of {model} is another model's.")
    return granted


def give_up_held(registry: ModelRegistry, kind: ModelKind) -> int:
    """Refuses for good what is still held back, so that no more than the newest such model of a
    kind is kept; returns how many. Blocks on the disk."""
    given_up = 0
    for model in tuple(registry.shelf.names()):
        decided = registry.shelf.decided(model)
        if kind_of(model) is kind and decided.decision is Decision.HELD:
            registry.refuse(model, decided.reasons)
            given_up += 1
    return given_up


def _grant(registry: ModelRegistry, notary: Notary, granted: Override) -> None:
    signature = notary.key().sign(_PURPOSE, granted.to_bytes())
    content = asdict(granted) | {"signature": signature}
    write_atomically(_file(registry, granted.model), json.dumps(content, indent=1).encode())
    reasons = (*granted.refusals, f"Overridden by {granted.actor}.")
    registry.shelf.decide(granted.model, Decided(decision=Decision.CANDIDATE, reasons=reasons))


def _file(registry: ModelRegistry, model: str) -> Path:
    return registry.shelf.directory(model) / FILE
