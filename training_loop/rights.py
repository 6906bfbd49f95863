"""What account holders may see, switch and delete: the port behind page, API and voice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from training_loop.learned_from import Uses
from training_loop.utterance import Correction, Utterance

RETENTION_DAYS = range(1, 541)
CONSENT_TEXT_VERSION = "2026-11"
LEARNING_DAYS = 180
"""How long an item of the learning queue is kept at most, reviewed or not."""
PAUSE_S = range(60, 7 * 24 * 3600 + 1)
"""How long learning may be paused, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacySettings:
    """All off by default. `epoch` rises with every change of a switch."""

    keep_history: bool = False
    retention_days: int = 90
    improve_models: bool = False
    human_review: bool = False
    epoch: int = 0
    needs_confirmation: tuple[str, ...] = ()
    """Switches given under another text than that of now: nothing new is kept under them."""
    paused_until_s: float = 0.0
    """Unix time by the store's clock; 0 when learning is not paused."""


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
class ConsentRecord:
    """One choice of the account holder, as it was recorded when it took effect."""

    at_s: float
    epoch: int
    change: Mapping[str, bool | int]
    """What was chosen: switches, `retention_days`, or `pause_s` (0 ends a pause)."""
    text_version: str
    """Empty where nothing had to be shown."""
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentPage:
    records: tuple[ConsentRecord, ...]
    next_page_token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFilter:
    """Which utterances; everything by default. Times are Unix times."""

    since_s: float | None = None
    until_s: float | None = None
    """Exclusive."""
    device: str = ""
    intent: str = ""
    """As understood, or as corrected."""
    contains: str = field(default="", repr=False)
    """In what was heard, corrected or answered; upper and lower case are the same."""


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
    corrected_text: str = field(default="", repr=False)
    corrected_intent: str = field(default="", repr=False)
    has_recording: bool = False
    removed: str = ""
    """Why nothing else is left of it, see `Utterance.removed`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """May hold fewer entries than asked for, even none, with more to follow."""

    entries: tuple[HistoryEntry, ...]
    next_page_token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One copy of an utterance, and why it is there."""

    purpose: str
    """ "history" or "learning"."""
    kept_at_s: float
    until_s: float
    """When the sweeper deletes it, unless it is deleted before."""
    consent: ConsentRecord | None
    """The choice that allows it; None when it is older than the record goes back."""
    reviewed_text: str = field(default="", repr=False)
    """What a reviewer wrote down, if one did."""
    reviewed_intent: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """How an answer came to be: heard, understood, answered, kept."""

    utterance: Utterance
    """With its audio where that was asked for."""
    kept: tuple[Kept, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    correction: Correction
    in_learning_queue: bool
    """Whether the learning queue has it as well: only what is in the queue already, under the
    consent of now and while learning is not paused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionReport:
    """What was deleted. `log_rewritten`: the store's append-only file holds no trace any more."""

    history_records: int = 0
    queue_items: int = 0
    audio_blobs: int = 0
    log_rewritten: bool = False
    completed_at_s: float
    erasure: str = ""
    """Under this id its progress and receipts can be asked for, also when the account is gone."""
    receipt: str = field(default="", repr=False)
    """JSON, see `training_loop.receipts`."""
    pending: tuple[str, ...] = ()
    """What is not done yet, as kinds; a second receipt follows when it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """A person listened to a clip of this account."""

    at_s: float
    reviewer: str
    """A pseudonym."""
    utterance_id: str = ""
    """Empty once it was deleted."""
    duration_s: float = 0.0
    """Of what was played."""


class PrivacyRights(Protocol):
    """Acts on one account at a time. Every method raises AccountGone for an unknown account and
    StoreUnavailable when the store is away; then nothing has changed or the call can be repeated.
    Those that name an utterance raise UtteranceNotFound when nothing of it is kept.
    """

    async def settings(self, account: str) -> PrivacySettings: ...

    async def change(
        self, account: str, change: SettingsChange, shown: ConsentShown, request_id: str
    ) -> PrivacySettings:
        """Returns once the change holds: nothing kept or learned under a switch that went off can
        be reached any more. Switching off `improve_models` switches off `human_review` as well;
        switching on `human_review` needs `improve_models`. Switching on what is on already
        confirms it under the text that was shown. Repeating a request id is harmless.
        """
        ...

    async def pause_learning(
        self, account: str, duration_s: int, channel: str, request_id: str
    ) -> PrivacySettings:
        """Nothing said from now on is learned from until the time is over; 0 ends a pause.

        Holds when it returns, also for an utterance that is being stored. It resumes by itself, by
        the store's clock, what the switches allow then. Raises InvalidArgument for a duration that
        is neither 0 nor in `PAUSE_S`.
        """
        ...

    async def consents(self, account: str, page_size: int, page_token: str = "") -> ConsentPage:
        """Newest first: every choice, with the version of the text that was shown."""
        ...

    async def history(
        self,
        account: str,
        page_size: int,
        page_token: str = "",
        matching: HistoryFilter = HistoryFilter(),
    ) -> HistoryPage:
        """Newest first: what is in the history or in the learning queue."""
        ...

    async def explain(
        self, account: str, utterance_id: str, *, with_audio: bool = False
    ) -> Explanation: ...

    async def correct(
        self, account: str, utterance_id: str, *, text: str = "", intent: str = ""
    ) -> Corrected:
        """Notes what was said or meant; again replaces the earlier correction."""
        ...

    async def delete_utterance(
        self, account: str, utterance_id: str, request_id: str = ""
    ) -> DeletionReport:
        """For a day, repeating a request id with the same arguments is the same deletion: so with
        all that delete."""
        ...

    async def delete_since(
        self, account: str, since_s: float, request_id: str = ""
    ) -> DeletionReport:
        """Deletes what was captured at or after a Unix time; 0 deletes everything."""
        ...

    async def delete_matching(
        self,
        account: str,
        *,
        since_s: float = 0,
        until_s: float | None = None,
        device: str = "",
        request_id: str = "",
    ) -> DeletionReport:
        """Deletes what was captured in a range of time, by one device if one is named.

        Utterances of the account that are still on their way are not kept, whatever their time.
        """
        ...

    async def start_deleting_utterance(
        self, account: str, utterance_id: str, request_id: str = ""
    ) -> str:
        """Like `delete_utterance`, and the same deletion under the same request id. Returns the
        erasure's id once it can no longer be lost; it goes on by itself."""
        ...

    async def start_deleting(
        self,
        account: str,
        *,
        since_s: float = 0,
        until_s: float | None = None,
        device: str = "",
        request_id: str = "",
    ) -> str:
        """What `start_deleting_utterance` is to `delete_utterance`, for `delete_matching`."""
        ...

    async def delete_account(self, account: str) -> DeletionReport: ...

    async def erasure_of(self, account: str) -> str:
        """The id that the account's deletion will have. Nobody can guess it."""
        ...

    async def uses(self, account: str) -> Uses:
        """What was learned from the account's utterances."""
        ...

    async def listens(self, account: str) -> tuple[Listen, ...]:
        """Who listened, newest first."""
        ...

    async def counts(self, account: str) -> Mapping[str, int]:
        """How many of the account's utterances are in "history", "queue" and "models"."""
        ...

    def export(self, account: str) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """A ZIP archive of everything, complete before its first chunk.

        Raises ExportFailed when there is no room for it; then nothing of it is left. Raises
        ExportInProgress while another one of the account is made or fetched.
        """
        ...
