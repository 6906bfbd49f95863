"""What the work on a model costs: clock and processor time of this process and its children."""

from __future__ import annotations

import resource
import time

from training_loop.lap.outcome import Cost


class CostMeter:
    """From the moment it is made. Children count when they have ended."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()
        self._cpu_s = _cpu_s()

    def read(self) -> Cost:
        return Cost(seconds=time.monotonic() - self._began_s, cpu_s=_cpu_s() - self._cpu_s)


def _cpu_s() -> float:
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)
