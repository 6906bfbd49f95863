"""Sets limits and then becomes the command: `python -I -S launch.py LIMITS PARENT COMMAND...`.

LIMITS is JSON with `memory_bytes`, `cpu_s` and `nice`. A script of its own on the standard library
alone, so that nothing is imported into a process that turns into another one, and so that no
Python code runs between fork and exec of a process with threads.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1
_GRACE_CPU_S = 5
"""Between the signal that says that time is up and the one that cannot be ignored."""
_NO_COMMAND = 127
"""As a shell says it."""


def become(limits: dict[str, int], parent: int, command: list[str]) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump would hold what people said
    _limit(resource.RLIMIT_AS, limits["memory_bytes"], limits["memory_bytes"])
    _limit(resource.RLIMIT_CPU, limits["cpu_s"], limits["cpu_s"] + _GRACE_CPU_S)
    os.nice(limits["nice"])
    # The trainer ends with whoever started it, however that ended.
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)
    try:
        os.execvp(command[0], command)  # noqa: S606 - the point of this script
    except OSError:
        sys.exit(_NO_COMMAND)


def _limit(kind: int, soft: int, hard: int) -> None:
    most = resource.getrlimit(kind)[1]
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    resource.setrlimit(kind, (soft, hard))


if __name__ == "__main__":
    become(json.loads(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
