"""What a running process has used, as the kernel tells it, for the log of its training."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

_LOOK_EVERY_S = 0.5
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_CPU = slice(11, 15)
"""Behind the name in `stat` (proc(5)): user and system time of it and of its ended children."""
_USED = "used"


class ProcessUse:
    """Of one process: what was seen of it when it was last looked at, at most half a second ago."""

    def __init__(self, pid: int) -> None:
        self._files = Path("/proc") / str(pid)
        self._cpu_s = 0.0
        self._peak_bytes = 0

    async def watch(self) -> None:
        """Looks until it is cancelled."""
        while True:
            self.look()
            await asyncio.sleep(_LOOK_EVERY_S)

    def look(self) -> None:
        """Keeps what is known where the process is no more."""
        with suppress(OSError, ValueError, IndexError):
            figures = (self._files / "stat").read_text().rpartition(")")[2].split()
            cpu_s = sum(map(int, figures[_CPU])) / _TICKS_A_SECOND
            self._cpu_s = max(self._cpu_s, cpu_s)
            for line in (self._files / "status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    self._peak_bytes = max(self._peak_bytes, 1024 * int(line.split()[1]))

    def line(self) -> str:
        """As the last line that the process could have printed; `used_in` reads it."""
        return json.dumps({_USED: {"cpu_s": self._cpu_s, "peak_bytes": self._peak_bytes}})


def used_in(line: str) -> tuple[float, int] | None:
    """Seconds of processor time and bytes at most, if the line tells them."""
    if _USED not in line:
        return None
    with suppress(ValueError, TypeError, KeyError):
        told: Mapping[str, Any] = json.loads(line)[_USED]
        return float(told["cpu_s"]), int(told["peak_bytes"])
    return None
