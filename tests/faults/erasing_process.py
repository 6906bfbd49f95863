"""A process that erases and is killed on the way: `python -m tests.faults.erasing_process STATE
ACCOUNT:KIND:STEP:NOTED...`. One child is forked for each, so that Python starts once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from training_loop.erasure.progress import Step
from training_loop.loop import open_loop
from training_loop.settings import LoopSettings


async def erase(state: Path, account: str, kind: str, step: str, noted: str) -> None:
    async def reached(at: Step, is_noted: bool) -> None:
        if (at.value, str(int(is_noted))) == (step, noted):
            os.kill(os.getpid(), signal.SIGKILL)

    async with open_loop(LoopSettings(state=state)) as loop:
        loop.erasures.reached = reached
        if kind == "account":
            await loop.rights.delete_account(account)
        else:
            await loop.rights.delete_since(account, 0)


def main() -> None:
    state = Path(sys.argv[1])
    for job in sys.argv[2:]:
        child = os.fork()
        if not child:
            asyncio.run(erase(state, *job.split(":")))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(job, "killed" if os.WIFSIGNALED(status) else "ended", flush=True)


if __name__ == "__main__":
    main()
