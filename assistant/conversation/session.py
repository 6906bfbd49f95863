"""What a device's conversation remembers between two turns: in memory alone, and not for long."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from assistant.answers.skill import Previous, Question

SESSION_S = 60.0
RECENT_S = 600.0
MAXIMUM_ENTRIES = 50_000
REMEMBERED_UTTERANCES = 10
_LONGEST_TURN_S = 1200.0
"""How long a deletion is remembered, for the turns that it interrupts: longer than a stream may
stay open."""

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestion:
    """What the assistant asked, and which skill wants the reply."""

    skill: str
    question: Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """What a device was last told, and the utterances kept from it, newest first."""

    answer: str = field(default="", repr=False)
    utterance_ids: tuple[str, ...] = ()
    previous: Previous | None = None


class ExpiringMap(Generic[Key, Value]):
    """A bounded mapping whose entries vanish some time after they were last put.

    Beyond `maximum` entries the oldest goes first. `clock` counts seconds.
    """

    def __init__(self, lifetime_s: float, maximum: int, clock: Callable[[], float]) -> None:
        self._lifetime_s = lifetime_s
        self._maximum = maximum
        self._clock = clock
        self._entries: OrderedDict[Key, tuple[float, Value]] = OrderedDict()

    def put(self, key: Key, value: Value) -> None:
        self._entries.pop(key, None)
        self._entries[key] = (self._clock() + self._lifetime_s, value)
        self._evict()

    def get(self, key: Key) -> Value | None:
        self._evict()
        entry = self._entries.get(key)
        return entry[1] if entry else None

    def remove(self, key: Key) -> None:
        """Forgets a key; harmless when it is not there."""
        self._entries.pop(key, None)

    def remove_where(self, chosen: Callable[[Key], bool]) -> int:
        """Removes the entries of all chosen keys and returns their number."""
        gone = [key for key in self._entries if chosen(key)]
        for key in gone:
            del self._entries[key]
        return len(gone)

    def _evict(self) -> None:
        now = self._clock()
        while self._entries:
            expires_at = next(iter(self._entries.values()))[0]
            if expires_at > now and len(self._entries) <= self._maximum:
                return
            self._entries.popitem(last=False)


class Sessions:
    """Open questions by session, and what each device last heard.

    A session belongs to the credential's account and device: its name alone opens nothing. As a
    `PersonalStore` it owns no keys, since nothing of it is ever written.
    """

    name = "sessions"
    key_kinds: frozenset[str] = frozenset()

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._questions: ExpiringMap[tuple[str, str, str], OpenQuestion] = ExpiringMap(
            SESSION_S, MAXIMUM_ENTRIES, clock
        )
        self._recent: ExpiringMap[tuple[str, str], Recent] = ExpiringMap(
            RECENT_S, MAXIMUM_ENTRIES, clock
        )
        self._forgotten: ExpiringMap[str, int] = ExpiringMap(
            _LONGEST_TURN_S, MAXIMUM_ENTRIES, clock
        )

    def take_question(self, account: str, device: str, session: str) -> OpenQuestion | None:
        """The session's open question, which is no longer open after this call."""
        key = (account, device, session)
        question = self._questions.get(key)
        self._questions.remove(key)
        return question

    def ask(self, account: str, device: str, session: str, question: OpenQuestion) -> None:
        self._questions.put((account, device, session), question)

    def recent(self, account: str, device: str) -> Recent:
        return self._recent.get((account, device)) or Recent()

    def remember(
        self,
        account: str,
        device: str,
        answer: str,
        utterance_id: str,
        previous: Previous | None = None,
    ) -> None:
        """Notes what was answered, to what, and the utterance's id if it was kept (else empty)."""
        known = self.recent(account, device).utterance_ids
        kept = (utterance_id, *known)[:REMEMBERED_UTTERANCES] if utterance_id else known
        self._recent.put(
            (account, device), Recent(answer=answer, utterance_ids=kept, previous=previous)
        )

    def times_forgotten(self, account: str) -> int:
        """How often the account deleted something it said, lately: a turn that began before the
        last time has nothing to add."""
        return self._forgotten.get(account) or 0

    def forget_said(self, account: str) -> None:
        """Of all devices of the account: what was answered last, and what was asked back."""
        self._forgotten.put(account, self.times_forgotten(account) + 1)
        self._remove(account)

    async def export(self, account: str) -> Mapping[str, object]:
        """Nothing: a conversation is over before an export could be read."""
        return {}

    async def erase(self, account: str) -> int:
        return self._remove(account)

    def _remove(self, account: str) -> int:
        return self._questions.remove_where(lambda key: key[0] == account) + (
            self._recent.remove_where(lambda key: key[0] == account)
        )
