"""What recipients of exports still have to confirm, as receipts say it."""

from __future__ import annotations

from training_loop.datasets.errors import ExportUnknown
from training_loop.datasets.exports.ledger import ExportLedger
from training_loop.datasets.exports.record import ACKNOWLEDGE_WITHIN_S, Tombstone
from training_loop.erasure.plan import Plan
from training_loop.receipts.evidence import Pending, PendingKind


class ExportAcknowledgements:
    """Is a PendingSource: an export is pending until its recipient has confirmed every deletion
    that was due when the erasure was done; what others withdraw later does not hold it up.

    A reference is the export and the ms up to which that is.
    """

    kind = PendingKind.EXPORT_ACKNOWLEDGEMENT

    def __init__(self, ledger: ExportLedger) -> None:
        self._ledger = ledger

    async def pending(self, plan: Plan) -> tuple[Pending, ...]:
        await self._ledger.bury()
        concerned = {*await self._ledger.holding(plan.utterances), *plan.exports}
        found = []
        for export in sorted(concerned):
            if open_ones := await self._owed(export):
                last_ms = round(open_ones[-1].since_s * 1000)
                due_at_s = last_ms / 1000 + ACKNOWLEDGE_WITHIN_S
                reference = f"{export}.{last_ms}"
                found.append(Pending(kind=self.kind, reference=reference, due_at_s=due_at_s))
        return tuple(found)

    async def still(self, pending: Pending) -> bool:
        """What nobody knows of stays pending."""
        export, _, until_ms = pending.reference.partition(".")
        try:
            open_ones = await self._ledger.tombstones(export)
        except ExportUnknown:
            return True
        return any(round(one.since_s * 1000) <= int(until_ms) for one in open_ones)

    async def _owed(self, export: str) -> tuple[Tombstone, ...]:
        """Nothing of an export that is not delivered: what was erased is not in it when it is."""
        try:
            delivered = (await self._ledger.record(export)).delivered
        except ExportUnknown:
            return ()
        return await self._ledger.tombstones(export) if delivered else ()
