"""The parts that erase, put together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis

from training_loop.audit.notary import Notary
from training_loop.backup.registered import Backups
from training_loop.datasets.exports.acknowledgements import ExportAcknowledgements
from training_loop.datasets.exports.ledger import ExportLedger
from training_loop.datasets.exports.overdue import OverdueAlarm
from training_loop.erasure.account_deletion import AccountDeletion
from training_loop.erasure.erasures import ErasurePorts, Erasures
from training_loop.erasure.forgetting import Forgetting
from training_loop.erasure.ledger import ErasureLedger
from training_loop.erasure.lineage import Lineage
from training_loop.erasure.registered import PersonalStores
from training_loop.erasure.scan import TraceScan
from training_loop.erasure.tombstones import TombstoneLog
from training_loop.erasure.withdrawals import Withdrawals
from training_loop.registry.settings import RegistrySettings
from training_loop.store.log_rewrite import LogRewrite
from training_loop.vault.sweeper import BlobSweeper
from training_loop.vault.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasing:
    erasures: Erasures
    forgetting: Forgetting
    deletion: AccountDeletion
    tombstones: TombstoneLog
    backups: Backups
    withdrawals: Withdrawals
    lineage: Lineage
    exported: ExportLedger
    overdue_exports: OverdueAlarm


def assemble_erasing(
    store: Redis,
    vault: Vault,
    sweeper: BlobSweeper,
    log: LogRewrite,
    personal_stores: PersonalStores,
    notary: Notary,
    *,
    state: Path,
    append_only_files: Path | None,
    registry: RegistrySettings,
) -> Erasing:
    """`append_only_files`: of an embedded store."""
    ledger = ErasureLedger(store, vault)
    lineage = Lineage(store, state / "registry", notary, registry)
    tombstones = TombstoneLog(state / "tombstones" / "log")
    backups = Backups(state)
    exported = ExportLedger(store, vault)
    personal_stores.register(backups)
    erasures = Erasures(
        ErasurePorts(
            store=store,
            ledger=ledger,
            sweeper=sweeper,
            log=log,
            personal_stores=personal_stores,
            tombstones=tombstones,
            scan=TraceScan(store, state, append_only_files),
            notary=notary,
            pending=(lineage, backups, ExportAcknowledgements(exported)),
        )
    )
    return Erasing(
        erasures=erasures,
        forgetting=Forgetting(store, erasures, lineage, personal_stores),
        deletion=AccountDeletion(store, erasures, ledger, lineage),
        tombstones=tombstones,
        backups=backups,
        withdrawals=Withdrawals(tombstones, backups, lineage),
        lineage=lineage,
        exported=exported,
        overdue_exports=OverdueAlarm(exported),
    )
