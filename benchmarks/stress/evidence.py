"""What the product can prove when all is over: its receipts and its audit log."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from training_loop.audit.sources import StoreSource
from training_loop.audit.verify import verify_audit
from training_loop.erasure.progress import Step
from training_loop.loop import Loop, open_loop
from training_loop.receipts.errors import ReceiptRefused
from training_loop.receipts.receipt import verify_receipt
from training_loop.settings import LoopSettings
from training_loop.store.client import store_errors
from training_loop.store.script_runner import text


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    receipts: int = 0
    """Of erasures that are done, verified with the public key alone."""
    receipts_refused: int = 0
    unfinished_erasures: int = 0
    """After those that somebody was killed over were resumed."""
    audit_entries: int = 0
    audit_breaks: int = 0

    def violations(self, erasures: int) -> int:
        """`erasures`: how many were acknowledged; each has a receipt."""
        missing = max(0, erasures - self.receipts - self.receipts_refused)
        return missing + self.receipts_refused + self.unfinished_erasures + self.audit_breaks


async def gather_evidence(url: str, state: Path) -> Evidence:
    """Ends what is unfinished and seals the audit log, then verifies both."""
    async with open_loop(LoopSettings(state=state, store_url=url)) as loop:
        await loop.erasures.resume()
        await loop.audit_sealer.seal()
        key = loop.notary.public_key()
        verified = refused = unfinished = 0
        for step, receipt in await _erasures(loop):
            if step != Step.DONE.value:
                unfinished += 1
                continue
            try:
                verify_receipt(receipt, key)
                verified += 1
            except ReceiptRefused:
                refused += 1
        report = await verify_audit(StoreSource(loop.audit, loop.notary.log), key)
        return Evidence(
            receipts=verified,
            receipts_refused=refused,
            unfinished_erasures=unfinished,
            audit_entries=report.entries,
            audit_breaks=len(report.breaks) + len(report.losses),
        )


async def _erasures(loop: Loop) -> list[tuple[str, bytes]]:
    """Step and receipt of each."""
    found = []
    with store_errors():
        async for name in loop.store.scan_iter(match="{s*}:er:*", count=10_000):
            step, receipt = await loop.store.hmget(text(name), ["step", "receipt"])
            found.append((text(step or b""), text(receipt or b"").encode()))
    return found
