"""The processes that work and those that serve, and what they wrote down."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.stress.plan import Plan
from benchmarks.stress.records import Kind
from benchmarks.stress.servers import free_ports

_STOP_WITHIN_S = 60.0
_SAID_BYTES = 4000
_EVENTS = tuple(kind.value for kind in Kind if kind not in (Kind.SERVED, Kind.SHOWN, Kind.ERASING))
_SERVED = tuple(f"{Kind.SERVED.value} {what}" for what in ("opt_out", "keep"))


class CrewFailed(Exception):
    """A process ended although nobody killed it; the message is what it said."""


@dataclass(slots=True)
class _Tally:
    """Counts the lines of each kind in files that grow; those of services by what they did."""

    counts: Counter[str] = field(default_factory=Counter)
    _read: dict[Path, int] = field(default_factory=dict)

    def update(self, paths: Iterator[Path]) -> None:
        for path in paths:
            with path.open("rb") as file:
                file.seek(self._read.get(path, 0))
                written = file.read()
            whole = written[: written.rfind(b"\n") + 1]
            self._read[path] = self._read.get(path, 0) + len(whole)
            for line in whole.decode().splitlines():
                kind, *_, detail = line.split()
                self.counts[f"{kind} {detail}" if kind == Kind.SERVED.value else kind] += 1


@dataclass(slots=True)
class Crew:
    url: str
    directory: Path
    plan: Plan
    chance: random.Random
    _workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _services: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _ports: list[int] = field(default_factory=list)
    _records: list[list[Path]] = field(default_factory=list)
    _tally: _Tally = field(default_factory=_Tally)
    _seen: tuple[int, int] = (0, 0)

    def start(self) -> None:
        self._ports = free_ports(self.plan.services)
        self._services = [self._service(port) for port in self._ports]
        self._records = [[] for _ in range(self.plan.workers)]
        self._workers = [self._worker(number) for number in range(self.plan.workers)]

    def kill_worker(self) -> None:
        """`kill -9`; another one takes its place and goes on with its accounts."""
        number = self.chance.randrange(len(self._workers))
        kill(self._workers[number])
        self._workers[number] = self._worker(number)

    def kill_service(self) -> None:
        """`kill -9`, with the calls in it; it comes back at the same address."""
        number = self.chance.randrange(len(self._services))
        kill(self._services[number])
        self._services[number] = self._service(self._ports[number])

    def withdrawals(self) -> int:
        """So far. Raises CrewFailed."""
        self._look()
        self._tally.update(self.paths())
        counts = self._tally.counts
        return counts[Kind.WITHDRAWN.value] + counts[Kind.ERASED.value]

    def saw_everything(self) -> bool:
        """Whether there was some of every kind of event."""
        counts = self._tally.counts
        return all(counts[kind] for kind in (*_EVENTS, *(_SERVED if self.plan.services else ())))

    def is_back(self) -> bool:
        """Whether workers, and services where there are any, have done something since this was
        last asked and true."""
        counts = self._tally.counts
        served = sum(counts[kind] for kind in _SERVED)
        back = self.withdrawals() > self._seen[0] and (
            served > self._seen[1] or not self.plan.services
        )
        if back:
            self._seen = (self.withdrawals(), served)
        return back

    def paths(self) -> Iterator[Path]:
        return (path for paths in self._records for path in paths if path.exists())

    def stop(self) -> None:
        """They end what they do; raises CrewFailed when one had failed."""
        for worker in self._workers:
            assert worker.stdin
            worker.stdin.close()
        for worker in self._workers:
            worker.wait(_STOP_WITHIN_S)
        self._look(ended=True)
        for service in self._services:
            kill(service)

    def kill(self) -> None:
        for process in (*self._workers, *self._services):
            kill(process)

    def _worker(self, number: int) -> subprocess.Popen[bytes]:
        earlier = self._records[number][-1:]
        path = self.directory / f"{number}-{len(self._records[number])}.records"
        self._records[number].append(path)
        services = ",".join(f"127.0.0.1:{port}" for port in self._ports)
        command = [
            *("benchmarks.stress.worker", self.url, str(self.directory / "state"), str(path)),
            *(self.plan.subject, services or "-", str(self.chance.getrandbits(32))),
            *(str(one) for one in earlier if one.exists()),
        ]
        return _python(command, path.with_suffix(".errors"))

    def _service(self, port: int) -> subprocess.Popen[bytes]:
        command = ["benchmarks.stress.service", self.url, str(self.directory / "state"), str(port)]
        return _python(command, self.directory / f"service-{port}.errors")

    def _look(self, *, ended: bool = False) -> None:
        for worker, paths in zip(self._workers, self._records, strict=True):
            failed = worker.poll() if ended else worker.poll() is not None
            if failed:
                raise CrewFailed(paths[-1].with_suffix(".errors").read_text()[-_SAID_BYTES:])
        for service, port in zip(self._services, self._ports, strict=True):
            if service.poll() is not None:
                said = (self.directory / f"service-{port}.errors").read_text()
                raise CrewFailed(said[-_SAID_BYTES:])


def kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    if process.stdin:
        process.stdin.close()


def _python(command: list[str], errors: Path) -> subprocess.Popen[bytes]:
    with errors.open("ab") as said:
        return subprocess.Popen(
            [sys.executable, "-m", *command], stdin=subprocess.PIPE, stderr=said
        )
