"""Everything of the loop that works on one store and one state directory, put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis

from training_loop.audit.log import AuditLog
from training_loop.audit.notary import Notary
from training_loop.audit.pointers import AuditPointers
from training_loop.audit.sealer import AuditSealer
from training_loop.audit.transparency import TransparencyLog
from training_loop.backup.registered import Backups
from training_loop.consent.accounts import Accounts
from training_loop.consent.consent_log import ConsentLog
from training_loop.consent.history import History
from training_loop.consent.one_utterance import OneUtterance
from training_loop.consent.operator import Operator
from training_loop.consent.reads import Reads
from training_loop.consent.rights import Rights
from training_loop.consent.uses import AccountUses
from training_loop.datasets.account_data_sets import AccountDataSets
from training_loop.datasets.datasets import Datasets
from training_loop.datasets.exports.exports import Exports as DatasetExports
from training_loop.datasets.uses import Uses
from training_loop.erasure.account_deletion import AccountDeletion
from training_loop.erasure.assembly import assemble_erasing
from training_loop.erasure.erasures import Erasures
from training_loop.erasure.own_stores import own_stores
from training_loop.erasure.registered import PersonalStores
from training_loop.erasure.sweep import Sweep
from training_loop.erasure.tombstones import TombstoneLog
from training_loop.errors import StoreUnavailable
from training_loop.export.archive import Exports
from training_loop.queue.intake import Intake
from training_loop.queue.queue import LearningQueue
from training_loop.review.agreement import settle
from training_loop.review.cases import SafetyCases
from training_loop.review.marking import ListenMarker
from training_loop.review.officers_key import OfficersKey
from training_loop.review.personal import ReviewStore
from training_loop.review.reviewer_record import ReviewerRecords
from training_loop.review.tasks import ReviewTasks
from training_loop.sampling.ledger import SampleLedger
from training_loop.settings import LoopSettings
from training_loop.sign_in.sign_in import SignIn, assemble_sign_in
from training_loop.staff.staff import Staff, assemble_staff
from training_loop.store.client import connect, store_errors
from training_loop.store.errors import StoreNotRunning
from training_loop.store.log_rewrite import LogRewrite
from training_loop.store.premises import Premises
from training_loop.training.workspace import Workspaces
from training_loop.vault.account_vault import AccountVault
from training_loop.vault.blobs import BlobStore
from training_loop.vault.key_provider import KeyProvider
from training_loop.vault.keyring_follower import KeyringFollower
from training_loop.vault.keyring_store import KeyringStore
from training_loop.vault.opening import open_blobs, open_key_provider
from training_loop.vault.rotation import KeyRotation
from training_loop.vault.sweeper import BlobSweeper
from training_loop.vault.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """The parts, ready to use until `open_loop` ends."""

    settings: LoopSettings
    store: Redis
    vault: Vault
    rotation: KeyRotation
    sealer: AccountVault
    blobs: BlobStore
    accounts: Accounts
    rights: Rights
    uses: AccountUses
    """Register every further thing that learns from utterances."""
    sink: Intake
    queue: LearningQueue
    tasks: ReviewTasks
    """Clips that people review."""
    cases: SafetyCases
    """Clips that were handed to the safety officers."""
    reads: Reads
    personal_stores: PersonalStores
    """Register every further place that holds personal data before serving."""
    erasures: Erasures
    deletion: AccountDeletion
    tombstones: TombstoneLog
    backups: Backups
    operator: Operator
    audit: AuditLog
    notary: Notary
    """Signs receipts and checkpoints."""
    audit_sealer: AuditSealer
    sweep: Sweep
    staff: Staff
    sign_in: SignIn
    """How account holders sign in."""
    datasets: Datasets
    exports: DatasetExports
    """Data sets that were given to others."""


@asynccontextmanager
async def open_loop(settings: LoopSettings, *, serve: bool = False) -> AsyncIterator[Loop]:
    """Connects to the configured store, or to the embedded one that runs in the state directory.

    With `serve` it makes the operator's token where there is none. Starting the embedded store and
    running `Loop.sweep` are the server's part. Raises StoreNotRunning, StoreUnavailable and
    MasterKeyRefused.
    """
    premises = Premises(directory=settings.store_directory)
    url = settings.store_url or premises.url
    store = connect(url)
    blobs = open_blobs(settings.vault, settings.blobs)
    try:
        await _reach(store, embedded=not settings.store_url)
        provider = open_key_provider(settings.vault, settings.master_key)
        vault = await Vault.open(store, provider)
        files = None if settings.store_url else premises.append_only_files
        loop = _Assembly(settings, store, vault, provider, blobs, files).loop()
        if serve:
            await asyncio.to_thread(loop.operator.token)
        async with KeyringFollower(KeyringStore(store, provider), vault).running():
            yield loop
            await loop.sign_in.email.idle()
            await loop.rights.settled()
            await loop.erasures.idle()
            await loop.reads.ended()
    finally:
        blobs.close()
        await store.aclose()


async def _reach(store: Redis, *, embedded: bool) -> None:
    try:
        with store_errors():
            await store.ping()
    except StoreUnavailable as error:
        if embedded:
            raise StoreNotRunning("no store runs in this state directory") from error
        raise


class _Assembly:
    """Puts the parts together; what several of them share is made first."""

    def __init__(
        self,
        settings: LoopSettings,
        store: Redis,
        vault: Vault,
        provider: KeyProvider,
        blobs: BlobStore,
        files: Path | None,
    ) -> None:
        self._settings = settings
        self._store, self._vault, self._blobs = store, vault, blobs
        self._provider = provider
        self._log = LogRewrite(store, files)
        self._sweeper = BlobSweeper(store, blobs)
        self._reads = Reads(store)
        self._history = History(store, vault, self._reads)
        self._sealer = AccountVault(store, vault)
        self._audit = AuditLog(store)
        self._notary = Notary(TransparencyLog(settings.transparency), settings.signing_key)
        self._sign_in = assemble_sign_in(
            *(store, vault, self._sealer, settings.sign_in, settings.staff.web_origins)
        )
        self._workspaces = Workspaces(settings.workspaces)
        self._stores = self._personal_stores()
        self._erasing = assemble_erasing(
            *(store, vault, self._sweeper, self._log, self._stores, self._notary),
            state=settings.state,
            append_only_files=files,
            registry=settings.registry,
        )
        self._datasets = Datasets(
            settings.data_sets, store, vault, blobs, self._reads, self._notary
        )
        self._uses = AccountUses(store, settings.state / "registry")
        self._uses.register(AccountDataSets(store, self._datasets))

    def loop(self) -> Loop:
        settings, store, vault, erasing = self._settings, self._store, self._vault, self._erasing
        sealer = AuditSealer(self._audit, self._notary)
        officers, marker = OfficersKey(settings.officers_key), ListenMarker(vault)
        records = ReviewerRecords(store)
        stored = (store, vault, self._blobs, self._reads)
        return Loop(
            settings=settings,
            store=store,
            vault=vault,
            rotation=KeyRotation(store, self._provider, vault),
            sealer=self._sealer,
            blobs=self._blobs,
            accounts=Accounts(store, vault),
            rights=self._rights(),
            uses=self._uses,
            sink=Intake(store, vault, self._blobs),
            queue=LearningQueue(*stored),
            tasks=ReviewTasks(
                *stored,
                settle=settle,
                observer=records,
                marker=marker,
                officers=officers,
                tombstones=erasing.tombstones,
            ),
            cases=SafetyCases(*stored, officers, marker),
            reads=self._reads,
            personal_stores=self._stores,
            erasures=erasing.erasures,
            deletion=erasing.deletion,
            tombstones=erasing.tombstones,
            backups=erasing.backups,
            operator=Operator(settings.operator_token),
            audit=self._audit,
            notary=self._notary,
            audit_sealer=sealer,
            sweep=Sweep(sealer, store, self._sweeper, erasing, self._log, self._workspaces),
            staff=assemble_staff(store, vault, settings.staff, records=(records,)),
            sign_in=self._sign_in,
            datasets=self._datasets,
            exports=DatasetExports(
                *(self._datasets, erasing.exported, self._audit, store, self._reads),
                work=settings.workspaces,
            ),
        )

    def _personal_stores(self) -> PersonalStores:
        """Every place that holds personal data and is not known to the erasures themselves."""
        store, stores = self._store, PersonalStores()
        for place in (
            *own_stores(store, self._history),
            self._workspaces,
            ReviewStore(store, self._vault),
            Uses(store),
            SampleLedger(store),
            AuditPointers(store, self._audit),
            self._sign_in.personal,
        ):
            stores.register(place)
        return stores

    def _rights(self) -> Rights:
        store, vault, erasing = self._store, self._vault, self._erasing
        consents = ConsentLog(store, vault)
        utterances = OneUtterance(store, vault, self._blobs, self._reads, consents)
        exports = Exports(
            *(store, self._history, utterances, consents, self._stores, self._audit),
            self._settings.state,
        )
        return Rights(
            *(store, vault, self._history, utterances, consents, exports),
            *(self._sweeper, erasing.forgetting, erasing.deletion, erasing.withdrawals),
            self._uses,
        )
