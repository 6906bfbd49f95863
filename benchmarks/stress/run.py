"""One run of the harness, from empty servers to the verdict."""

from __future__ import annotations

import asyncio
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.stress.checker import Verdict, check
from benchmarks.stress.faults import Faults, of_cluster, of_one_server
from benchmarks.stress.records import Kind, events
from benchmarks.stress.servers import cluster, single
from benchmarks.stress.worker import SUBJECTS
from training_loop.loop import open_loop
from training_loop.settings import LoopSettings

_STOP_WITHIN_S = 30.0
_LOOK_EACH_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`opt_outs`: how many opt-outs and erasures together. `pause_s`: between two faults."""

    opt_outs: int
    subject: str = "earmark"
    on_cluster: bool = False
    workers: int = 4
    pause_s: float = 1.0
    at_most_s: float = 3600.0
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    verdict: Verdict
    faults: Counter[str]
    took_s: float


class CrewFailed(Exception):
    """A worker ended although nobody killed it; the message is what it said."""


@dataclass(slots=True)
class _Crew:
    """The working processes and their records."""

    url: str
    directory: Path
    plan: Plan
    chance: random.Random
    members: list[subprocess.Popen[bytes]] = field(default_factory=list)
    records: list[list[Path]] = field(default_factory=list)

    def start(self) -> None:
        for number in range(self.plan.workers):
            self.records.append([])
            self.members.append(self._member(number))

    def kill_one(self) -> None:
        number = self.chance.randrange(len(self.members))
        _kill(self.members[number])
        self.members[number] = self._member(number)

    def did(self, opt_outs: int) -> bool:
        """Whether there were as many withdrawals, and of every kind of event some."""
        self._look()
        written = b"".join(path.read_bytes() for path in self.paths())
        counts = {kind: written.count(f"{kind.value} ".encode()) for kind in Kind}
        enough = counts[Kind.WITHDRAWN] + counts[Kind.ERASED] >= opt_outs
        return enough and all(counts.values())

    def paths(self) -> Iterator[Path]:
        return (path for paths in self.records for path in paths if path.exists())

    def stop(self) -> None:
        """They end what they do; raises CrewFailed when one had failed."""
        for member in self.members:
            assert member.stdin
            member.stdin.close()
        for member in self.members:
            member.wait(_STOP_WITHIN_S)
        self._look(ended=True)

    def kill(self) -> None:
        for member in self.members:
            _kill(member)

    def _member(self, number: int) -> subprocess.Popen[bytes]:
        earlier = self.records[number][-1:]
        path = self.directory / f"{number}-{len(self.records[number])}.records"
        self.records[number].append(path)
        command = [
            *(sys.executable, "-m", "benchmarks.stress.worker", self.url),
            *(str(self.directory / "state"), str(path), self.plan.subject),
            *(str(self.chance.getrandbits(32)), *(str(one) for one in earlier if one.exists())),
        ]
        with path.with_suffix(".errors").open("wb") as said:
            return subprocess.Popen(command, stdin=subprocess.PIPE, stderr=said)

    def _look(self, *, ended: bool = False) -> None:
        for member, paths in zip(self.members, self.records, strict=True):
            failed = member.poll() if ended else member.poll() is not None
            if failed:
                raise CrewFailed(paths[-1].with_suffix(".errors").read_text()[-4000:])


def _kill(member: subprocess.Popen[bytes]) -> None:
    member.kill()
    member.wait()
    if member.stdin:
        member.stdin.close()


def run(plan: Plan) -> Outcome:
    """Raises CrewFailed, and TimeoutError when servers do not heal."""
    chance = random.Random(plan.seed)
    began = time.monotonic()
    directory = Path(tempfile.mkdtemp(prefix="earmark-stress-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        if plan.on_cluster:
            servers = stack.enter_context(cluster(directory / "servers"))
            url = servers.url
        else:
            server = stack.enter_context(single(directory / "server"))
            url = f"redis://{server.address}"
        asyncio.run(_prepare(url, directory / "state"))
        crew = _Crew(url, directory, plan, chance)
        stack.callback(crew.kill)
        crew.start()
        made = of_cluster(servers, crew, chance) if plan.on_cluster else of_one_server(server, crew)
        faults = Faults(made, chance)
        _until_done(plan, crew, faults)
        if plan.on_cluster:
            servers.until_whole()
        crew.stop()
        verdict = asyncio.run(_verdict(plan, url, directory / "state", list(crew.paths())))
    return Outcome(verdict=verdict, faults=faults.made, took_s=time.monotonic() - began)


def _until_done(plan: Plan, crew: _Crew, faults: Faults) -> None:
    deadline = time.monotonic() + plan.at_most_s
    last_fault = time.monotonic()
    while not crew.did(plan.opt_outs) and time.monotonic() < deadline:
        if time.monotonic() - last_fault > plan.pause_s:
            faults.next()
            last_fault = time.monotonic()
        time.sleep(min(_LOOK_EACH_S, plan.pause_s))


async def _prepare(url: str, state: Path) -> None:
    """The master key that all processes share."""
    async with open_loop(LoopSettings(state=state, store_url=url), serve=True):
        pass


async def _verdict(plan: Plan, url: str, state: Path, paths: list[Path]) -> Verdict:
    written = list(events(paths))
    async with SUBJECTS[plan.subject](url, state) as subject:
        left = await subject.left({event.account for event in written})
    return check(written, left)
