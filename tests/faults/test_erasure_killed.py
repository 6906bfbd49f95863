"""An erasure survives kill -9 of its process at every step, and ends with a receipt."""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.fixtures.store import an_utterance, consenting_account, say
from training_loop.erasure.ledger import ErasureLedger
from training_loop.erasure.progress import Step
from training_loop.errors import AccountGone
from training_loop.loop import Loop
from training_loop.receipts.receipt import verify_receipt

_SAID = 2
_STEPS = tuple(Step)[1:]


async def _kill_at(loop: Loop, kind: str, steps: Sequence[Step]) -> list[str]:
    """Accounts whose erasure was killed, one before and one after each step was noted."""
    accounts, jobs = [], []
    for step, noted in itertools.product(steps, "01"):
        account = await consenting_account(loop)
        for _ in range(_SAID):
            await say(loop, account, an_utterance(account, pcm=b"\1\2" * 64))
        accounts.append(account)
        jobs.append(f"{account}:{kind}:{step.value}:{noted}")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.faults.erasing_process", str(loop.settings.state), *jobs),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    output, _ = await process.communicate()
    assert output.decode().split("\n")[:-1] == [f"{job} killed" for job in jobs]
    return accounts


def _bytes_on_disk(state: Path) -> bytes:
    files = [path for path in state.rglob("*") if path.is_file() and not path.is_socket()]
    return b"\0".join(path.read_bytes() for path in files)


@pytest.mark.parametrize(
    ("kind", "steps"),
    [("account", _STEPS), ("history", (Step.KEYS_DESTROYED, Step.BLOBS_REMOVED))],
    ids=["account", "history"],
)
async def test_killed_at_any_step_an_erasure_ends_with_the_next_sweep(
    own_loop: Loop, kind: str, steps: Sequence[Step]
) -> None:
    other = await consenting_account(own_loop)
    stays = await say(own_loop, other)
    accounts = await _kill_at(own_loop, kind, steps)
    ledger = ErasureLedger(own_loop.store, own_loop.vault)
    begun = await ledger.open()
    ended = Step.DONE in steps
    assert len(begun) == len(accounts) - ended, "all but the one that was killed when it was done"
    await own_loop.sweep.once()
    assert await ledger.open() == []
    for erasure in begun:
        progress = await own_loop.erasures.progress(erasure)
        assert progress.step is Step.DONE
        assert (progress.history_records, progress.queue_items) == (_SAID, _SAID)
        receipt = verify_receipt(progress.receipt.encode(), own_loop.notary.public_key())
        assert receipt.evidence.erasure == erasure
        assert receipt.evidence.scan.traces_found == 0
    on_disk = _bytes_on_disk(own_loop.settings.state)
    for account in accounts:
        if kind == "account":
            assert account.encode() not in on_disk
            with pytest.raises(AccountGone):
                await own_loop.rights.settings(account)
        else:
            counts = await own_loop.rights.counts(account)
            assert (counts["history"], counts["queue"]) == (0, 0)
            await say(own_loop, account)
    assert (await own_loop.rights.history(other, 1)).entries[0].utterance_id == stays.utterance_id
