"""One run of the harness, from empty servers to the verdict."""

from __future__ import annotations

import asyncio
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.stress.checker import Verdict, check
from benchmarks.stress.crew import Crew
from benchmarks.stress.evidence import Evidence, gather_evidence
from benchmarks.stress.faults import Faults, of_cluster, of_one_server
from benchmarks.stress.plan import Plan
from benchmarks.stress.records import events
from benchmarks.stress.servers import cluster, single
from benchmarks.stress.worker import SUBJECTS
from training_loop.loop import open_loop
from training_loop.settings import LoopSettings

_LOOK_EACH_S = 0.5
Watch = Callable[[int], None]
"""Is told how many withdrawals there were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    verdict: Verdict
    evidence: Evidence | None
    """None of a subject that gives none."""
    faults: Counter[str]
    took_s: float

    @property
    def violations(self) -> int:
        proof = self.evidence
        unproven = proof.violations(self.verdict.erasures) if proof else 0
        return self.verdict.violations + unproven


def run(plan: Plan, watch: Watch = lambda withdrawals: None) -> Outcome:
    """Raises CrewFailed, and TimeoutError when servers do not heal.

    After a violation of Earmark's the records of every process stay, to be looked into.
    """
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
        crew = Crew(url, directory, plan, chance)
        stack.callback(crew.kill)
        crew.start()
        made = of_cluster(servers, crew, chance) if plan.on_cluster else of_one_server(server, crew)
        if not plan.services:
            del made["service killed"]
        faults = Faults(made, chance)
        _until_done(plan, crew, faults, watch)
        if plan.on_cluster:
            servers.until_whole()
        crew.stop()
        evidence, verdict = asyncio.run(_verdict(plan, url, directory / "state", crew.paths()))
        took_s = time.monotonic() - began
        outcome = Outcome(verdict=verdict, evidence=evidence, faults=faults.made, took_s=took_s)
        if outcome.violations and plan.subject == "earmark":
            kept = [shutil.copy(path, tempfile.gettempdir()) for path in crew.paths()]
            print("what each process saw:", *kept)
    return outcome


def _until_done(plan: Plan, crew: Crew, faults: Faults, watch: Watch) -> None:
    deadline = time.monotonic() + plan.at_most_s
    last_fault = time.monotonic()
    while time.monotonic() < deadline:
        withdrawals = crew.withdrawals()
        watch(withdrawals)
        tried = faults.made.total() >= plan.faults and crew.saw_everything()
        if tried and withdrawals >= plan.withdrawals:
            return
        if time.monotonic() - last_fault > plan.pause_s and crew.is_back():
            faults.next()
            last_fault = time.monotonic()
        time.sleep(min(_LOOK_EACH_S, plan.pause_s))


async def _prepare(url: str, state: Path) -> None:
    """The master key that all processes share."""
    async with open_loop(LoopSettings(state=state, store_url=url), serve=True):
        pass


async def _verdict(
    plan: Plan, url: str, state: Path, paths: Iterable[Path]
) -> tuple[Evidence | None, Verdict]:
    proven = await gather_evidence(url, state) if plan.subject == "earmark" else None
    written = list(events(paths))
    async with SUBJECTS[plan.subject](url, state, ()) as subject:
        left = await subject.left({event.account for event in written})
    return proven, check(written, left)
