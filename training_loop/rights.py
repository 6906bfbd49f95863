"""What account holders may see, switch and delete: the port behind page, API and voice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

RETENTION_DAYS = range(1, 541)
CONSENT_TEXT_VERSION = "2026-11"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacySettings:
    """All off by default. `epoch` rises with every change."""

    keep_history: bool = False
    retention_days: int = 90
    improve_models: bool = False
    human_review: bool = False
    epoch: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChange:
    """None leaves a setting as it is."""

    keep_history: bool | None = None
    retention_days: int | None = None
    improve_models: bool | None = None
    human_review: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentShown:
    """What the person was shown or told when they chose."""

    text_version: str
    channel: str
    """"page", "api" or "voice"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    utterance_id: str
    captured_at_s: float
    device: str
    heard: str = field(repr=False)
    intent: str = field(repr=False)
    answer: str = field(repr=False)
    in_history: bool
    in_learning_queue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    entries: tuple[HistoryEntry, ...]
    next_page_token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionReport:
    """What was deleted. `log_rewritten`: the store's append-only file holds no trace any more."""

    history_records: int = 0
    queue_items: int = 0
    audio_blobs: int = 0
    log_rewritten: bool = False
    completed_at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """A person listened to a clip of this account."""

    at_s: float
    reviewer: str
    """A pseudonym."""


class PrivacyRights(Protocol):
    """Acts on one account at a time. Every method raises AccountGone for an unknown account and
    StoreUnavailable when the store is away; then nothing has changed or the call can be repeated.
    """

    async def settings(self, account: str) -> PrivacySettings: ...

    async def change(
        self, account: str, change: SettingsChange, shown: ConsentShown, request_id: str
    ) -> PrivacySettings:
        """Returns once the change holds: nothing kept or learned under a switch that went off can
        be reached any more. Switching off `improve_models` switches off `human_review` as well;
        switching on `human_review` needs `improve_models`. Repeating a request id is harmless.
        """
        ...

    async def history(self, account: str, page_size: int, page_token: str = "") -> HistoryPage:
        """Newest first: what is in the history or in the learning queue."""
        ...

    async def delete_utterance(self, account: str, utterance_id: str) -> DeletionReport: ...

    async def delete_since(self, account: str, since_s: float) -> DeletionReport:
        """Deletes what was captured at or after a Unix time; 0 deletes everything."""
        ...

    async def delete_account(self, account: str) -> DeletionReport: ...

    async def listens(self, account: str) -> tuple[Listen, ...]:
        """Who listened, newest first."""
        ...

    async def counts(self, account: str) -> Mapping[str, int]:
        """How many of the account's utterances are in "history", "queue" and "models"."""
        ...
