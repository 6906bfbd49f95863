"""Changing an account's switches."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace

from redis.asyncio import Redis

from training_loop.consent.account_record import AccountRecord, read_account
from training_loop.consent.choices import changed, consents_to, withdraws
from training_loop.consent.policy import Purpose, unconfirmed
from training_loop.consent.reads import open_grants, wait_for_reads
from training_loop.erasure.withdrawals import Withdrawals
from training_loop.errors import AccountGone, InvalidArgument, StoreUnavailable
from training_loop.queue.intake import key_purpose
from training_loop.rights import ConsentShown, PrivacySettings, SettingsChange
from training_loop.store import keys
from training_loop.store.script_runner import Scripts, text
from training_loop.vault.vault import Vault, new_container

_TRIES = 16
_REMEMBER_RESULT_S = 24 * 3600
_LONGEST_REQUEST_ID = 64


class Switches:
    def __init__(self, store: Redis, vault: Vault, withdrawals: Withdrawals) -> None:
        self._store = store
        self._vault = vault
        self._withdrawals = withdrawals
        self._scripts = Scripts(store)

    async def change(
        self, account: str, change: SettingsChange, shown: ConsentShown, request_id: str
    ) -> PrivacySettings:
        """Implements `PrivacyRights.change`. Raises what the policy raises, InvalidArgument for a
        request id that is not 1 to 64 characters, AccountGone and StoreUnavailable."""
        if not 1 <= len(request_id) <= _LONGEST_REQUEST_ID:
            raise InvalidArgument("A request id has 1 to 64 characters.")
        for _ in range(_TRIES):
            record = await read_account(self._store, account)
            after = _confirmed(record, change, shown)
            await self._withdrawals.note(account, change)
            outcome, *result = await self._apply(record, after, change, shown, request_id)
            match text(outcome):
                case "gone":
                    raise AccountGone("the account is being deleted")
                case "stale":
                    continue
                case _:
                    if withdraws(change):
                        # Also for a repeated request: its first run may have ended unanswered.
                        grants = await open_grants(self._store, account)
                        await wait_for_reads(self._scripts, account, grants)
                    return _settings(result[0])
        raise StoreUnavailable("the settings kept changing")

    async def _apply(
        self,
        record: AccountRecord,
        after: PrivacySettings,
        change: SettingsChange,
        shown: ConsentShown,
        request_id: str,
    ) -> list[bytes]:
        account = record.account
        result = await self._scripts.run(
            "change_consent",
            [
                keys.account(account),
                keys.consent_log(account),
                keys.request(account, _request_key(request_id, change)),
            ],
            [
                *(account, record.consent.settings.epoch),
                *(str(int(after.keep_history)), after.retention_days),
                *(str(int(after.improve_models)), str(int(after.human_review))),
                *self._container(account, Purpose.HISTORY, after.epoch),
                *self._container(account, Purpose.LEARNING, after.epoch),
                json.dumps(_log_entry(after, change, shown), separators=(",", ":")),
                json.dumps(asdict(after)),
                _REMEMBER_RESULT_S,
                shown.text_version,
                " ".join(purpose.value for purpose in consents_to(change)),
            ],
        )
        return list(result)

    def _container(self, account: str, purpose: Purpose, epoch: int) -> tuple[str, bytes]:
        """A container and its key, used by the script if the purpose opens with this change."""
        wrapped = self._vault.new_wrapped_key(account, key_purpose(purpose, epoch))
        return new_container(), wrapped


def _confirmed(
    record: AccountRecord, change: SettingsChange, shown: ConsentShown
) -> PrivacySettings:
    """The settings after a change; what it says yes to stands under the text of now."""
    after = changed(record.consent.settings, change, shown, child=record.consent.child)
    texts = {**record.consent.texts, **dict.fromkeys(consents_to(change), shown.text_version)}
    return replace(after, needs_confirmation=unconfirmed(after, texts))


def _settings(result: bytes) -> PrivacySettings:
    fields = json.loads(result)
    return PrivacySettings(**fields | {"needs_confirmation": tuple(fields["needs_confirmation"])})


def _request_key(request_id: str, change: SettingsChange) -> str:
    """The same id with another change is another request: an opt-out is never swallowed."""
    content = json.dumps([request_id, asdict(change)])
    return f"c:{hashlib.sha256(content.encode()).hexdigest()[:32]}"


def _log_entry(
    after: PrivacySettings, change: SettingsChange, shown: ConsentShown
) -> dict[str, object]:
    return {
        "epoch": after.epoch,
        "change": {name: value for name, value in asdict(change).items() if value is not None},
        "text_version": shown.text_version,
        "channel": shown.channel,
    }
