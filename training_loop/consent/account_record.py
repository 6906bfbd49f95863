"""An account's hash in the store, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from redis.asyncio import Redis

from training_loop.consent.policy import ConsentState, Purpose, unconfirmed
from training_loop.errors import AccountGone
from training_loop.rights import PrivacySettings
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """Where one purpose's data of one consent lies, and its wrapped key."""

    name: str
    wrapped_key: bytes = field(repr=False)
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRecord:
    """A live account."""

    account: str = field(repr=False)
    consent: ConsentState
    containers: Mapping[Purpose, Container]
    time_zone: str
    token_digest: str = field(repr=False)
    created_at_s: float


async def read_account(store: Redis, account: str) -> AccountRecord:
    """Raises AccountGone for an account that is unknown or being deleted, and StoreUnavailable."""
    with store_errors():
        found = await store.hgetall(keys.account(account))
    fields = {_text(name): value for name, value in found.items()}
    if fields.get("state") != b"live":
        raise AccountGone("there is no such account")
    paused_until_ms = 0
    if "paused_until_ms" in fields:  # whether it is over is for the store's clock to say
        paused_until_ms = int(await Scripts(store).run("pause_left", [keys.account(account)]))
    return _record(account, fields, paused_until_ms)


def _record(account: str, fields: Mapping[str, bytes | str], paused_until_ms: int) -> AccountRecord:
    text = {name: _text(value) for name, value in fields.items() if not name.endswith("_key")}
    epochs = {
        purpose: int(text[f"{purpose.value}_epoch"])
        for purpose in Purpose
        if f"{purpose.value}_epoch" in text
    }
    settings = PrivacySettings(
        keep_history=text["keep_history"] == "1",
        retention_days=int(text["retention_days"]),
        improve_models=text["improve_models"] == "1",
        human_review=text["human_review"] == "1",
        epoch=int(text["epoch"]),
        paused_until_s=paused_until_ms / 1000,
    )
    texts = {p: text[f"{p.value}_text"] for p in Purpose if f"{p.value}_text" in text}
    settings = replace(settings, needs_confirmation=unconfirmed(settings, texts))
    return AccountRecord(
        account=account,
        consent=ConsentState(
            settings=settings,
            child=text["child"] != "0",
            epochs=MappingProxyType(epochs),
            generation=int(text["generation"]),
            texts=MappingProxyType(texts),
            paused=paused_until_ms > 0,
        ),
        containers=_containers(fields, text, epochs),
        time_zone=text["zone"],
        token_digest=text["digest"],
        created_at_s=int(text["created_ms"]) / 1000,
    )


def _containers(
    fields: Mapping[str, bytes | str], text: Mapping[str, str], epochs: Mapping[Purpose, int]
) -> Mapping[Purpose, Container]:
    found = {}
    for purpose in (Purpose.HISTORY, Purpose.LEARNING):
        if purpose in epochs:
            wrapped = fields[f"{purpose.value}_key"]
            assert isinstance(wrapped, bytes)
            name = text[f"{purpose.value}_container"]
            found[purpose] = Container(name=name, wrapped_key=wrapped, epoch=epochs[purpose])
    return MappingProxyType(found)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
