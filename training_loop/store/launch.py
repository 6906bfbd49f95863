"""Becomes the store's server, tied to the life of the process that started it.

Run as a script by the supervisor: `python -I -S launch.py PARENT_PID PROGRAM ARGUMENT...`. It asks
the kernel to end this process when its parent's thread ends, then turns into the server. Doing this
in a process of its own keeps code from running between fork and exec of a threaded program.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, program = int(sys.argv[1]), sys.argv[2]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the parent ended before the store started")
    os.execv(program, sys.argv[2:])  # noqa: S606 - becoming the server is the purpose


if __name__ == "__main__":
    main()
